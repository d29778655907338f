import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { RunningBroker, TimelineEvent } from '../../../src/broker/index.ts'
import { GroupTimeline } from '../../../src/broker/timeline/index.ts'
import type { GroupEvent } from '../../../src/coordinator/index.ts'
import { type Clock, silentLogger } from '../../../src/platform/index.ts'
import { type PlainTestBrokerOptions, startBroker, startTestBroker, VirtualClock } from '../../../src/testing/index.ts'
import * as wire from '../../../src/wire/index.ts'
import { RawClient } from '../../support/raw-client.ts'
import { ConsumerMember } from '../../testing/consumer-member.ts'

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(options: PlainTestBrokerOptions = {}) {
  const running = await startTestBroker(options)
  cleanups.push(() => running.close())
  const client = await RawClient.connect({ port: running.listeners[0]!.port, clientId: 'billing' })
  cleanups.push(() => client.socket.destroy())
  const call: RawClient['call'] = (...args) => client.call(...args)
  await call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 4, { coordinatorKeys: ['g'] })
  return { running, call }
}

/** A member that gives itself both partitions of t. */
async function joinGroup({ call, running }: Awaited<ReturnType<typeof start>>, groupId = 'g'): Promise<string> {
  await running.groupsLoaded
  const metadata = Buffer.concat([
    Buffer.from([0, 0]),
    wire.consumerProtocolSubscription.encode({ topics: ['t'], userData: null }, 0),
  ])
  const request = {
    groupId,
    memberId: '',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata }],
    reason: 'scaled up',
  }
  const { memberId } = await call(wire.joinGroupRequest, wire.joinGroupResponse, 9, request)
  const { generationId } = await call(wire.joinGroupRequest, wire.joinGroupResponse, 9, { ...request, memberId })
  const assignedPartitions = [{ topic: 't', partitions: [0, 1] }]
  const assignment = Buffer.concat([
    Buffer.from([0, 0]),
    wire.consumerProtocolAssignment.encode({ assignedPartitions, userData: null }, 0),
  ])
  const sync = { groupId, memberId, generationId, protocolType: 'consumer', protocolName: 'range' }
  const assignments = [{ memberId, assignment }]
  await call(wire.syncGroupRequest, wire.syncGroupResponse, 5, { ...sync, assignments })
  return memberId
}

function leave({ call }: Awaited<ReturnType<typeof start>>, memberId: string, reason: string, groupId = 'g') {
  const members = [{ memberId, groupInstanceId: null, reason }]
  return call(wire.leaveGroupRequest, wire.leaveGroupResponse, 5, { groupId, members })
}

async function all(events: AsyncIterable<TimelineEvent>): Promise<TimelineEvent[]> {
  const list: TimelineEvent[] = []
  for await (const event of events) list.push(event)
  return list
}

function timelineOf({ broker }: RunningBroker, clock: Clock): GroupTimeline {
  const { config, metadata, logs } = broker
  const log = () => {
    const topic = metadata.image.topicsByName.get('__group_events')
    return topic && broker.partitionLog(topic, 0)
  }
  return new GroupTimeline({ clock, logger: silentLogger, config, metadata, logs, log })
}

function event(fields: Partial<GroupEvent> = {}): GroupEvent {
  return {
    groupId: 'g',
    protocol: 'classic',
    generationId: 1,
    wallMs: 1_000,
    type: 'rebalance-completed',
    trigger: 'join',
    reason: 'because',
    ...fields,
  }
}

