import { describe, expect, test } from 'vitest'
import { FetchQueue } from '../../../src/client/consumer/fetch/fetch-queue.ts'
import { Fetcher } from '../../../src/client/consumer/fetch/fetcher.ts'
import { Positions } from '../../../src/client/consumer/fetch/positions.ts'
import type { ResetStrategy } from '../../../src/client/consumer/reset-strategy.ts'
import { Subscription } from '../../../src/client/consumer/subscription.ts'
import { KafkaError } from '../../../src/client/kafka-error.ts'
import { bytes } from '../../../src/client/serdes/index.ts'
import { ErrorCode, type ErrorName, encodeBatch, type FetchRequest } from '../../../src/wire/index.ts'
import { FakeCluster, turns } from '../support/fake-cluster.ts'
import { defaultSettings } from '../support/test-consumer.ts'

interface Setup {
  readonly leaders: readonly number[]
  readonly autoOffsetReset?: ResetStrategy
  readonly settings?: Partial<typeof defaultSettings>
}

function setUp({ leaders, autoOffsetReset = { kind: 'earliest' }, settings }: Setup) {
  const cluster = new FakeCluster(leaders)
  const subscription = new Subscription()
  const failures: KafkaError[] = []
  const failed = (error: KafkaError): void => void failures.push(error)
  const queue = new FetchQueue({ key: bytes(), value: bytes() }, { readable() {}, drained: () => fetcher.drained() })
  const config = { ...defaultSettings, autoOffsetReset, ...settings }
  const positions = new Positions({
    cluster,
    subscription,
    config,
    host: { committed: undefined, changed: () => fetcher.wake(), failed },
  })
  const fetcher = new Fetcher({
    cluster,
    subscription,
    queue,
    config,
    host: { outOfRange: (state, offset) => positions.outOfRange(state, offset), fetching() {}, failed },
  })
  subscription.assign(leaders.map((_, partition) => ({ topic: 't', partition })))
  subscription.metadataChanged(cluster.metadata)
  const begin = async (offset = 0n): Promise<void> => {
    for (const state of subscription) state.seek(offset)
    fetcher.wake()
    await turns()
  }
  const state = (partition: number) => subscription.get('t', partition)!
  /** Values that can be handed out now. */
  const take = (): string[] => {
    const values: string[] = []
    for (let buffer = queue.nextReady(); buffer !== undefined; buffer = queue.nextReady()) {
      for (let record = buffer.next(); record !== undefined; record = buffer.next()) {
        values.push(`${record.partition}@${record.offset}`)
      }
    }
    return values
  }
  return { cluster, subscription, queue, fetcher, positions, failures, begin, state, take }
}

interface Part {
  readonly error?: ErrorName
  readonly records?: Buffer
  readonly leader?: { readonly leaderId: number; readonly leaderEpoch: number }
  readonly replica?: number
}

function fetched(parts: Readonly<Record<number, Part>>, sessionId = 5): object {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    sessionId,
    nodeEndpoints: [],
    responses: [
      {
        topic: '',
        topicId: 'id-t',
        partitions: Object.entries(parts).map(([index, { error = 'NONE', records = null, leader, replica = -1 }]) => ({
          partitionIndex: Number(index),
          errorCode: ErrorCode[error],
          highWatermark: 100n,
          lastStableOffset: 100n,
          logStartOffset: 0n,
          divergingEpoch: { epoch: -1, endOffset: -1n },
          currentLeader: leader ?? { leaderId: -1, leaderEpoch: -1 },
          abortedTransactions: null,
          preferredReadReplica: replica,
          records,
        })),
      },
    ],
  }
}

const batch = (baseOffset: bigint, count: number, bytesEach = 10): Buffer =>
  encodeBatch({
    baseOffset,
    partitionLeaderEpoch: 0,
    records: Array.from({ length: count }, () => ({ timestamp: 0, key: null, value: Buffer.alloc(bytesEach) })),
  })
