import type { TopicPartitions } from '../../assignor/index.ts'
import type { ConsumerGroupCurrentMemberAssignmentValue, ConsumerGroupMemberMetadataValue } from '../../wire/index.ts'
import { listOf, NO_PARTITIONS, partitionsOf, samePartitions } from './partitions.ts'

/** What a member says in its epoch when it leaves for good. */
export const LEAVE_EPOCH = -1
/** What a static member says when it will be back within its session (KIP-848); also its epoch until then. */
export const STATIC_LEAVE_EPOCH = -2

/**
 * - `STABLE`: it has all of its target assignment. Left when there is a newer one.
 * - `UNREVOKED_PARTITIONS`: it was told to give partitions up, and still owns some of them. It stays in its epoch until it says in a
 *   heartbeat that it does not.
 * - `UNRELEASED_PARTITIONS`: it is in the target's epoch, but another member has yet to give up some of its partitions.
 * - `UNKNOWN`: written by a later version of the coordinator; the member has to begin anew.
 */
export type MemberState = 'STABLE' | 'UNREVOKED_PARTITIONS' | 'UNRELEASED_PARTITIONS' | 'UNKNOWN'

/** What the group knows of a member that speaks the classic protocol (JoinGroup, SyncGroup). */
export interface ClassicMemberMetadata {
  readonly sessionTimeoutMs: number
  readonly supportedProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
}

/** A member, as its records say: hard state. Replaced as a whole, never changed. */
export interface ConsumerMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** Ascending, each once. */
  readonly subscribedTopicNames: readonly string[]
  /** null or empty: none. */
  readonly subscribedTopicRegex: string | null
  readonly rebalanceTimeoutMs: number
  readonly serverAssignor: string | null
  /** null: it speaks the consumer protocol. */
  readonly classic: ClassicMemberMetadata | null
  /** -2 while a static member is away. */
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  /** What it was told that it may have. */
  readonly assigned: TopicPartitions
  /** What it was told to give up and may still own. */
  readonly pendingRevocation: TopicPartitions
}

export function newMember(memberId: string): ConsumerMember {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    subscribedTopicNames: [],
    subscribedTopicRegex: '',
    rebalanceTimeoutMs: -1,
    serverAssignor: null,
    classic: null,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    state: 'STABLE',
    assigned: NO_PARTITIONS,
    pendingRevocation: NO_PARTITIONS,
  }
}

/** Its regular expression, if it has one. */
export function regexOf(member: Pick<ConsumerMember, 'subscribedTopicRegex'> | undefined): string | undefined {
  const regex = member?.subscribedTopicRegex
  return regex === null || regex === '' ? undefined : regex
}

export function isReconciled(member: ConsumerMember, assignmentEpoch: number): boolean {
  return member.state === 'STABLE' && member.memberEpoch === assignmentEpoch
}

export function sameMetadata(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.serverAssignor === b.serverAssignor &&
    a.subscribedTopicRegex === b.subscribedTopicRegex &&
    sameTopics(a.subscribedTopicNames, b.subscribedTopicNames) &&
    sameClassic(a.classic, b.classic)
  )
}

export function sameAssignmentState(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.memberEpoch === b.memberEpoch &&
    a.previousMemberEpoch === b.previousMemberEpoch &&
    a.state === b.state &&
    samePartitions(a.assigned, b.assigned) &&
    samePartitions(a.pendingRevocation, b.pendingRevocation)
  )
}

export function sameTopics(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((topic, i) => topic === b[i]))
}

/** As a set: ascending, each once. */
export function topicSet(topics: readonly string[]): readonly string[] {
  return [...new Set(topics)].sort()
}

function sameClassic(a: ClassicMemberMetadata | null, b: ClassicMemberMetadata | null): boolean {
  if (a === null || b === null) return a === b
  return (
    a.sessionTimeoutMs === b.sessionTimeoutMs &&
    a.supportedProtocols.length === b.supportedProtocols.length &&
    a.supportedProtocols.every(({ name, metadata }, i) => {
      const other = b.supportedProtocols[i]!
      return name === other.name && metadata.equals(other.metadata)
    })
  )
}

export function metadataValueOf(member: ConsumerMember): ConsumerGroupMemberMetadataValue {
  const { classic } = member
  return {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.subscribedTopicNames],
    subscribedTopicRegex: member.subscribedTopicRegex,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    serverAssignor: member.serverAssignor,
    classicMemberMetadata: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: classic.supportedProtocols.map(({ name, metadata }) => ({ name, metadata })),
    },
  }
}

export function withMetadata(member: ConsumerMember, value: ConsumerGroupMemberMetadataValue): ConsumerMember {
  return {
    ...member,
    instanceId: value.instanceId,
    rackId: value.rackId,
    clientId: value.clientId,
    clientHost: value.clientHost,
    subscribedTopicNames: topicSet(value.subscribedTopicNames),
    subscribedTopicRegex: value.subscribedTopicRegex,
    rebalanceTimeoutMs: value.rebalanceTimeoutMs,
    serverAssignor: value.serverAssignor,
    classic: value.classicMemberMetadata,
  }
}

export function assignmentValueOf(member: ConsumerMember): ConsumerGroupCurrentMemberAssignmentValue {
  return {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: STATE_CODES[member.state],
    assignedPartitions: listOf(member.assigned),
    partitionsPendingRevocation: listOf(member.pendingRevocation),
  }
}

export function withAssignment(
  member: ConsumerMember,
  value: ConsumerGroupCurrentMemberAssignmentValue,
): ConsumerMember {
  return {
    ...member,
    memberEpoch: value.memberEpoch,
    previousMemberEpoch: value.previousMemberEpoch,
    state: STATES[value.state] ?? 'UNKNOWN',
    assigned: partitionsOf(value.assignedPartitions),
    pendingRevocation: partitionsOf(value.partitionsPendingRevocation),
  }
}

const STATES: readonly (MemberState | undefined)[] = ['STABLE', 'UNREVOKED_PARTITIONS', 'UNRELEASED_PARTITIONS']
const STATE_CODES = { STABLE: 0, UNREVOKED_PARTITIONS: 1, UNRELEASED_PARTITIONS: 2, UNKNOWN: 127 } as const