describe('the timeline of a group', () => {
  test('says who came and went, in whose words, and which partitions moved', async () => {
    const target = await start()
    const memberId = await joinGroup(target)
    await leave(target, memberId, 'consumer poll timeout has expired.')
    const events = await all(target.running.groupTimeline({ groupId: 'g' }))
    expect(events.map(({ type, trigger, generationId }) => `${type} (${trigger}) ${generationId}`)).toEqual([
      'group-created (join) 0',
      'member-joined (join) 0',
      'rebalance-started (join) 0',
      'rebalance-completed (join) 1',
      'member-left (max-poll-interval) 1',
      'rebalance-started (max-poll-interval) 1',
      'group-emptied (max-poll-interval) 2',
    ])
    expect(events[1]!.member).toEqual({
      memberId,
      groupInstanceId: null,
      clientId: 'billing',
      clientHost: '/127.0.0.1',
      clientReason: 'scaled up',
    })
    expect(events[3]).toMatchObject({
      version: 1,
      protocol: 'classic',
      phases: { prepareMs: expect.any(Number), syncMs: expect.any(Number) },
      assignments: [{ memberId, before: null, after: { t: [0, 1] } }],
    })
    expect(events[4]!.member?.clientReason).toBe('consumer poll timeout has expired.')
    expect(events[6]!.assignments).toEqual([{ memberId, before: { t: [0, 1] }, after: null }])
  })

  test('is a topic that any client can consume and none can write', async () => {
    const target = await start()
    await joinGroup(target)
    const events = await all(target.running.groupTimeline())
    const { topics } = await target.call(wire.metadataRequest, wire.metadataResponse, 12, {
      topics: [{ name: '__group_events' }],
      allowAutoTopicCreation: false,
    })
    expect(topics).toMatchObject([{ name: '__group_events', isInternal: true, partitions: [{ partitionIndex: 0 }] }])
    const { responses } = await target.call(wire.fetchRequest, wire.fetchResponse, 12, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [
        { topic: '__group_events', partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }] },
      ],
    })
    const { errorCode, records } = responses[0]!.partitions[0]!
    expect(errorCode).toBe(0)
    const texts: string[] = []
    for (const { position } of wire.iterateBatches(Buffer.concat([records!].flat()))) {
      const cursor = new wire.RecordCursor(Buffer.concat([records!].flat()), position)
      while (cursor.next()) texts.push(`${cursor.key} ${cursor.value}`)
    }
    expect(texts).toEqual(events.map((told) => `g ${JSON.stringify(told)}`))
    const produced = await target.call(wire.produceRequest, wire.produceResponse, 9, {
      acks: -1,
      timeoutMs: 1_000,
      topicData: [
        {
          name: '__group_events',
          partitionData: [
            {
              index: 0,
              records: wire.encodeBatch({ records: [{ key: null, value: Buffer.from('x'), timestamp: 1 }] }),
            },
          ],
        },
      ],
    })
    expect(produced.responses[0]!.partitionResponses[0]!.errorCode).toBe(wire.ErrorCode.INVALID_TOPIC_EXCEPTION)
  })

  test('can be read of one group, from a time on, and onwards', async () => {
    const target = await start()
    await joinGroup(target, 'other')
    const abort = new AbortController()
    const seen: string[] = []
    const following = (async () => {
      for await (const { type } of target.running.groupTimeline({ groupId: 'g', follow: true, signal: abort.signal })) {
        seen.push(type)
        if (type === 'group-emptied') abort.abort()
      }
    })()
    await leave(target, await joinGroup(target), 'done')
    await following
    expect(seen).toHaveLength(7)
    const events = await all(target.running.groupTimeline({ groupId: 'g' }))
    expect(events.map(({ type }) => type)).toEqual(seen)
    const later = await all(target.running.groupTimeline({ sinceMs: events.at(-1)!.timeMs + 1 }))
    expect(later).toEqual([])
  })

  test('can be followed before anything has happened, and ends with the broker', async () => {
    const target = await start()
    const first = target.running.groupTimeline({ follow: true })[Symbol.asyncIterator]()
    const next = first.next()
    await joinGroup(target)
    expect((await next).value.type).toBe('group-created')
    const rest = all({ [Symbol.asyncIterator]: () => first })
    await target.running.close()
    expect((await rest).map(({ type }) => type)).not.toContain('group-created')
  })

  test('outlives a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'kohort-timeline-'))
    cleanups.push(() => rm(dataDir, { recursive: true }))
    const target = await start({ dataDir })
    await joinGroup(target)
    await target.running.close()
    const again = await start({ dataDir })
    expect((await all(again.running.groupTimeline())).map(({ type }) => type)).toContain('rebalance-completed')
  })

  test('is not kept when it is switched off', async () => {
    const target = await start({ properties: { 'group.events.enable': 'false' } })
    await joinGroup(target)
    expect(await all(target.running.groupTimeline())).toEqual([])
    expect(target.running.broker.metadata.image.topicsByName.has('__group_events')).toBe(false)
  })

  test('has the retention that the configs say', async () => {
    const properties = { 'group.events.retention.ms': '1000', 'group.events.retention.bytes': '2000' }
    const target = await start({ properties })
    await joinGroup(target)
    await all(target.running.groupTimeline())
    const { configs } = target.running.broker.metadata.image.topicsByName.get('__group_events')!
    expect(configs.get('retention.ms')).toBe('1000')
    expect(configs.get('retention.bytes')).toBe('2000')
  })
})

