import type { DescribeGroupsResponse, ErrorName, ListGroupsResponse } from '../wire/index.ts'
import type { TopicImage } from './commands.ts'
import type { Deadlines } from './deadlines.ts'
import type { GroupConfig } from './group-config.ts'
import type { CommittedOffset } from './offset-store.ts'
import type { CoordinatorRecord } from './records.ts'
import type { Step, Ticket } from './step.ts'

/** What every kind of group offers to the shard; classic groups, and KIP-848 consumer groups beside them. */
export interface Group {
  readonly groupId: string
  readonly type: 'classic' | 'consumer'
  /** As Kafka prints it: 'Stable'. */
  readonly state: string
  /** 'consumer' for consumers; undefined where nobody has ever joined. */
  readonly protocolType: string | undefined
  readonly memberCount: number
  /** For people and events: generation of a classic group, epoch of a consumer group. */
  readonly generationId: number
  isEmpty(): boolean
  /** Whether somebody holds a member id that was handed out and not used yet. */
  hasPendingMembers(): boolean
  /** 'NONE' when the sender may commit. */
  validateOffsetCommit(commit: CommitIdentity): ErrorName
  /** 'NONE' when the sender may read the group's offsets; a null member id is nobody in particular. */
  validateOffsetFetch(memberId: string | null, memberEpoch: number): ErrorName
  /** A commit is a sign of life (in the states in which Kafka takes it for one). */
  onOffsetCommit(memberId: string, context: GroupContext): void
  validateOffsetDelete(): ErrorName
  validateDelete(): ErrorName
  /** Offsets of a topic that the group consumes are neither expired nor deleted. */
  isSubscribedTo(topic: string): boolean
  /** From when on the retention of an offset counts; undefined while the group's offsets do not expire (KIP-211). */
  offsetRetentionBaseMs(): ((offset: CommittedOffset) => number) | undefined
  /** The connection that waited for the answer is closed. */
  dropTicket(waiting: WaitingTicket, context: GroupContext): void
  /** The group is gone: sets nothing and answers nothing any more. */
  discard(deadlines: Deadlines<DeadlineOwner>): void
  /** What deletes the group's own records. */
  tombstones(): readonly CoordinatorRecord[]
  describe(): DescribedGroup
  list(): ListGroupsResponse['groups'][number]
}

export type DescribedGroup = DescribeGroupsResponse['groups'][number]

/** Who commits: as OffsetCommit says it. */
export interface CommitIdentity {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationIdOrMemberEpoch: number
  /** Offsets in a transaction follow other rules (KIP-447). */
  readonly transactional: boolean
  /** Of OffsetCommit: older ones know fewer errors. */
  readonly apiVersion: number
}

/** What one call may use besides the group's own state. */
export interface GroupContext {
  readonly step: Step
  readonly config: GroupConfig
  readonly deadlines: Deadlines<DeadlineOwner>
  /** Requests that wait in a group, so that a closed connection finds them. */
  readonly waiting: Map<Ticket, WaitingTicket>
  readonly topics: TopicImage
  /** Of the shard: a group that changes its kind is replaced in it. */
  readonly groups: Pick<Map<string, Group>, 'get' | 'set'>
}

export interface WaitingTicket {
  readonly groupId: string
  readonly memberId: string
  readonly request: 'join' | 'sync'
}

/** What happens at a deadline. */
export type DeadlineOwner =
  | { readonly kind: 'session'; readonly groupId: string; readonly memberId: string }
  | { readonly kind: 'join'; readonly groupId: string }
  | { readonly kind: 'sync'; readonly groupId: string }
  | {
      readonly kind: 'member-rebalance' | 'member-join' | 'member-sync'
      readonly groupId: string
      readonly memberId: string
    }
  | { readonly kind: 'assign'; readonly groupId: string }
  | { readonly kind: 'offset-expiry' }
