import { expect, test } from 'vitest'
import { string } from '../../../src/client/serdes/index.ts'
import { type Fault, startBroker } from '../../../src/testing/index.ts'
import type { ApiName, ErrorName } from '../../../src/wire/index.ts'
import { testConsumer } from '../../client/support/test-consumer.ts'

const APIS: readonly ApiName[] = [
  'Fetch',
  'Fetch',
  'Fetch',
  'ListOffsets',
  'OffsetFetch',
  'OffsetCommit',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'ConsumerGroupHeartbeat',
  'Metadata',
  'FindCoordinator',
]
const ERRORS: Readonly<Record<string, readonly ErrorName[]>> = {
  Fetch: [
    'NOT_LEADER_OR_FOLLOWER',
    'UNKNOWN_TOPIC_ID',
    'UNKNOWN_LEADER_EPOCH',
    'KAFKA_STORAGE_ERROR',
    'UNKNOWN_SERVER_ERROR',
  ],
  ListOffsets: ['NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE'],
  OffsetFetch: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR'],
  OffsetCommit: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR', 'REBALANCE_IN_PROGRESS'],
  JoinGroup: ['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'],
  SyncGroup: ['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR'],
  Heartbeat: ['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR', 'UNKNOWN_MEMBER_ID'],
  ConsumerGroupHeartbeat: ['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS', 'FENCED_MEMBER_EPOCH'],
  FindCoordinator: ['COORDINATOR_NOT_AVAILABLE'],
}

/** mulberry32 */
function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

test.each([
  ['classic', { partitionAssignmentStrategy: ['cooperative-sticky'] }],
  ['consumer', { groupProtocol: 'consumer' }],
] as const)(
  'whatever fails, stalls and drops, members of a %s group get every record, and their commits are true',
  async (_, config) => {
    const seed = Number(process.env.SEED ?? Math.trunc(Math.random() * 2 ** 31))
    const random = chances(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.trunc(random() * list.length)]!
    const rounds = process.env.KOHORT_FULL === '1' ? 400 : 60
    const broker = await startBroker({
      topics: { four: 4 },
      // A member whose goodbye was lost keeps its partitions until its session ends.
      properties: {
        'group.consumer.min.session.timeout.ms': '3000',
        'group.consumer.session.timeout.ms': '3000',
        'group.consumer.min.heartbeat.interval.ms': '500',
        'group.consumer.heartbeat.interval.ms': '500',
      },
    })
    const seen = new Set<string>()
    /** How far each partition was processed at all; a commit beyond it would lose records. */
    const processed = new Map<number, bigint>()
    const failures: unknown[] = []
    const start = (clientId: string) => {
      const c = testConsumer(broker.bootstrapServers, {
        ...config,
        clientId,
        clock: broker.clock,
        groupId: 'g',
        key: string(),
        value: string(),
        heartbeatIntervalMs: 50,
        autoCommitIntervalMs: 20,
        retryBackoffMs: 5,
        retryBackoffMaxMs: 50,
        requestTimeoutMs: 1000,
        sessionTimeoutMs: 6000,
      })
      c.subscribe('four')
      const read = async (): Promise<void> => {
        for await (const { partition, offset, value } of c.records()) {
          seen.add(value!)
          if (random() < 0.1) await new Promise<void>((resolve) => setImmediate(resolve))
          if (offset + 1n > (processed.get(partition) ?? 0n)) processed.set(partition, offset + 1n)
        }
      }
      return { c, done: read().catch((error) => void failures.push(error)) }
    }
    let sent = 0
    const send = async (count: number): Promise<void> => {
      await broker.produce(
        'four',
        Array.from({ length: count }, (_, i) => ({ partition: (sent + i) % 4, value: String(sent + i) })),
      )
      sent += count
    }
    const members = [start('a'), start('b')]
    const faults: Fault[] = []
    try {
      for (let round = 0; round < rounds; round++) {
        await send(8)
        const api = pick(APIS)
        const script = broker.fault({ api, times: 1 + Math.trunc(random() * 3) })
        const how = random()
        if (how < 0.4 && ERRORS[api] !== undefined) script.error(pick(ERRORS[api]))
        else if (how < 0.6) script.close()
        else if (how < 0.75) script.loseResponse()
        else if (how < 0.9) script.delay(20)
        else faults.push(script.stall())
        if (faults.length > 2) faults.shift()!.remove()
        if (random() < 0.05) {
          const gone = members.shift()!
          await gone.c.close({ timeoutMs: 5000 })
          await gone.done
          members.push(start(`m${round}`))
        }
        for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => setImmediate(resolve))
        const offsets = await broker.group('g').offsets()
        for (const { partition, offset } of offsets) {
          if (offset > (processed.get(partition) ?? 0n))
            failures.push(`seed ${seed}: ${offset} committed in ${partition}, ${processed.get(partition)} processed`)
        }
        expect(failures, `seed ${seed}`).toEqual([])
      }
      broker.clearFaults()
      await send(8)
      const state = () =>
        `seed ${seed}: ${seen.size} of ${sent}\n${members.map(({ c }) => `${c.explain().text} ${JSON.stringify(c.explain().report.membership)}`).join('\n')}\n${JSON.stringify(broker.group('g').members())}`
      await expect.poll(() => (seen.size === sent ? 'all' : state()), { timeout: 30_000, interval: 50 }).toBe('all')
      expect(failures, `seed ${seed}`).toEqual([])
    } finally {
      broker.clearFaults()
      await Promise.all(members.map(({ c }) => c.close({ timeoutMs: 5000 })))
      await broker.close()
    }
  },
  120_000,
)