const asked = ({ body }: { readonly body: never }): Record<number, bigint> => {
  const { topics } = body as FetchRequest
  return Object.fromEntries(topics.flatMap((topic) => topic.partitions.map((p) => [p.partition, p.fetchOffset])))
}

describe('fetching', () => {
  test('asks for metadata once, however often it fails while no broker answers', async () => {
    const { cluster, begin, fetcher } = setUp({ leaders: [1] })
    let refreshes = 0
    cluster.refresh = () => {
      refreshes++
      return new Promise(() => {})
    }
    await begin()
    for (let i = 0; i < 30; i++) {
      await cluster.next(1).fail(new KafkaError('CONNECTION_CLOSED'))
      await cluster.clock.advance(2_000)
      await turns()
    }
    expect(refreshes).toBe(1)
    fetcher.close()
  })

  test('asks for metadata when the leader names a replica that is not in them (KIP-392)', async () => {
    const { cluster, begin, fetcher } = setUp({ leaders: [1], settings: { clientRack: 'r' } })
    await begin()
    await cluster.next(1).answer(fetched({ 0: { replica: 9 } }))
    expect(cluster.refreshes).toBe(1)
    expect(cluster.calls.map(({ nodeId }) => nodeId)).toEqual([1])
    fetcher.close()
  })

  test('goes back to the leader when the follower that it was sent to does not answer (KIP-392)', async () => {
    const { cluster, begin, fetcher } = setUp({ leaders: [1], settings: { clientRack: 'r' } })
    await begin()
    await cluster.next(1).answer(fetched({ 0: { replica: 3 } }))
    await cluster.next(3).fail(new KafkaError('CONNECTION_CLOSED'))
    expect(cluster.calls.map(({ nodeId }) => nodeId)).toEqual([1])
    fetcher.close()
  })

  test('asks each leader once, for all its partitions, and goes on while records wait to be handed out', async () => {
    const { cluster, begin, take } = setUp({ leaders: [1, 2, 1] })
    await begin()
    expect(cluster.calls.map((call) => [call.nodeId, asked(call)])).toEqual([
      [1, { 0: 0n, 2: 0n }],
      [2, { 1: 0n }],
    ])
    await cluster.next(1).answer(fetched({ 0: { records: batch(0n, 2) } }))
    // Incremental: what has not changed is not said again.
    const next = cluster.next(1)
    expect([asked(next), (next.body as FetchRequest).sessionId, (next.body as FetchRequest).sessionEpoch]).toEqual([
      { 0: 2n },
      5,
      1,
    ])
    expect(take()).toEqual(['0@0', '0@1'])
  })

  test('connects to the leaders of what is assigned before their positions are known', async () => {
    const { cluster, fetcher, begin } = setUp({ leaders: [1, 2, 1] })
    fetcher.prepare()
    expect(cluster.connected).toEqual(['1 fetch for Fetch', '2 fetch for Fetch'])
    await begin()
    fetcher.prepare()
    expect([cluster.connected.length, cluster.calls.length]).toEqual([2, 2])
  })

  test('asks a node for little at first, so that the first records are there soon, and then for as much as it may', async () => {
    for (const [fetchMinBytes, first] of [
      [1, 131_072],
      [300_000, 300_000],
    ] as const) {
      const { cluster, begin, fetcher } = setUp({ leaders: [1, 1], settings: { fetchMinBytes } })
      await begin()
      const one = cluster.next(1)
      const limits = [(one.body as FetchRequest).maxBytes]
      await one.answer(fetched({ 0: {} }))
      limits.push((cluster.next(1).body as FetchRequest).maxBytes)
      expect(limits).toEqual([first, defaultSettings.fetchMaxBytes])
      fetcher.close()
    }
  })

  test('stays within its budget of bytes, but for one batch that is larger', async () => {
    const { cluster, begin, fetcher, take } = setUp({
      leaders: [1, 2, 3],
      settings: { maxBufferedBytes: 300_000, maxPartitionFetchBytes: 100_000 },
    })
    await begin()
    const limits = cluster.calls.map((call) => (call.body as FetchRequest).maxBytes)
    expect(limits).toEqual([100_000, 100_000, 100_000])
    expect(fetcher.report().reservedBytes).toBe(300_000)
    for (const node of [1, 2, 3])
      await cluster.next(node).answer(fetched({ [node - 1]: { records: batch(0n, 100, 1500) } }))
    // Each gave more than was asked for, as a broker does with a large first batch: no more until something is taken.
    expect(cluster.calls.length).toBe(0)
    expect(fetcher.report().heldBytes).toBeGreaterThan(450_000)
    expect(take().length).toBe(300)
    await turns()
    expect([cluster.calls.length, fetcher.report().heldBytes]).toEqual([3, 0])
  })

  test('takes the room of paused partitions for those that are read', async () => {
    const { cluster, begin, state, fetcher, queue } = setUp({
      leaders: [1, 2],
      settings: { maxBufferedBytes: 200_000, maxPartitionFetchBytes: 100_000 },
    })
    await begin()
    await cluster.next(1).answer(fetched({ 0: { records: batch(0n, 190, 1000) } }))
    state(0).pause()
    cluster.next(2)
    fetcher.wake()
    await turns()
    expect(fetcher.report().heldBytes).toBeGreaterThan(190_000)
    state(1).seek(50n)
    queue.clearPaused()
    expect([fetcher.report().heldBytes, state(0).position?.offset]).toEqual([0, 0n])
  })

  test('takes turns: no partition waits for more than one fetch of another', async () => {
    const { cluster, begin, queue } = setUp({ leaders: [1, 1] })
    await begin()
    await cluster.next(1).answer(fetched({ 0: { records: batch(0n, 3) }, 1: { records: batch(0n, 3) } }))
    await cluster.next(1).answer(fetched({ 0: { records: batch(3n, 3) } }))
    const order: string[] = []
    for (let buffer = queue.nextReady(); buffer !== undefined; buffer = queue.nextReady()) {
      for (let record = buffer.next(); record !== undefined; record = buffer.next())
        order.push(`${record.partition}@${record.offset}`)
    }
    expect(order).toEqual(['0@0', '0@1', '0@2', '1@0', '1@1', '1@2', '0@3', '0@4', '0@5'])
  })

  test('reads from the replica that the leader names (KIP-392), for a time, and believes it only so far', async () => {
    const { cluster, begin, state, fetcher, failures } = setUp({ leaders: [1], settings: { metadataMaxAgeMs: 60_000 } })
    await begin(10n)
    await cluster.next(1).answer(fetched({ 0: { replica: 3 } }))
    await cluster.next(3).answer(fetched({ 0: { records: batch(10n, 1) } }))
    // It has less of the log than the leader, which has the last word.
    await cluster.next(3).answer(fetched({ 0: { error: 'OFFSET_OUT_OF_RANGE' } }))
    expect([state(0).phase, asked(cluster.next(1))]).toEqual(['fetching', { 0: 11n }])
    expect(failures).toEqual([])
    cluster.clock.advance(60_001)
    fetcher.wake()
  })

  test('follows a leader that the answer names (KIP-951) at once, and asks for metadata otherwise', async () => {
    const { cluster, begin } = setUp({ leaders: [1] })
    await begin()
    await cluster
      .next(1)
      .answer(fetched({ 0: { error: 'NOT_LEADER_OR_FOLLOWER', leader: { leaderId: 2, leaderEpoch: 4 } } }))
    expect([cluster.learned.length, cluster.refreshes, asked(cluster.next(2))]).toEqual([1, 0, { 0: 0n }])
    const other = setUp({ leaders: [1] })
    await other.begin()
    await other.cluster.next(1).answer(fetched({ 0: { error: 'NOT_LEADER_OR_FOLLOWER' } }))
    expect([other.cluster.refreshes, other.cluster.calls.length]).toEqual([1, 0])
    other.cluster.clock.advance(200)
    await turns()
    // The session has the partition still: it need not be named again.
    expect(asked(other.cluster.next(1))).toEqual({})
  })

  test('looks through hundreds of partitions once for many that are read up one after the other', async () => {
    const count = 500
    const { cluster, subscription, queue, begin, fetcher } = setUp({ leaders: Array.from({ length: count }, () => 1) })
    await begin()
    const parts = Array.from({ length: count }, (_, index) => [index, { records: batch(0n, 1) }])
    await cluster.next(1).answer(fetched(Object.fromEntries(parts)))
    let looks = 0
    const all = subscription[Symbol.iterator].bind(subscription)
    subscription[Symbol.iterator] = () => {
      looks++
      return all()
    }
    let read = 0
    for (let buffer = queue.nextReady(); buffer !== undefined; buffer = queue.nextReady()) {
      while (buffer.next() !== undefined) read++
      await null
    }
    expect(read).toBe(count)
    await cluster.clock.advance(1_000)
    expect(looks).toBeGreaterThan(0)
    expect(looks).toBeLessThan(5)
    fetcher.close()
  })

  test('drops what was fetched before a seek', async () => {
    const { cluster, begin, state, fetcher, take } = setUp({ leaders: [1] })
    await begin()
    const old = cluster.next(1)
    state(0).seek(40n)
    fetcher.wake()
    await old.answer(fetched({ 0: { records: batch(0n, 3) } }))
    expect([take(), asked(cluster.next(1))]).toEqual([[], { 0: 40n }])
  })

  test('asks aside for a partition that is sought while the fetch of its node waits for others, and then for all together again', async () => {
    const { cluster, begin, state, fetcher, take } = setUp({ leaders: [1, 1] })
    await begin()
    const main = cluster.next(1)
    await main.answer(fetched({}))
    const waiting = cluster.next(1)
    cluster.clock.advance(100)
    state(0).seek(40n)
    fetcher.wake()
    await turns()
    const aside = cluster.next(1)
    const request = aside.body as FetchRequest
    expect([aside.purpose, asked(aside), request.sessionId, request.sessionEpoch]).toEqual([
      'fetch-aside',
      { 0: 40n },
      0,
      -1,
    ])
    // Not for as long as the other: what is sought next waits for it.
    expect(request.maxWaitMs).toBe(50)
    await aside.answer(fetched({ 0: { records: batch(40n, 2) } }, 0))
    expect(take()).toEqual(['0@40', '0@41'])
    // It goes on aside while the other waits, and is one of the session's again when that is over.
    const next = cluster.next(1)
    expect([next.purpose, asked(next)]).toEqual(['fetch-aside', { 0: 42n }])
    cluster.clock.advance(385)
    await next.answer(fetched({}, 0))
    expect(cluster.calls.length).toBe(0)
    await waiting.answer(fetched({}))
    const together = cluster.next(1)
    expect([together.purpose, asked(together), (together.body as FetchRequest).sessionEpoch]).toEqual([
      'fetch',
      { 0: 42n },
      2,
    ])
    expect(cluster.calls.length).toBe(0)
  })

  test('asks for a resumed partition aside, and not when the fetch under way has it already', async () => {
    const { cluster, begin, state, fetcher } = setUp({ leaders: [1, 1] })
    await begin()
    await cluster.next(1).answer(fetched({}))
    state(1).pause()
    state(1).resume()
    cluster.clock.advance(50)
    fetcher.wake()
    await turns()
    expect(cluster.calls.map(({ purpose }) => purpose)).toEqual(['fetch'])
    state(1).pause()
    await cluster.next(1).answer(fetched({}))
    state(1).resume()
    fetcher.wake()
    await turns()
    // Not at once: a fetch that has just begun may be answered any moment.
    expect(cluster.calls.map(({ purpose }) => purpose)).toEqual(['fetch'])
    cluster.clock.advance(5)
    await turns()
    expect(cluster.calls.map(({ purpose }) => purpose)).toEqual(['fetch', 'fetch-aside'])
    expect(asked(cluster.calls[1]!)).toEqual({ 1: 0n })
  })

  test('does not ask twice for the same while a fetch aside is under way', async () => {
    const { cluster, begin, state, fetcher } = setUp({ leaders: [1, 1] })
    await begin()
    const main = cluster.next(1)
    cluster.clock.advance(50)
    state(0).seek(7n)
    fetcher.wake()
    await turns()
    const aside = cluster.next(1)
    await main.answer(fetched({ 1: { records: batch(0n, 1) } }))
    expect([aside.purpose, asked(cluster.next(1))]).toEqual(['fetch-aside', { 1: 1n }])
    await aside.fail(new KafkaError('CONNECTION_CLOSED'))
    cluster.clock.advance(200)
    await turns()
    expect([cluster.calls[0]!.purpose, asked(cluster.next(1))]).toEqual(['fetch-aside', { 0: 7n }])
  })

  test('fetches a damaged batch again, some times, before the application hears of it', async () => {
    const { cluster, begin, queue, state, take } = setUp({ leaders: [1] })
    await begin()
    const damaged = Buffer.concat([batch(0n, 2), batch(2n, 2), batch(4n, 2)])
    damaged[batch(0n, 2).length * 2 - 1]! ^= 1
    await cluster.next(1).answer(fetched({ 0: { records: damaged } }))
    // What stands before it is handed out.
    expect(take()).toEqual(['0@0', '0@1'])
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(cluster.calls).toEqual([])
      cluster.clock.advance(2_000)
      await turns()
      await cluster.next(1).answer(fetched({ 0: { records: damaged.subarray(batch(0n, 2).length) } }))
    }
    cluster.clock.advance(2_000)
    await turns()
    await cluster.next(1).answer(fetched({ 0: { records: damaged.subarray(batch(0n, 2).length) } }))
    expect(state(0).position?.offset).toBe(2n)
    expect(() => queue.nextReady()!.next()).toThrow('a batch cannot be read at offset 2 of t-0')
  })

  test('goes on when what was damaged on its way comes whole', async () => {
    const { cluster, begin, failures, take } = setUp({ leaders: [1] })
    await begin()
    const damaged = batch(0n, 2)
    damaged[damaged.length - 1]! ^= 1
    await cluster.next(1).answer(fetched({ 0: { records: damaged } }))
    cluster.clock.advance(200)
    await turns()
    await cluster.next(1).answer(fetched({ 0: { records: batch(0n, 2) } }))
    expect([take(), failures]).toEqual([['0@0', '0@1'], []])
  })

  test('asks again where the broker says that its log is damaged, and tells the application when it stays so', async () => {
    const { cluster, begin, failures } = setUp({ leaders: [1] })
    await begin()
    for (let attempt = 0; attempt < 4; attempt++) {
      expect(failures).toEqual([])
      await cluster.next(1).answer(fetched({ 0: { error: 'CORRUPT_MESSAGE' } }))
      cluster.clock.advance(2_000)
      await turns()
    }
    expect(failures).toMatchObject([{ code: 'CORRUPT_MESSAGE', message: expect.stringContaining('t-0') }])
    expect(cluster.calls.length).toBe(1)
  })

  test('comes back to a node that does not answer, each time later', async () => {
    const { cluster, begin } = setUp({ leaders: [1] })
    await begin()
    const waits: number[] = []
    for (let i = 0; i < 4; i++) {
      await cluster.next(1).fail(new KafkaError('CONNECTION_CLOSED'))
      const beganMs = cluster.clock.monotonicMs()
      while (cluster.calls.length === 0 && cluster.clock.monotonicMs() - beganMs < 5000) {
        cluster.clock.advance(10)
        await turns()
      }
      waits.push(cluster.clock.monotonicMs() - beganMs)
    }
    // retry.backoff.ms, doubled, 20 % more or less.
    for (const [i, wait] of waits.entries()) expect([wait >= 79 * 2 ** i, wait <= 131 * 2 ** i]).toEqual([true, true])
  })

  test('says nothing of what a node did not answer when others lead its partitions', async () => {
    const { cluster, subscription, fetcher, begin } = setUp({ leaders: [1, 2] })
    await begin()
    await cluster.next(1).fail(new KafkaError('CONNECTION_CLOSED'))
    const failures = () => fetcher.report().nodes.map((node) => [node.nodeId, node.failures])
    const before = failures()
    cluster.metadata = cluster.image([2, 2], 1)
    subscription.metadataChanged(cluster.metadata)
    const after = failures()
    expect({ before, after }).toEqual({
      before: [
        [1, 1],
        [2, 0],
      ],
      after: [
        [1, 0],
        [2, 0],
      ],
    })
    fetcher.close()
  })
})

