import { afterEach, expect, test, vi } from 'vitest'
import { Kafka } from '../../../src/client/index.ts'
import { startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { explainGroup, type Finding, gatherEvidence } from '../../../src/tools/index.ts'
import { all, type MemberOptions, type RunningMember, startMember } from '../support/members.ts'

// Rules about members that fall silent or hang: real members on kohort, whose network and time are the test's.

const releases: (() => void)[] = []
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const release of releases.splice(0)) release()
  for (const one of open.splice(0).reverse()) await one.close()
})

async function start(): Promise<{ broker: TestBroker; kafka: Kafka }> {
  const broker = await startBroker({ topics: { orders: 4 } })
  open.push(broker)
  open.push({ close: async () => broker.clearFaults() })
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'tools' })
  open.push(kafka)
  return { broker, kafka }
}

function member(broker: TestBroker, clientId: string, options: Partial<MemberOptions> = {}): RunningMember {
  const one = startMember(broker.bootstrapServers, { groupId: 'billing', clientId, topics: ['orders'], ...options })
  open.push(one)
  return one
}

async function findings(broker: TestBroker, kafka: Kafka): Promise<Map<string, Finding>> {
  await all(broker.timeline()) // all that was told is in the topic
  const evidence = await gatherEvidence(kafka, 'billing', { waitMs: 50 })
  return new Map(explainGroup(evidence).map((finding) => [finding.rule, finding]))
}

test('an application that does not poll within max.poll.interval.ms', async () => {
  const { broker, kafka } = await start()
  await broker.produce('orders', ['one'])
  member(broker, 'a', {
    maxPollIntervalMs: 300,
    handler: () => new Promise<void>((resolve) => void releases.push(resolve)),
  })
  await vi.waitUntil(() => releases.length > 0, { timeout: 10_000 })
  await broker.group('billing').untilMembers(0)
  const finding = (await findings(broker, kafka)).get('max-poll-interval')
  expect(finding?.sentence).toBe(
    'a (127.0.0.1) did not poll within max.poll.interval.ms 1 time, and left the group each time.',
  )
})

test('a member that is silent for longer than its session', async () => {
  const { broker, kafka } = await start()
  const group = broker.group('billing')
  member(broker, 'a')
  await group.untilMembers(1)
  broker.expireSession('billing', 'a')
  await vi.waitUntil(async () => (await group.timeline()).some(({ type }) => type === 'member-evicted'))
  await group.untilMembers(1)
  const finding = (await findings(broker, kafka)).get('session-timeout')
  expect(finding?.sentence).toBe(
    'The broker heard nothing of a (127.0.0.1) for longer than the session timeout (45 s), and removed 1 member.',
  )
})

test('a dead member that a rebalance waits for, and its crash when it is over', async () => {
  const { broker, kafka } = await start()
  const group = broker.group('billing')
  member(broker, 'a')
  await group.untilMembers(1)
  member(broker, 'c')
  await group.untilMembers(2)
  broker
    .fault({
      api: ['Heartbeat', 'JoinGroup', 'LeaveGroup', 'OffsetCommit'],
      group: 'billing',
      member: group.member('a').memberId,
    })
    .stall()
  member(broker, 'b')
  await vi.waitUntil(() => group.state === 'PreparingRebalance')
  // Who is back is told: of those that are old members only one is waited for.
  await vi.waitUntil(async () => (await group.timeline()).some(({ type }) => type === 'member-rejoined'))
  const waiting = (await findings(broker, kafka)).get('waiting-for-member')
  expect(waiting?.evidence[1]).toBe('2 of 3 members joined.')
  expect(waiting?.sentence).toMatch(
    /^The group has been in a rebalance for \d+ m?s and waits for a \(127\.0\.0\.1\) to join again, for \d+ s more at most, 4\d s more if it is dead\.$/,
  )
  broker.expireSession('billing', 'a')
  await group.untilMembers(2)
  const crash = (await findings(broker, kafka)).get('crash-during-rebalance')
  expect(crash?.sentence).toMatch(/^a \(127\.0\.0\.1\) was silent already when a rebalance began, and the group waited/)
})

test('two processes with one group.instance.id', async () => {
  const { broker, kafka } = await start()
  member(broker, 'a', { groupInstanceId: 'pod-1' })
  await broker.group('billing').untilMembers(1)
  const twin = member(broker, 'b', { groupInstanceId: 'pod-1' })
  await vi.waitUntil(() => twin.consumer.assignment().length === 4, { timeout: 10_000 })
  await vi.waitFor(
    async () => {
      const finding = (await findings(broker, kafka)).get('static-id-conflict')
      expect(finding?.sentence).toBe('Two processes use the same group.instance.id: pod-1.')
    },
    { timeout: 10_000, interval: 200 },
  )
})
