import type { ErrorName } from '../wire/index.ts'
import { ErrorCode, ZERO_UUID } from '../wire/index.ts'
import { joinError, syncError } from './classic/responses.ts'
import type { CommandOf, GroupCommand, GroupResponse, GroupResponses } from './commands.ts'
import { consumerDescribeError, consumerHeartbeatError } from './consumer/errors.ts'

/** The answer that carries nothing but an error, in the place where this request's answer has it. */
export function errorResponse<C extends GroupCommand>(command: C, error: ErrorName): GroupResponses[C['type']]
export function errorResponse(command: GroupCommand, error: ErrorName): GroupResponse {
  const errorCode = ErrorCode[error]
  const { throttleTimeMs } = NOT_THROTTLED
  switch (command.type) {
    case 'JoinGroup':
      return joinError(error, command.apiVersion, command.request.memberId)
    case 'SyncGroup':
      return syncError(error)
    case 'Heartbeat':
      return { throttleTimeMs, errorCode }
    case 'LeaveGroup':
      return { throttleTimeMs, errorCode, members: [] }
    case 'ConsumerGroupHeartbeat':
      return { ...consumerHeartbeatError('UNKNOWN_SERVER_ERROR', null), errorCode }
    case 'ConsumerGroupDescribe':
      return consumerDescribeError(command.groupId, error, null)
    case 'OffsetCommit':
      return offsetCommitError(command, error)
    case 'OffsetFetch':
      return { groupId: command.groupId, topics: [], errorCode }
    case 'OffsetDelete':
      return { throttleTimeMs, errorCode, topics: [] }
    case 'DescribeGroup':
      return describeError(command.groupId, error, null, '')
    case 'DeleteGroup':
      return { groupId: command.groupId, errorCode }
    case 'ListGroups':
      return { errorCode: error, groups: [] }
  }
}

/**
 * What Kafka checks before it asks where the group lives, in its order.
 * @returns 'NONE' when the command may go to its shard.
 */
export function precheck(command: GroupCommand, config: SessionTimeoutLimits): ErrorName {
  if (command.type !== 'ListGroups' && isTooLong(command.groupId)) return 'INVALID_GROUP_ID'
  switch (command.type) {
    case 'JoinGroup': {
      const { sessionTimeoutMs } = command.request
      if (command.groupId === '') return 'INVALID_GROUP_ID'
      const { groupMinSessionTimeoutMs: lowest, groupMaxSessionTimeoutMs: highest } = config
      if (sessionTimeoutMs < lowest || sessionTimeoutMs > highest) return 'INVALID_SESSION_TIMEOUT'
      return canBeWritten(command) ? 'NONE' : 'INVALID_REQUEST'
    }
    case 'SyncGroup': {
      const { protocolType, protocolName } = command.request
      // KIP-559: from version 5 on both are mandatory, although the schema lets them be null.
      if (command.apiVersion >= 5 && (protocolType === null || protocolName === null))
        return 'INCONSISTENT_GROUP_PROTOCOL'
      return command.groupId === '' ? 'INVALID_GROUP_ID' : 'NONE'
    }
    case 'ConsumerGroupHeartbeat':
      return isTooLong(command.request.memberId) || isTooLong(command.request.subscribedTopicRegex ?? '')
        ? 'INVALID_REQUEST'
        : 'NONE'
    case 'Heartbeat':
    case 'LeaveGroup':
    case 'OffsetDelete':
    case 'ConsumerGroupDescribe':
      return command.groupId === '' ? 'INVALID_GROUP_ID' : 'NONE'
    // Offsets can be kept under the empty name: the oldest simple consumers do so.
    case 'OffsetCommit':
    case 'OffsetFetch':
    case 'DescribeGroup':
    case 'DeleteGroup':
    case 'ListGroups':
      return 'NONE'
  }
}

/** Whether the group's record can hold what this member brings. Kafka finds out when it writes: UNKNOWN_SERVER_ERROR. */
function canBeWritten({ client, request }: CommandOf<'JoinGroup'>): boolean {
  const { groupInstanceId, protocolType, protocols } = request
  return (
    !isTooLong(groupInstanceId ?? client.clientId, MEMBER_ID_SUFFIX_BYTES) &&
    !isTooLong(client.clientId) &&
    !isTooLong(protocolType) &&
    !protocols.some(({ name }) => isTooLong(name))
  )
}

/** A dash and a UUID, behind the client's id or the instance id. */
const MEMBER_ID_SUFFIX_BYTES = 37
const STRING_BYTES_MAX = 32_767

/** Texts came in short enough, but what was no UTF-8 in them grows when it is written: each bad byte becomes three. */
function isTooLong(text: string, moreBytes = 0): boolean {
  return text.length * 3 + moreBytes > STRING_BYTES_MAX && Buffer.byteLength(text) + moreBytes > STRING_BYTES_MAX
}

export interface SessionTimeoutLimits {
  readonly groupMinSessionTimeoutMs: number
  readonly groupMaxSessionTimeoutMs: number
}

/** While the shard is loading a heartbeat is just fine: the sessions begin with the end of the load (as in Kafka). */
export function loadingResponse<C extends GroupCommand>(command: C): GroupResponses[C['type']] {
  return errorResponse(command, command.type === 'Heartbeat' ? 'NONE' : 'COORDINATOR_LOAD_IN_PROGRESS')
}

export function offsetCommitError(
  command: CommandOf<'OffsetCommit'>,
  error: ErrorName,
): GroupResponses['OffsetCommit'] {
  return {
    throttleTimeMs: 0,
    topics: command.request.topics.map((topic) => ({
      name: topic.name,
      topicId: topic.topicId ?? ZERO_UUID,
      partitions: topic.partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: ErrorCode[error] })),
    })),
  }
}

export function describeError(
  groupId: string,
  error: ErrorName,
  errorMessage: string | null,
  groupState: string,
): GroupResponses['DescribeGroup'] {
  return {
    errorCode: ErrorCode[error],
    errorMessage,
    groupId,
    groupState,
    protocolType: '',
    protocolData: '',
    members: [],
    authorizedOperations: -2147483648,
  }
}

const NOT_THROTTLED = { throttleTimeMs: 0 }
