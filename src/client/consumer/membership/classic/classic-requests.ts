import type { TopicPartition } from '../../../../assignor/index.ts'
import type { SyncGroupRequestInput } from '../../../../wire/index.ts'
import type { ClientAssignor, GroupMetadata, MembershipConfig } from '../membership.ts'
import { assignorError } from './assignors.ts'
import type { ClassicRequest, TaskId } from './classic-events.ts'
import { encodeSubscription } from './protocol-metadata.ts'

/** Kafka cuts longer reasons itself, and older brokers refuse them (KIP-800). */
const REASON_CHARACTERS_MAX = 255
/** By so much JoinGroup outlasts the rebalance timeout, as in Java: the answer comes when the slowest member has joined. */
const JOIN_GRACE_MS = 5_000

/** What a member says of itself when it joins. */
export interface Joining {
  readonly member: GroupMetadata
  readonly assignors: readonly ClientAssignor[]
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  /** '' for none. */
  readonly reason: string
}

/** It offers all its assignors; each is told what the member subscribes to and owns (KIP-429, KIP-792, KIP-881). @throws KafkaError INVALID_STATE when one fails */
export function joinRequest(
  id: TaskId,
  {
    sessionTimeoutMs,
    maxPollIntervalMs,
    clientRack,
  }: Pick<MembershipConfig, 'sessionTimeoutMs' | 'maxPollIntervalMs' | 'clientRack'>,
  { member, assignors, topics, owned, reason }: Joining,
): ClassicRequest & { readonly api: 'JoinGroup' } {
  const { groupId, memberId, generationId, groupInstanceId } = member
  const rackId = clientRack === '' ? null : clientRack
  const subscription = { topics, ownedPartitions: owned, generationId, rackId }
  const protocols = assignors.map((assignor) => {
    try {
      const userData = assignor.subscriptionUserData?.(topics) ?? null
      return { name: assignor.name, metadata: encodeSubscription({ ...subscription, userData }) }
    } catch (error) {
      throw assignorError(assignor.name, error)
    }
  })
  return {
    api: 'JoinGroup',
    id,
    timeoutMs: maxPollIntervalMs + JOIN_GRACE_MS,
    body: {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs: maxPollIntervalMs,
      memberId,
      groupInstanceId,
      protocolType: 'consumer',
      protocols,
      reason: reason === '' ? null : cut(reason),
    },
  }
}

/** @param assignments of the leader; empty of all others */
export function syncRequest(
  id: TaskId,
  { groupId, generationId, memberId, groupInstanceId }: GroupMetadata,
  protocolName: string,
  assignments: SyncGroupRequestInput['assignments'],
): ClassicRequest {
  return {
    api: 'SyncGroup',
    id,
    body: { groupId, generationId, memberId, groupInstanceId, protocolType: 'consumer', protocolName, assignments },
  }
}

export function leaveRequest(id: TaskId, { memberId, groupInstanceId }: GroupMetadata, reason: string): ClassicRequest {
  return { api: 'LeaveGroup', id, member: { memberId, groupInstanceId, reason: cut(reason) } }
}

function cut(reason: string): string {
  return reason.slice(0, REASON_CHARACTERS_MAX)
}
