import { describe, expect, test } from 'vitest'
import type { GroupDescription, GroupMemberDescription } from '../../../src/client/admin/index.ts'
import { explain, healthOf } from '../../../src/client/consumer/explain.ts'
import type { ConsumerReport, PartitionReport } from '../../../src/client/consumer/explanation.ts'
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
  inHand: undefined,
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
const at = (index: number) => ({ topic: 't', partition: index })
const described = (memberId: string, more: Partial<GroupMemberDescription> = {}): GroupMemberDescription => ({
  memberId,
  groupInstanceId: null,
  clientId: `app-${memberId}`,
  host: '/10.0.0.1',
  rackId: null,
  memberEpoch: 3,
  memberType: 'consumer',
  subscribedTopics: ['t'],
  subscribedTopicRegex: null,
  assignment: [],
  targetAssignment: [],
  ...more,
})
const group = (more: Partial<GroupDescription>): GroupDescription => ({
  groupId: 'g',
  type: 'consumer',
  protocolType: 'consumer',
  state: 'Stable',
  assignor: 'uniform',
  groupEpoch: 3,
  assignmentEpoch: 3,
  coordinator: { nodeId: 1, host: 'h', port: 1, rack: null },
  members: [],
  ...more,
})
const report = (more: Partial<ConsumerReport> = {}): ConsumerReport => ({
  nowMs: 100_000,
  mode: 'subscribed',
  topics: ['t'],
  missingTopics: [],
  unauthorizedTopics: [],
  unmatchedPatterns: [],
  refused: undefined,
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
      'The member is joining since 4.0 s: for the other members to join.',
    ],
    [
      'nothing given, and nobody asked why',
      { partitions: [] },
      'idle-member',
      'The group has no partition for this member: there are fewer partitions than members, or others have not given up theirs yet; explain({ askGroup: true }) asks the group.',
    ],
    [
      'idle',
      { partitions: [], group: group({ members: [described('m'), described('o', { targetAssignment: [at(0)] })] }) },
      'idle-member',
      'The group has no partition for this member: its 2 members share 1 partition; there are fewer partitions than members.',
    ],
    [
      'waiting for whose revoke',
      {
        partitions: [],
        membership: member({ protocol: 'consumer' }),
        group: group({
          members: [
            described('m', { targetAssignment: [at(1), at(2)] }),
            described('o', { assignment: [at(0), at(1), at(2)], targetAssignment: [at(0)] }),
          ],
        }),
      },
      'held-by-others',
      't-1, t-2: meant for this member, which waits for o (client app-o, /10.0.0.1) to give up what it has.',
    ],
    [
      'waiting for whom, of a member that was told to give up and has not',
      {
        partitions: [],
        membership: member({ protocol: 'consumer' }),
        group: group({
          members: [
            described('m', { targetAssignment: [at(1)] }),
            described('o', { memberEpoch: 2, assignment: [at(0)], targetAssignment: [at(0)] }),
          ],
        }),
      },
      'held-by-others',
      't-1: meant for this member, which waits for o (client app-o, /10.0.0.1) to give up what it has.',
    ],
    [
      'free, and not told yet',
      { group: group({ members: [described('m', { assignment: [at(0)], targetAssignment: [at(0), at(1)] })] }) },
      'held-by-others',
      't-1: meant for this member, and free; it hears of it with its next heartbeat.',
    ],
    [
      'waiting for members of a classic group',
      {
        membership: member({ state: 'joining' }),
        group: group({
          state: 'PreparingRebalance',
          type: 'classic',
          members: [
            described('m', { targetAssignment: undefined }),
            described('o', { targetAssignment: undefined, groupInstanceId: 'pod-1' }),
          ],
        }),
      },
      'held-by-others',
      'The group rebalances, and waits until all its members have joined again: pod-1 (member o, client app-o, /10.0.0.1); each may take its max.poll.interval.ms.',
    ],
    [
      'a group that may not be described',
      { group: new KafkaError('GROUP_AUTHORIZATION_FAILED', 'no') },
      'unauthorized',
      'The group cannot be asked: GROUP_AUTHORIZATION_FAILED: no',
    ],
    [
      'a busy handler',
      { isWaiting: false, lastAskedMs: 60_000 },
      'handler-busy',
      'The application is at work since 40 s and has not asked for more (max.poll.interval.ms is 300 s).',
    ],
    [
      'a busy handler, and its record',
      { isWaiting: false, busySinceMs: 88_000, partitions: [partition({ inHand: 7n }), partition({ partition: 1 })] },
      'handler-busy',
      'The application is at work since 12 s with t-0 at offset 7 and has not asked for more (max.poll.interval.ms is 300 s).',
    ],
    [
      'a topic that may not be read',
      { unauthorizedTopics: ['t'] },
      'unauthorized',
      'This client may not read: t (TOPIC_AUTHORIZATION_FAILED).',
    ],
    [
      'a fetch that is refused',
      { refused: { error: new KafkaError('TOPIC_AUTHORIZATION_FAILED', 'no'), atMs: 99_000 } },
      'unauthorized',
      'A broker refuses with TOPIC_AUTHORIZATION_FAILED: no',
    ],
    [
      'a damaged log',
      { refused: { error: new KafkaError('CORRUPT_MESSAGE', 'damaged', { kind: 'invalid' }), atMs: 99_000 } },
      'refused',
      'A broker refuses with CORRUPT_MESSAGE: damaged',
    ],
    [
      'a pattern for nothing',
      { partitions: [], unmatchedPatterns: ['/^x/'] },
      'topic-missing',
      'No topic that this client may see matches /^x/.',
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