describe('positions of partitions with different leaders', () => {
  const listed = (partition: number, offset: bigint) => ({
    throttleTimeMs: 0,
    topics: [
      { name: 't', partitions: [{ partitionIndex: partition, errorCode: 0, offset, timestamp: -1n, leaderEpoch: 0 }] },
    ],
  })

  test('are found, and found again, while one leader does not answer', async () => {
    const { cluster, subscription, positions, state } = setUp({ leaders: [1, 2] })
    for (const one of subscription) one.requestReset({ kind: 'earliest' })
    positions.wake()
    await turns()
    await cluster.next(2).answer(listed(1, 5n))
    expect([0, 1].map((i) => [state(i).phase, state(i).position?.offset])).toEqual([
      ['resetting', undefined],
      ['fetching', 5n],
    ])
    state(1).requestReset({ kind: 'latest' })
    positions.wake()
    await turns()
    const again = cluster.calls.findIndex(({ nodeId, api }) => nodeId === 2 && api === 'ListOffsets')
    await cluster.calls.splice(again, 1)[0]!.answer(listed(1, 9n))
    expect(state(1).position?.offset).toBe(9n)
    positions.close()
  })

  test('are found with a new leader while the former one does not answer', async () => {
    const { cluster, subscription, positions, state } = setUp({ leaders: [1] })
    state(0).requestReset({ kind: 'earliest' })
    positions.wake()
    await turns()
    cluster.metadata = cluster.image([2], 1)
    subscription.metadataChanged(cluster.metadata)
    positions.wake()
    await turns()
    await cluster.next(2).answer(listed(0, 5n))
    expect([state(0).phase, state(0).position?.offset]).toEqual(['fetching', 5n])
    positions.close()
  })
})

