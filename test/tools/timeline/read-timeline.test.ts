import { afterEach, describe, expect, test } from 'vitest'
import { Kafka } from '../../../src/client/index.ts'
import { startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { readGroupTimeline, sentenceOf, summaryOf, summaryText, type TimelineEntry } from '../../../src/tools/index.ts'
import { inferredTimeline } from '../../../src/tools/timeline/read-timeline.ts'
import { all, type MemberOptions, type RunningMember, startMember } from '../support/members.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function start(properties: Record<string, string> = {}): Promise<{ broker: TestBroker; kafka: Kafka }> {
  const broker = await startBroker({ topics: { orders: 4 }, properties })
  open.push(broker)
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'tools' })
  open.push(kafka)
  return { broker, kafka }
}

function member(broker: TestBroker, clientId: string, options: Partial<MemberOptions> = {}): RunningMember {
  const one = startMember(broker.bootstrapServers, { groupId: 'billing', clientId, topics: ['orders'], ...options })
  open.push(one)
  return one
}

describe('on kohort', () => {
  test('what happened to a group is read as it was recorded, with phases and moved partitions', async () => {
    const { broker, kafka } = await start()
    const group = broker.group('billing')
    member(broker, 'a')
    await group.untilMembers(1)
    const b = member(broker, 'b')
    await group.untilMembers(2)
    await b.close()
    await group.untilMembers(1)
    await all(broker.timeline()) // all that was told is in the topic
    const told = await all(readGroupTimeline(kafka, { groupId: 'billing' }))
    expect(told.every(({ source }) => source === 'recorded')).toBe(true)
    // Who asks for its partitions a little late has an event of its own.
    const entries = told.filter(({ type }) => type !== 'partitions-handed-over')
    expect(entries.map(({ type, trigger, member: who }) => [type, trigger, who?.clientId])).toEqual([
      ['group-created', 'join', undefined],
      ['member-joined', 'join', 'a'],
      ['rebalance-started', 'join', 'a'],
      ['rebalance-completed', 'join', 'a'],
      ['member-joined', 'join', 'b'],
      ['rebalance-started', 'join', 'b'],
      ['rebalance-completed', 'join', 'b'],
      ['member-left', 'leave', 'b'],
      ['rebalance-started', 'leave', 'b'],
      ['rebalance-completed', 'leave', 'b'],
    ])
    const sentences = entries.map(sentenceOf)
    expect(sentences[4]).toMatch(/^b \(127\.0\.0\.1\) joined/)
    expect(sentences[6]).toMatch(
      /^Rebalance over: generation 2 has 2 members.*; it took \d.*; 2 partitions moved \(orders-2 and orders-3\); \d partitions? had no owner, for \d.* at most\.$/,
    )
    expect(sentences[7]).toBe('b (127.0.0.1) left; it says: "the consumer is being closed".')
    const summary = summaryOf(entries)
    expect(summary).toMatchObject({ rebalances: 3, moved: 4, evictions: 0, dropped: 0 })
    expect(summaryText(summary)).toMatch(
      /^3 rebalances: 2 because a member joined, 1 because a member left\. They took .* in all\. 4 partitions moved\. Partitions had no owner/,
    )
  })

  test('a time to begin at, and a signal that ends following it', async () => {
    const { broker, kafka } = await start()
    const group = broker.group('billing')
    const a = member(broker, 'a')
    await group.untilMembers(1)
    await all(broker.timeline())
    await broker.clock.advance(60_000, { keepAlive: true })
    const sinceMs = broker.clock.wallMs()
    const ended = new AbortController()
    const seen: string[] = []
    const following = (async () => {
      const options = { groupId: 'billing', sinceMs, follow: true, signal: ended.signal }
      for await (const { type } of readGroupTimeline(kafka, options)) {
        seen.push(type)
        if (type === 'group-emptied') ended.abort()
      }
    })()
    await a.close()
    await following
    expect(seen).toEqual(['member-left', 'rebalance-started', 'group-emptied'])
  })

  test('a group that never was has no timeline', async () => {
    const { kafka } = await start()
    expect(await all(readGroupTimeline(kafka, { groupId: 'nobody' }))).toEqual([])
    expect(summaryText(summaryOf([]))).toBe('No rebalance was completed.')
  })
})

