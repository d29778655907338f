import type {
  ErrorName,
  JoinGroupRequestInput,
  JoinGroupResponse,
  SyncGroupRequestInput,
  SyncGroupResponse,
} from '../../../../wire/index.ts'
import type { KafkaError } from '../../../kafka-error.ts'
import type { MemberStep } from '../machine.ts'
import type { ClientAssignor, GroupMember } from '../membership.ts'

/** Numbers the requests and assignments of a member: an answer to an older one than the last is not heard. */
export type TaskId = number

export type ClassicRequest =
  | { readonly api: 'JoinGroup'; readonly id: TaskId; readonly body: JoinGroupRequestInput; readonly timeoutMs: number }
  | { readonly api: 'SyncGroup'; readonly id: TaskId; readonly body: SyncGroupRequestInput }
  | {
      readonly api: 'LeaveGroup'
      readonly id: TaskId
      readonly member: { readonly memberId: string; readonly groupInstanceId: string | null; readonly reason: string }
    }

/** The leader's work: wait until the metadata of all these topics is known, then run the assignor. */
export interface AssignTask {
  readonly id: TaskId
  readonly assignor: ClientAssignor
  readonly members: readonly GroupMember[]
  /** All topics to which somebody subscribes. */
  readonly topics: readonly string[]
  /** KIP-814: the group keeps the assignment that it has; only its topics are watched. */
  readonly skip: boolean
}

/** Who sends heartbeats, and how often: for the heartbeat loop. */
export interface ClassicBeat {
  readonly protocol: 'classic'
  readonly groupId: string
  readonly memberId: string
  readonly generationId: number
  readonly groupInstanceId: string | null
  /** Another rebalance may follow at once, when others have given up what they shall not have (KIP-429). */
  readonly isCooperative: boolean
}

export interface ClassicSubscription {
  /** Existing topics that patterns match included. */
  readonly topics: readonly string[]
  /** Whether the application wants this topic at all: the leader may know topics that this member's metadata does not show yet. */
  matches(topic: string): boolean
}

export interface ClassicStep extends MemberStep {
  /** Answered by the event of its kind with its id, or by `request-failed`. */
  send(request: ClassicRequest): void
  /** Answered by `led` or `lead-failed`. */
  assign(task: AssignTask): void
  /** From now on; null: none. */
  beat(beat: ClassicBeat | null): void
  /** It moved, or answers no more: ask for it again before the next request. */
  coordinatorLost(): void
}

export type ClassicEvent =
  | { readonly type: 'start' }
  | { readonly type: 'subscription'; readonly subscription: ClassicSubscription }
  /** A new image: the leader looks whether topics came, went, grew, or moved to other racks. */
  | { readonly type: 'metadata'; readonly shapeOf: (topic: string) => string | undefined }
  | { readonly type: 'rejoin'; readonly reason: string }
  | { readonly type: 'leave'; readonly reason: string; readonly tell: boolean }
  | { readonly type: 'joined'; readonly id: TaskId; readonly response: JoinGroupResponse }
  | { readonly type: 'synced'; readonly id: TaskId; readonly response: SyncGroupResponse }
  /** The answer to LeaveGroup, or none. */
  | { readonly type: 'left'; readonly id: TaskId }
  | { readonly type: 'request-failed'; readonly id: TaskId; readonly error: KafkaError }
  | {
      readonly type: 'led'
      readonly id: TaskId
      readonly assignments: SyncGroupRequestInput['assignments']
      /** What the assignment was made from, as a text a topic; another one, or another topic, means another assignment. */
      readonly shapes: ReadonlyMap<string, string | undefined>
    }
  | { readonly type: 'lead-failed'; readonly id: TaskId; readonly error: KafkaError }
  | { readonly type: 'listened' }
  /** What the coordinator said to a heartbeat, or to a commit, of this member and generation. */
  | {
      readonly type: 'refused'
      readonly api: 'HEARTBEAT' | 'OFFSET_COMMIT'
      readonly error: Exclude<ErrorName, 'NONE'>
      readonly memberId: string
      readonly generationId: number
    }
  /** Of the heartbeat loop: the application has not asked for max.poll.interval.ms; it has left the group, unless static. */
  | { readonly type: 'poll-timeout' }
  | { readonly type: 'polled' }
  | { readonly type: 'tick' }