describe('a truncated log (KIP-320)', () => {
  const truncated = async (autoOffsetReset: ResetStrategy) => {
    const world = setUp({ leaders: [1], autoOffsetReset })
    world.state(0).seek(50n, 0)
    world.cluster.metadata = world.cluster.image([2], 3)
    world.subscription.metadataChanged(world.cluster.metadata)
    world.positions.wake()
    await turns()
    const call = world.cluster.next(2)
    expect([call.api, world.state(0).phase]).toEqual(['OffsetForLeaderEpoch', 'validating'])
    const partitions = [{ partition: 0, errorCode: 0, leaderEpoch: 0, endOffset: 30n }]
    await call.answer({ throttleTimeMs: 0, topics: [{ topic: 't', partitions }] })
    return world
  }

  test('is gone on with where it differs', async () => {
    const { state, cluster } = await truncated({ kind: 'latest' })
    expect([state(0).phase, state(0).position?.offset]).toEqual(['fetching', 30n])
    expect(asked(cluster.next(2))).toEqual({ 0: 30n })
  })

  test('is an error where nothing says how to go on', async () => {
    const { state, cluster } = await truncated({ kind: 'none' })
    expect(state(0).failure).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    expect(state(0).failure?.message).toContain('it differs from offset 30 on')
    expect(cluster.calls).toEqual([])
    state(0).seek(30n)
    expect(state(0).failure).toBeUndefined()
  })
})
