import { ErrorCode } from '../../wire/index.ts'
import type { DescribedGroup } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import { EMPTY_ASSIGNMENT, metadataOf } from './member.ts'

/** Protocol and metadata are shown while the group is stable, only then they belong together (as in Kafka). */
export function describeClassicGroup(group: ClassicGroup): DescribedGroup {
  const protocolName = group.state === 'Stable' ? group.protocolName : undefined
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: protocolName ?? '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: (protocolName !== undefined && metadataOf(member, protocolName)) || EMPTY_ASSIGNMENT,
      memberAssignment: member.assignment,
    })),
    authorizedOperations: AUTHORIZED_OPERATIONS_OMITTED,
  }
}

/** The handler fills it in where the request asks for it. */
const AUTHORIZED_OPERATIONS_OMITTED = -2147483648