describe('a storm of rebalances', () => {
  test('is written at a bounded rate; what does not fit into memory is counted, and the topic says so', async () => {
    const { running } = await start()
    const clock = new VirtualClock()
    const timeline = timelineOf(running, clock)
    const after = new Map([['t', Array.from({ length: 4_000 }, (_, partition) => partition)]])
    const large = event({ assignments: [{ memberId: 'm', before: null, after }] })
    for (let i = 0; i < 1_000; i++) timeline.add(large)
    const logSize = () => {
      const topic = running.broker.metadata.image.topicsByName.get('__group_events')
      return topic === undefined ? 0 : running.broker.partitionLog(topic, 0)!.sizeBytes
    }
    for (let i = 0; i < 100; i++) {
      clock.advance(50)
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(logSize()).toBeGreaterThan(1_000_000)
    expect(logSize()).toBeLessThan(4 * 1024 * 1024 + 5 * 256 * 1024 + 256 * 1024)
    await timeline.flush()
    const events = await all(timeline.read())
    const kept = events.filter(({ type }) => type === 'rebalance-completed').length
    const dropped = events.reduce((sum, told) => sum + (told.dropped ?? 0), 0)
    expect(dropped).toBeGreaterThan(0)
    expect(kept + dropped).toBe(1_000)
  })

  test('does not fill the disk: the topic stays within its retention, whatever groups do for hours', async () => {
    const properties = { 'group.events.retention.bytes': '300000', 'log.retention.check.interval.ms': '60000' }
    await using broker = await startBroker({ topics: { t: 200 }, properties })
    const one = await ConsumerMember.connect(broker)
    cleanups.push(() => one.close())
    const topic = () => broker.running.broker.metadata.image.topicsByName.get('__group_events')
    await one.join()
    await broker.group('g').timeline()
    // Retention removes whole segments, of 8 MB unless somebody says otherwise.
    const altered = await one.client.call(
      wire.incrementalAlterConfigsRequest,
      wire.incrementalAlterConfigsResponse,
      1,
      {
        resources: [
          {
            resourceType: 2,
            resourceName: '__group_events',
            configs: [{ name: 'segment.bytes', configOperation: 0, value: '1048576' }],
          },
        ],
        validateOnly: false,
      },
    )
    expect(altered.responses[0]!.errorCode).toBe(0)
    const timeline = timelineOf(broker.running, broker.clock)
    const after = new Map([['t', Array.from({ length: 8_000 }, (_, partition) => partition)]])
    const large = event({ wallMs: broker.clock.wallMs(), assignments: [{ memberId: 'm', before: null, after }] })
    const log = broker.running.broker.partitionLog(topic()!, 0)!
    let largest = 0
    for (let hour = 0; hour < 5; hour++) {
      for (let i = 0; i < 60; i++) timeline.add(large)
      await timeline.flush()
      await broker.clock.advance(3_600_000)
      largest = Math.max(largest, log.sizeBytes)
    }
    expect(log.highWatermark).toBeGreaterThan(300n)
    // About 11 MB were written.
    expect(largest).toBeLessThan(300_000 + 2 * 1_048_576)
  })

  test('a timeline whose writes hang holds a bounded number of events, and groups do not wait for it', async () => {
    const { running } = await start()
    const { config, metadata, logs } = running.broker
    let release = (): void => {}
    const hanging = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = Object.create(logs, {
      append: { value: (...args: Parameters<typeof logs.append>) => hanging.then(() => logs.append(...args)) },
    }) as typeof logs
    const clock = new VirtualClock()
    const log = () => {
      const topic = metadata.image.topicsByName.get('__group_events')
      return topic && running.broker.partitionLog(topic, 0)
    }
    const timeline = new GroupTimeline({ clock, logger: silentLogger, config, metadata, logs: slow, log })
    const after = new Map([['t', Array.from({ length: 100 }, (_, partition) => partition)]])
    for (let i = 0; i < 20_000; i++) {
      // Returns at once: it is called between a group's answers.
      timeline.add(event({ assignments: [{ memberId: 'm', before: null, after }] }))
      if (i % 1_000 === 0) clock.advance(50)
    }
    release()
    await timeline.flush()
    const events = await all(timeline.read())
    const dropped = events.reduce((sum, told) => sum + (told.dropped ?? 0), 0)
    expect(dropped).toBeGreaterThan(10_000)
    expect(events.filter(({ type }) => type === 'rebalance-completed').length + dropped).toBe(20_000)
  })

  test('an event that is too large loses what has not changed first, then its partitions', async () => {
    const { running } = await start()
    const timeline = timelineOf(running, new VirtualClock())
    const many = (count: number) => new Map([['t', Array.from({ length: count }, (_, partition) => partition)]])
    const same = many(10_000)
    const unowned = [{ topic: 't', partition: 1, ms: 5 }]
    timeline.add(
      event({
        unowned,
        assignments: [
          { memberId: 'a', before: same, after: same },
          { memberId: 'b', before: null, after: many(2) },
        ],
      }),
    )
    timeline.add(event({ unowned, assignments: [{ memberId: 'a', before: null, after: many(14_000) }] }))
    timeline.add(event({ assignments: [{ memberId: 'a', before: null, after: many(100_000) }] }))
    const events = await all(timeline.read())
    expect(
      events.map(({ omitted, assignments, unowned }) => ({ omitted, members: assignments?.length, unowned })),
    ).toEqual([
      { omitted: ['unchanged'], members: 1, unowned },
      { omitted: ['assignments'], members: undefined, unowned },
      { omitted: ['assignments'], members: undefined, unowned: undefined },
    ])
  })

  test('a broker without room for the topic goes on, and loses the events', async () => {
    const { running } = await start()
    const timeline = timelineOf(running, new VirtualClock())
    await running.broker.logs.close()
    timeline.add(event())
    await timeline.flush()
  })
})
