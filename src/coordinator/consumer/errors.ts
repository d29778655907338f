import type { ConsumerGroupDescribeResponse, ConsumerGroupHeartbeatResponse, ErrorName } from '../../wire/index.ts'
import { ErrorCode } from '../../wire/index.ts'
import type { Refusal } from './refusal.ts'

export type DescribedConsumerGroup = ConsumerGroupDescribeResponse['groups'][number]

export function consumerHeartbeatError(
  error: Refusal['error'],
  message: string | null,
): ConsumerGroupHeartbeatResponse {
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    errorMessage: message,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  }
}

export function consumerDescribeError(
  groupId: string,
  error: ErrorName,
  errorMessage: string | null,
): DescribedConsumerGroup {
  return {
    errorCode: ErrorCode[error],
    errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
    authorizedOperations: -2147483648,
  }
}
