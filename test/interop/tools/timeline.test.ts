import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Kafka } from '../../../src/client/index.ts'
import { readGroupTimeline, sentenceOf, summaryOf, type TimelineEntry } from '../../../src/tools/index.ts'
import { all, type MemberOptions, type RunningMember, startMember } from '../../tools/support/members.ts'
import { startTarget, type Target, targets } from './targets.ts'

describe.each(targets)('on %s', (name) => {
  const isKohort = name === 'kohort'
  let target: Target
  let kafka: Kafka
  beforeAll(async () => {
    target = await startTarget(name)
    kafka = new Kafka({ bootstrapServers: target.bootstrap, clientId: 'tools' })
  }, 120_000)
  afterAll(async () => {
    await kafka?.close()
    await target?.stop()
  })

  async function group(partitions: number): Promise<{ readonly groupId: string; readonly topic: string }> {
    const [groupId, topic] = [`g-${randomUUID()}`, `t-${randomUUID()}`]
    await kafka.admin().createTopics([{ name: topic, partitions }])
    return { groupId, topic }
  }

  /** A member that has its share. */
  async function member(options: MemberOptions, partitions: number): Promise<RunningMember> {
    const one = startMember(target.bootstrap, options)
    await vi.waitUntil(() => one.consumer.assignment().length === partitions, { timeout: 30_000 })
    return one
  }

  /** kohort writes events some milliseconds later; members hear of rebalances later still. */
  async function entriesWhen(groupId: string, isThere: (found: readonly TimelineEntry[]) => boolean) {
    let entries: readonly TimelineEntry[] = []
    await vi.waitFor(
      async () => {
        entries = await all(readGroupTimeline(kafka, { groupId }))
        expect(entries.map(short)).toSatisfy(() => isThere(entries))
      },
      { timeout: 30_000, interval: 200 },
    )
    return entries
  }

  /** Apache Kafka may see the new topic only after the first member. */
  const membersMoved = (entries: readonly TimelineEntry[]) =>
    entries.filter(({ type, trigger }) => type === 'rebalance-completed' && trigger !== 'topic-change')

  const short = ({ type, trigger, member: who }: TimelineEntry) => [type, trigger, who?.clientId]

  test.each(['classic', 'consumer'] as const)('members of a %s group come and go', async (groupProtocol) => {
    const { groupId, topic } = await group(4)
    const options = { groupId, topics: [topic], groupProtocol }
    const a = await member({ ...options, clientId: 'a' }, 4)
    const b = await member({ ...options, clientId: 'b' }, 2)
    await b.close()
    await vi.waitUntil(() => a.consumer.assignment().length === 4, { timeout: 30_000 })
    await entriesWhen(groupId, (found) => membersMoved(found).length === 3)
    await a.close()
    const entries = await entriesWhen(groupId, (found) => found.at(-1)?.type === 'group-emptied')
    expect(new Set(entries.map(({ source }) => source))).toEqual(new Set([isKohort ? 'recorded' : 'inferred']))
    const happened = entries.map(short)
    expect(happened).toContainEqual(['member-joined', 'join', 'b'])
    expect(happened).toContainEqual(['member-left', isKohort ? 'leave' : 'unknown', 'b'])
    expect(happened).toContainEqual(['group-emptied', expect.any(String), isKohort ? 'a' : undefined])
    const completed = membersMoved(entries)
    expect(completed.map(({ trigger }) => trigger)).toEqual(['join', 'join', 'leave'])
    expect(summaryOf(completed).moved).toBe(4)
    expect(sentenceOf(completed[1]!)).toContain('2 partitions moved')
  })

  test('a group that is deleted', async () => {
    const { groupId, topic } = await group(1)
    const a = await member({ groupId, topics: [topic], clientId: 'a' }, 1)
    await a.close()
    await kafka.admin().deleteGroups([groupId])
    await entriesWhen(groupId, (found) => found.at(-1)?.type === 'group-deleted')
  })
})
