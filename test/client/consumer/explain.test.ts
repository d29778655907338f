import { describe, expect, test } from 'vitest'
import { type ConsumerReport, explain, healthOf, type PartitionReport } from '../../../src/client/consumer/explain.ts'
import type { MembershipReport } from '../../../src/client/consumer/membership/membership.ts'
import { ProgressWatch } from '../../../src/client/consumer/progress-watch.ts'
import { KafkaError } from '../../../src/client/kafka-error.ts'
import { VirtualClock } from '../../../src/testing/index.ts'

const partition = (more: Partial<PartitionReport> = {}): PartitionReport => ({
  topic: 't',
  partition: 0,
  phase: 'fetching',
  paused: false,
  isRevoking: false,
  failure: undefined,
  position: 10n,
  end: 10n,
  highWatermark: 10n,
  hasLeader: true,
  unreadBytes: 0,
  ...more,
})
const member = (more: Partial<MembershipReport> = {}): MembershipReport => ({
  groupId: 'g',
  memberId: 'm',
  generationId: 3,
  groupInstanceId: null,
  protocol: 'classic',
  state: 'stable',
  sinceMs: 0,
  waitsFor: 'nothing',
  isLeader: false,
  assignor: 'range',
  rejoinReason: '',
  target: null,
  heartbeats: 'thread',
  ...more,
})
const report = (more: Partial<ConsumerReport> = {}): ConsumerReport => ({
  nowMs: 100_000,
  mode: 'subscribed',
  topics: ['t'],
  missingTopics: [],
  isClosed: false,
  failure: undefined,
  membership: member(),
  face: 'records()',
  isWaiting: true,
  lastAskedMs: 99_000,
  busySinceMs: undefined,
  maxPollIntervalMs: 300_000,
  fetcher: { heldBytes: 0, reservedBytes: 0, isFull: false, nodes: [] },
  commits: undefined,
  partitions: [partition()],
  ...more,
})
const told = (more: Partial<ConsumerReport>): readonly (readonly [string, string])[] =>
  explain(report(more)).reasons.map(({ reason, sentence }) => [reason, sentence])

describe('explain()', () => {
  test.each<[string, Partial<ConsumerReport>, string, string]>([
    ['nothing to read', {}, 'at-end', 't-0: read to the end.'],
    ['not subscribed', { mode: 'none', partitions: [] }, 'not-subscribed', 'Nothing is subscribed or assigned.'],
    [
      'nobody asks',
      { face: undefined },
      'not-asked',
      'Nobody asks for records: records(), batches(), partitions(), run() or poll() does.',
    ],
    [
      'joining',
      {
        partitions: [],
        membership: member({ state: 'joining', sinceMs: 96_000, waitsFor: 'for the other members to join' }),
      },
      'not-joined',
      'The member is joining since 4.0 s: for the other members to join',
    ],
    [
      'idle',
      { partitions: [] },
      'idle-member',
      'The group has no partition for this member: there are fewer partitions than members, or none of its topics exists.',
    ],
    [
      'waiting for whose revoke',
      { partitions: [], membership: member({ protocol: 'consumer', target: [{ topic: 't', partition: 1 }] }) },
      'not-joined',
      'The group meant 1 partitions for this member, whose owners have not given them up yet.',
    ],
    [
      'a busy handler',
      { isWaiting: false, lastAskedMs: 60_000 },
      'handler-busy',
      'The application is at work since 40 s and has not asked for more (max.poll.interval.ms is 300 s).',
    ],
    ['paused', { partitions: [partition({ paused: true })] }, 'paused', 't-0: paused; resume() goes on.'],
    [
      'no leader',
      { partitions: [partition({ hasLeader: false })] },
      'no-leader',
      't-0: without a leader, as far as is known.',
    ],
    [
      'an open transaction',
      { partitions: [partition({ highWatermark: 20n })] },
      'open-transaction',
      't-0: an open transaction holds the last stable offset below the end (read_committed).',
    ],
    [
      'a missing topic',
      { missingTopics: ['t'], partitions: [] },
      'topic-missing',
      'The cluster does not have, or does not show: t.',
    ],
    [
      'throttled',
      {
        fetcher: {
          heldBytes: 0,
          reservedBytes: 0,
          isFull: false,
          nodes: [{ nodeId: 2, isWaiting: false, partitions: 1, throttledMs: 1500, failures: 0 }],
        },
      },
      'throttled',
      'Node 2 asked for quiet for 1.5 s more: a quota is exceeded.',
    ],
    [
      'ended',
      { failure: new KafkaError('GROUP_AUTHORIZATION_FAILED', 'no') },
      'failed',
      'The consumer ended with GROUP_AUTHORIZATION_FAILED: no',
    ],
  ])('%s', (_, more, reason, sentence) => {
    expect(told(more)).toContainEqual([reason, sentence])
  })

  test('names partitions, and how many more', () => {
    const partitions = Array.from({ length: 8 }, (_, i) => partition({ partition: i, paused: true }))
    expect(explain(report({ partitions })).text).toBe('t-0, t-1, t-2, t-3, t-4 and 3 more: paused; resume() goes on.')
  })
})

describe('health()', () => {
  const status = (more: Partial<ConsumerReport>): string => healthOf(report(more)).status

  test('is tied to progress', () => {
    expect(status({})).toBe('ok')
    expect(status({ partitions: [] })).toBe('ok') // an idle member
    expect(status({ isWaiting: false, lastAskedMs: 99_000 })).toBe('ok')
    expect(status({ isWaiting: false, lastAskedMs: -300_000 })).toBe('stuck')
    expect(status({ busySinceMs: -300_000 })).toBe('stuck')
    expect(status({ membership: member({ state: 'joining', sinceMs: -300_000 }) })).toBe('stuck')
    expect(status({ failure: new KafkaError('CLOSED') })).toBe('failed')
    expect(status({ isClosed: true })).toBe('closed')
  })

  test('a partition that should be read and is not is noticed, and said once', () => {
    const clock = new VirtualClock()
    const lines: string[] = []
    const log = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`)
    const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
    let end = 20n
    let position = 10n
    const watch = new ProgressWatch({
      clock,
      logger,
      report: () =>
        report({
          nowMs: clock.monotonicMs(),
          membership: member({ sinceMs: 0 }),
          lastAskedMs: clock.monotonicMs(),
          partitions: [partition({ position, end })],
        }),
    })
    watch.start()
    clock.advance(60_000)
    position = 15n
    clock.advance(90_000)
    expect([lines, healthOf(watch.report()).status]).toEqual([[], 'ok'])
    clock.advance(60_000)
    expect(lines).toEqual(['warn the consumer does not get on: t-0: records are being fetched.'])
    expect(healthOf(watch.report()).status).toBe('stuck')
    end = 15n
    clock.advance(10_000)
    expect(lines.slice(1)).toEqual(['info the consumer gets on again'])
    watch.stop()
    expect(clock.pendingTimers).toBe(0)
  })
})
