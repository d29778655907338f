import type { GroupCommand, GroupResponse } from '../../coordinator/index.ts'
import { ErrorCode, type ErrorName } from '../../wire/index.ts'

const NO_BYTES = Buffer.alloc(0)

/** The answer to a group command that reaches no coordinator. */
export function refusal(command: GroupCommand, errorName: Exclude<ErrorName, 'NONE'>): GroupResponse {
  const errorCode = ErrorCode[errorName]
  const throttleTimeMs = 0
  switch (command.type) {
    case 'JoinGroup': {
      const { apiVersion, request } = command
      const { memberId } = request
      const protocolName = apiVersion < 7 ? '' : null
      const base = { throttleTimeMs, errorCode, generationId: -1, protocolType: null, protocolName, leader: '' }
      return { ...base, skipAssignment: false, memberId, members: [] }
    }
    case 'SyncGroup':
      return { throttleTimeMs, errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES }
    case 'Heartbeat':
      return { throttleTimeMs, errorCode }
    case 'LeaveGroup':
      return { throttleTimeMs, errorCode, members: [] }
    case 'OffsetCommit':
      return {
        throttleTimeMs,
        topics: command.request.topics.map(({ name, topicId, partitions }) => ({
          name,
          topicId,
          partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
        })),
      }
    case 'OffsetFetch':
      return { groupId: command.groupId, topics: [], errorCode }
    case 'OffsetDelete':
      return { errorCode, throttleTimeMs, topics: [] }
    case 'DescribeGroup': {
      const { groupId } = command
      const nothing = { groupState: '', protocolType: '', protocolData: '', members: [] }
      return { errorCode, errorMessage: null, groupId, ...nothing, authorizedOperations: -2147483648 }
    }
    case 'DeleteGroup':
      return { groupId: command.groupId, errorCode }
    case 'ListGroups':
      return { errorCode: errorName, groups: [] }
  }
}
