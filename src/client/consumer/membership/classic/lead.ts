import type { TopicPartition } from '../../../../assignor/index.ts'
import type { JoinGroupResponse, SyncGroupRequestInput } from '../../../../wire/index.ts'
import { KafkaError } from '../../../kafka-error.ts'
import type { AssignedPartitions, ClientAssignor, GroupMember } from '../membership.ts'
import { formatPartitions, keyOf } from '../topic-partitions.ts'
import { decodeSubscription, encodeAssignment } from './protocol-metadata.ts'
import type { TopicShape } from './topic-shapes.ts'

/** The members of a group, as its leader was told of them. */
export function groupMembers(members: JoinGroupResponse['members']): GroupMember[] {
  return members.map(({ memberId, groupInstanceId, metadata }) => ({
    memberId,
    groupInstanceId,
    ...decodeSubscription(metadata),
  }))
}

export function topicsOfGroup(members: readonly GroupMember[]): string[] {
  return [...new Set(members.flatMap(({ topics }) => topics))].sort()
}

/** Computes what the leader sends with SyncGroup. @throws KafkaError INVALID_STATE when the application's assignor breaks KIP-429 */
export async function lead(
  assignor: ClientAssignor,
  members: readonly GroupMember[],
  topics: ReadonlyMap<string, TopicShape>,
): Promise<Leading> {
  const counts = new Map(Array.from(topics, ([topic, { partitionCount }]) => [topic, partitionCount]))
  const racksByTopic = new Map(Array.from(topics, ([topic, { racks }]) => [topic, racks]))
  const assignment = await assignor.assign(members, counts, racksByTopic)
  if (assignor.rebalanceProtocol === 'COOPERATIVE') checkNobodyLosesWhatItOwns(assignor.name, members, assignment)
  const assignedTopics = new Set<string>()
  for (const { partitions } of assignment.values()) for (const { topic } of partitions) assignedTopics.add(topic)
  return {
    assignments: members.map(({ memberId }) => {
      const { partitions, userData = null } = assignment.get(memberId) ?? { partitions: [] }
      return { memberId, assignment: encodeAssignment(partitions, userData) }
    }),
    assignedTopics: [...assignedTopics],
  }
}

export interface Leading {
  readonly assignments: SyncGroupRequestInput['assignments']
  /** An assignor may assign topics to which nobody has subscribed; the leader watches them too. */
  readonly assignedTopics: readonly string[]
}

/**
 * The partitions that change their owner at once, although the old one has not revoked them. `cooperative-sticky` itself may do so where
 * members claim the same partition, as it may in Java, which does not check it either.
 */
function checkNobodyLosesWhatItOwns(
  name: string,
  members: readonly GroupMember[],
  assignment: ReadonlyMap<string, AssignedPartitions>,
): void {
  if (name === 'cooperative-sticky') return
  const ownerOf = new Map<string, string>()
  for (const { memberId, ownedPartitions } of members) for (const p of ownedPartitions) ownerOf.set(keyOf(p), memberId)
  const taken: TopicPartition[] = []
  for (const [memberId, { partitions }] of assignment) {
    for (const partition of partitions) {
      const owner = ownerOf.get(keyOf(partition))
      if (owner !== undefined && owner !== memberId) taken.push(partition)
    }
  }
  if (taken.length === 0) return
  const sentence = `the cooperative assignor ${name} gave partitions to new owners that their old owners still have: ${formatPartitions(taken)}`
  throw new KafkaError('INVALID_STATE', sentence)
}