describe('inferred from what a coordinator stores', () => {
  test('members that come and go in a classic group, who leads, and what moved', async () => {
    const { broker, kafka } = await start({ 'group.events.enable': 'false' })
    const group = broker.group('billing')
    member(broker, 'a')
    await group.untilMembers(1)
    const b = member(broker, 'b')
    await group.untilMembers(2)
    await b.close()
    await group.untilMembers(1)
    const entries = await all(readGroupTimeline(kafka, { groupId: 'billing' }))
    expect(entries.every(({ source, protocol }) => source === 'inferred' && protocol === 'classic')).toBe(true)
    expect(entries.map(({ type, trigger, member: who }) => [type, trigger, who?.clientId])).toEqual([
      ['group-created', 'join', undefined],
      ['member-joined', 'join', 'a'],
      ['rebalance-completed', 'join', undefined],
      ['member-joined', 'join', 'b'],
      ['rebalance-completed', 'join', undefined],
      ['member-left', 'unknown', 'b'],
      ['rebalance-completed', 'leave', undefined],
    ])
    expect(entries[4]).toMatchObject({ generationId: 2, assignor: 'range', leaderId: expect.stringMatching(/^a-/) })
    expect(sentenceOf(entries[4]!)).toBe(
      'Rebalance over: generation 2 has 2 members; b joined; 2 partitions moved (orders-2 and orders-3).',
    )
    expect(sentenceOf(entries[5]!)).toBe('b (127.0.0.1) is gone: it left, or was removed.')
  })

  test('epochs, phases and times without an owner of a consumer group', async () => {
    const { broker, kafka } = await start({
      'group.consumer.heartbeat.interval.ms': '100',
      'group.consumer.min.heartbeat.interval.ms': '50',
    })
    const group = broker.group('billing')
    member(broker, 'a', { groupProtocol: 'consumer' })
    await group.untilMembers(1)
    const b = member(broker, 'b', { groupProtocol: 'consumer' })
    await group.untilMembers(2)
    await b.close()
    await group.untilMembers(1)
    const recorded = await all(broker.timeline())
    const entries = await all(inferredTimeline(kafka, { groupId: 'billing' }))
    expect(entries.every(({ source, protocol }) => source === 'inferred' && protocol === 'consumer')).toBe(true)
    expect(entries.map(({ type, trigger, member: who }) => [type, trigger, who?.clientId])).toEqual([
      ['member-joined', 'join', 'a'],
      ['rebalance-started', 'join', undefined],
      ['rebalance-completed', 'join', undefined],
      ['member-joined', 'join', 'b'],
      ['rebalance-started', 'join', undefined],
      ['rebalance-completed', 'join', undefined],
      ['member-left', 'unknown', 'b'],
      ['rebalance-started', 'leave', undefined],
      ['rebalance-completed', 'leave', undefined],
    ])
    const completed = entries.filter(({ type }) => type === 'rebalance-completed')
    const told = recorded.filter(({ type }) => type === 'rebalance-completed')
    expect(completed.map(({ generationId }) => generationId)).toEqual(told.map(({ generationId }) => generationId))
    expect(summaryOf(completed).moved).toBe(4)
    expect(completed[1]!.phases).toEqual({ prepareMs: expect.any(Number), syncMs: expect.any(Number) })
    expect(completed[2]!.unowned?.map(({ topic, partition }) => [topic, partition])).toHaveLength(2)
  })

  test('differences of describes, where internal topics may not be read', async () => {
    const { broker, kafka } = await start({ 'group.events.enable': 'false' })
    broker.fault({ api: 'ListOffsets', clientId: 'tools', times: Infinity }).error('TOPIC_AUTHORIZATION_FAILED')
    const group = broker.group('billing')
    member(broker, 'a')
    await group.untilMembers(1)
    await expect(all(readGroupTimeline(kafka, { groupId: 'billing' }))).rejects.toMatchObject({ kind: 'unauthorized' })
    const ended = new AbortController()
    const seen: TimelineEntry[] = []
    const options = { groupId: 'billing', follow: true, signal: ended.signal }
    for await (const entry of readGroupTimeline(kafka, options)) {
      seen.push(entry)
      if (seen.length === 1) member(broker, 'b')
      if (entry.type === 'rebalance-completed' && seen.length > 1) ended.abort()
    }
    expect(seen[0]).toMatchObject({ source: 'inferred', reason: 'the group has 1 member, the first that is known' })
    expect(seen.map(({ type, member: who }) => [type, who?.clientId])).toContainEqual(['member-joined', 'b'])
    expect(seen.at(-1)).toMatchObject({
      trigger: 'join',
      reason: 'the group has 2 members; b joined',
      assignor: 'range',
    })
    expect(summaryOf(seen.slice(-1)).moved).toBe(2)
  })

  test('groups that move to the other protocol, and that are deleted', async () => {
    const { broker, kafka } = await start({ 'group.events.enable': 'false' })
    const group = broker.group('billing')
    const a = member(broker, 'a')
    await group.untilMembers(1)
    const b = member(broker, 'b', { groupProtocol: 'consumer' })
    await group.untilMembers(2)
    await a.close()
    await group.untilMembers(1)
    await b.close()
    await group.untilMembers(0)
    await kafka.admin().deleteGroups(['billing'])
    const entries = await all(readGroupTimeline(kafka, { groupId: 'billing' }))
    const types = entries.map(({ type }) => type)
    expect(types).toContain('group-converted')
    expect(types.slice(-3)).toEqual(['group-emptied', 'offsets-expired', 'group-deleted'])
  })
})
