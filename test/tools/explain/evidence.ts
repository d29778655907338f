import type { GroupDescription, GroupMemberDescription } from '../../../src/client/index.ts'
import type { Evidence, Finding, MemberSettings } from '../../../src/tools/explain/index.ts'
import { explainGroup } from '../../../src/tools/explain/index.ts'
import type { PartitionLag, TimelineEntry } from '../../../src/tools/index.ts'

/** Wall clock of the tests: everything happens some time before. */
export const NOW = Date.parse('2026-11-21T12:00:00Z')

/** A quiet group `billing` of one topic `orders` with four partitions, and what a test wants otherwise. */
export function evidence(more: Partial<Evidence> = {}): Evidence {
  return {
    groupId: 'billing',
    atMs: NOW,
    group: group(),
    before: { groupId: 'billing', atMs: NOW - 5_000, partitions: [] },
    now: { groupId: 'billing', atMs: NOW, partitions: [] },
    elapsedMs: 5_000,
    stableOffsets: new Map(),
    timeline: [],
    timelineSinceMs: NOW - 86_400_000,
    timelineSource: 'recorded',
    members: new Map(),
    commits: new Map(),
    emptySinceMs: undefined,
    topics: new Map([['orders', 4]]),
    missingTopics: [],
    brokerConfigs: new Map(),
    groupConfigs: new Map(),
    records: new Map(),
    probes: [],
    hasConsumerProtocol: undefined,
    ...more,
  }
}

export function group(more: Partial<GroupDescription> = {}): GroupDescription {
  return {
    groupId: 'billing',
    type: 'classic',
    protocolType: 'consumer',
    state: 'Stable',
    assignor: 'cooperative-sticky',
    groupEpoch: undefined,
    assignmentEpoch: undefined,
    coordinator: { nodeId: 1, host: 'h', port: 9092, rack: null },
    members: [member('a', [0, 1]), member('b', [2, 3])],
    ...more,
  }
}

export function member(
  name: string,
  orders: readonly number[],
  more: Partial<GroupMemberDescription> = {},
): GroupMemberDescription {
  return {
    memberId: `${name}-1`,
    groupInstanceId: null,
    clientId: name,
    host: '/10.0.0.1',
    rackId: null,
    memberEpoch: undefined,
    memberType: 'classic',
    subscribedTopics: ['orders'],
    subscribedTopicRegex: null,
    assignment: orders.map((partition) => ({ topic: 'orders', partition })),
    targetAssignment: undefined,
    ...more,
  }
}

export function settings(more: Partial<MemberSettings> = {}): MemberSettings {
  return {
    protocol: 'classic',
    sessionTimeoutMs: 45_000,
    rebalanceTimeoutMs: 300_000,
    serverAssignor: null,
    assignors: undefined,
    revoking: [],
    hasUserData: false,
    ...more,
  }
}

/** The log of `orders` has 0 to `end`. */
export function lag(
  partition: number,
  committed: number | undefined,
  end: number,
  more: Partial<PartitionLag> = {},
): PartitionLag {
  return {
    topic: 'orders',
    partition,
    topicId: undefined,
    state: committed === undefined ? 'never-committed' : 'known',
    committedOffset: committed === undefined ? undefined : BigInt(committed),
    committedLeaderEpoch: -1,
    metadata: '',
    logStartOffset: 0n,
    logEndOffset: BigInt(end),
    lag: committed === undefined ? undefined : BigInt(end - committed),
    lostOffsets: undefined,
    excessOffsets: undefined,
    reason: undefined,
    ...more,
  }
}

export const lags = (before: readonly PartitionLag[], now: readonly PartitionLag[] = before) => ({
  before: { groupId: 'billing', atMs: NOW - 5_000, partitions: before },
  now: { groupId: 'billing', atMs: NOW, partitions: now },
})

/** Something that happened `agoMs` before now; `name` is a client id. */
export function event(
  agoMs: number,
  type: TimelineEntry['type'],
  trigger: TimelineEntry['trigger'],
  name?: string,
  more: Partial<TimelineEntry> = {},
): TimelineEntry {
  return {
    source: 'recorded',
    timeMs: NOW - agoMs,
    groupId: 'billing',
    protocol: 'classic',
    generationId: 1,
    type,
    trigger,
    reason: 'so it was',
    ...(name !== undefined && {
      member: { memberId: `${name}-1`, groupInstanceId: null, clientId: name, clientHost: '/10.0.0.1' },
    }),
    ...more,
  }
}

/** What one rule says of it. */
export function findingOf(rule: string, of: Partial<Evidence>): Finding | undefined {
  return explainGroup(evidence(of)).find((finding) => finding.rule === rule)
}

export function sentenceOf(rule: string, of: Partial<Evidence>): string | undefined {
  return findingOf(rule, of)?.sentence
}
