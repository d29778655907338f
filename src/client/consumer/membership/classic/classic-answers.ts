import type { JoinGroupResponse, SyncGroupResponse } from '../../../../wire/index.ts'
import { KafkaError } from '../../../kafka-error.ts'
import type { ClientAssignor, MembershipConfig } from '../membership.ts'
import type { AssignTask } from './classic-events.ts'
import { joinRefusal } from './classic-refusals.ts'
import { groupMembers, topicsOfGroup } from './lead.ts'
import { decodeAssignment, type MemberAssignment } from './protocol-metadata.ts'

// What answers without an error code say, checked: whatever cannot be is INCONSISTENT_GROUP_PROTOCOL.

type Config = Pick<MembershipConfig, 'groupId' | 'groupInstanceId' | 'sessionTimeoutMs'>

/** The assignor that the group uses. @throws KafkaError where it is none of this member's */
export function chosenAssignor(
  { protocolName, protocolType }: JoinGroupResponse,
  config: Config,
  assignors: readonly ClientAssignor[],
): ClientAssignor {
  const assignor = assignors.find(({ name }) => name === protocolName)
  if (assignor !== undefined && (protocolType === null || protocolType === 'consumer')) return assignor
  const chosen = `the coordinator chose ${protocolName} of type ${protocolType ?? 'consumer'}`
  throw joinRefusal('INCONSISTENT_GROUP_PROTOCOL', config, assignors, chosen)
}

/** What the leader has to assign. @throws KafkaError where a member's subscription cannot be read */
export function leadersTask(
  { members: joined, skipAssignment: skip }: JoinGroupResponse,
  { groupId }: Config,
): Pick<AssignTask, 'members' | 'topics' | 'skip'> {
  try {
    const members = groupMembers(joined)
    return { members, topics: topicsOfGroup(members), skip }
  } catch (cause) {
    const sentence = `a member of group ${groupId} sent a subscription that cannot be read: ${(cause as Error).message}`
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', sentence, { cause })
  }
}

/** What this member gets. @throws KafkaError where it cannot be read, or was made by another assignor than was chosen */
export function givenAssignment(
  { assignment, protocolName }: SyncGroupResponse,
  chosen: ClientAssignor,
  config: Config,
  assignors: readonly ClientAssignor[],
): MemberAssignment {
  if (protocolName !== null && protocolName !== chosen.name) {
    const detail = `the coordinator assigned with ${protocolName} after it had chosen ${chosen.name}`
    throw joinRefusal('INCONSISTENT_GROUP_PROTOCOL', config, assignors, detail)
  }
  try {
    return decodeAssignment(assignment)
  } catch (cause) {
    const sentence = `the leader of group ${config.groupId} sent an assignment that cannot be read: ${(cause as Error).message}`
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', sentence, { cause })
  }
}
