import type {
  ConsumerGroupHeartbeatRequestInput,
  ConsumerGroupHeartbeatResponse,
  ErrorName,
  HeartbeatRequestInput,
  HeartbeatResponse,
  LeaveGroupRequestInput,
  LeaveGroupResponse,
} from '../../../../wire/index.ts'
import type { ClassicBeat } from '../classic/classic-events.ts'

// Everything here goes between threads: values, without functions.

export interface TopicIdPartitions {
  readonly topicId: string
  /** Ascending. */
  readonly partitions: readonly number[]
}

/** What a member of a KIP-848 group has to say for itself. The loop says what has changed, and everything after a failure. */
export interface ConsumerBeat {
  readonly protocol: 'consumer'
  readonly groupId: string
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  /** Another number than before: the member joins anew, with epoch 0. */
  readonly incarnation: number
  readonly rebalanceTimeoutMs: number
  readonly subscribedTopicNames: readonly string[]
  /** null: none. */
  readonly subscribedTopicRegex: string | null
  readonly serverAssignor: string | null
  /** What is owned or about to be, in the order of ids: said with the first heartbeat after it changed. What is missing goes to others at once. */
  readonly topicPartitions: readonly TopicIdPartitions[]
  /** How many assignments of this incarnation the member had heard of when it said this. */
  readonly heard: number
}

export type Beat = ClassicBeat | ConsumerBeat

export interface HeartbeatSettings {
  readonly heartbeatIntervalMs: number
  readonly sessionTimeoutMs: number
  readonly maxPollIntervalMs: number
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
}

export interface LeavingMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly reason: string
}

export type HeartbeatRequest =
  | { readonly api: 'Heartbeat'; readonly id: number; readonly timeoutMs: number; readonly body: HeartbeatRequestInput }
  | {
      readonly api: 'ConsumerGroupHeartbeat'
      readonly id: number
      readonly timeoutMs: number
      readonly body: ConsumerGroupHeartbeatRequestInput
    }
  | {
      readonly api: 'LeaveGroup'
      readonly id: number
      readonly timeoutMs: number
      readonly groupId: string
      readonly member: LeavingMember
    }

/** What the member learns. */
export type HeartbeatReport =
  /** Classic: an answer other than NONE. After all but REBALANCE_IN_PROGRESS the loop stands still until it is told who to speak for. */
  | {
      readonly type: 'refused'
      readonly error: Exclude<ErrorName, 'NONE'>
      readonly memberId: string
      readonly generationId: number
    }
  /** KIP-848: every answer that is not a coordinator's trouble. */
  | { readonly type: 'answer'; readonly incarnation: number; readonly response: ConsumerGroupHeartbeatResponse }
  /** The application has not asked in time; the coordinator was told that the member leaves, unless it is static in a classic group. */
  | { readonly type: 'poll-timeout' }
  | { readonly type: 'left' }
  /** Trying again does not help: no permission, no such API. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

export type HeartbeatAnswer = HeartbeatResponse | ConsumerGroupHeartbeatResponse | LeaveGroupResponse

export type HeartbeatEvent =
  /** For whom to speak from now on; null: for nobody. */
  | {
      readonly type: 'beat'
      readonly beat: Beat | null
      /** KIP-848: the member is in the group with this epoch already, as another loop learned; default: it joins. */
      readonly memberEpoch?: number | undefined
    }
  /** KIP-848: says goodbye with this member epoch, -1 or -2, whatever is in flight; again, until it is heard. */
  | { readonly type: 'leave'; readonly memberEpoch: -1 | -2 }
  | {
      readonly type: 'answered'
      readonly id: number
      readonly response: HeartbeatAnswer
    }
  | {
      readonly type: 'failed'
      readonly id: number
      readonly isRetriable: boolean
      readonly code: string
      readonly message: string
    }
  | { readonly type: 'tick' }

export interface HeartbeatStep {
  readonly nowMs: number
  random(): number
  /** Another number whenever the application has asked for records since. */
  progress(): number
  /** Answered by `answered` or `failed`. */
  send(request: HeartbeatRequest): void
  coordinatorLost(): void
  report(report: HeartbeatReport): void
}

/** One member leaves. Before version 3 a request names it at the top, and has no reasons before version 5. */
export function leaveGroupBody(groupId: string, member: LeavingMember, version: number): LeaveGroupRequestInput {
  if (version < 3) return { groupId, memberId: member.memberId, members: [] }
  return { groupId, memberId: '', members: [member] }
}

/** KIP-848: -1 leaves, -2 keeps a static member's place. */
export function goodbyeBody(
  { groupId, memberId, instanceId }: Pick<ConsumerBeat, 'groupId' | 'memberId' | 'instanceId'>,
  memberEpoch: number,
): ConsumerGroupHeartbeatRequestInput {
  return {
    groupId,
    memberId,
    memberEpoch,
    instanceId,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: null,
  }
}
