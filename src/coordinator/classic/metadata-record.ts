import type { GroupMetadataValue } from '../../wire/index.ts'
import type { GroupContext } from '../group.ts'
import { GROUP_METADATA_BYTES_MAX_DEFAULT } from '../group-config.ts'
import type { ClassicGroup } from './classic-group.ts'
import { metadataOf } from './member.ts'

/** Persists the group as it is, each member with this assignment. */
export function appendGroupMetadata(
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Buffer>,
  context: GroupContext,
): void {
  context.step.append({
    type: 'GroupMetadata',
    key: { group: group.groupId },
    value: groupMetadataOf(group, assignments),
  })
}

/** A new group exists from its first join request on, with a record that says no more than that (as in Kafka). */
export function appendNewGroup(group: ClassicGroup, context: GroupContext): void {
  context.step.append({
    type: 'GroupMetadata',
    key: { group: group.groupId },
    value: {
      protocolType: '',
      generation: 0,
      protocol: null,
      leader: null,
      currentStateTimestamp: BigInt(group.stateSinceMs ?? -1),
      members: [],
    },
  })
}

export function groupMetadataOf(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): GroupMetadataValue {
  return {
    protocolType: group.protocolType ?? '',
    generation: group.generationId,
    protocol: group.protocolName ?? null,
    leader: group.leaderId ?? null,
    currentStateTimestamp: BigInt(group.stateSinceMs ?? -1),
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: metadataOf(member, group.protocolName ?? '')!,
      assignment: assignments.get(member.memberId) ?? member.assignment,
    })),
  }
}

/** Whether the group's record would be larger than one may be. An estimate, without writing it. */
export function isTooLarge(
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Buffer>,
  { config }: GroupContext,
): boolean {
  let bytes = 64 + 2 * group.groupId.length
  for (const member of group.members.values()) {
    bytes += 48 + member.memberId.length + (member.groupInstanceId?.length ?? 0) + member.clientId.length
    bytes += member.clientHost.length + (metadataOf(member, group.protocolName ?? '')?.length ?? 0)
    bytes += (assignments.get(member.memberId) ?? member.assignment).length
  }
  return bytes > (config.groupMetadataBytesMax ?? GROUP_METADATA_BYTES_MAX_DEFAULT)
}
