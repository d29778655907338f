import type { Buffer } from 'node:buffer'

/** What happened to a group. */
export type GroupEventType =
  | 'group-created'
  | 'member-joined'
  /** Classic: a member is back for the rebalance under way, which waits for others. The last one is not told: the rebalance goes on with it. */
  | 'member-rejoined'
  | 'member-left'
  | 'member-evicted'
  | 'member-replaced'
  /** A request of a member was refused because another has its instance id (FENCED_INSTANCE_ID) or it is in a wrong epoch (FENCED_MEMBER_EPOCH). */
  | 'member-fenced'
  | 'rebalance-started'
  | 'rebalance-completed'
  /** Classic: a member asked for its partitions only after the group was stable, and some of them had waited for it. */
  | 'partitions-handed-over'
  | 'group-emptied'
  | 'group-deleted'
  /** Classic to consumer, or back, while members are in it. */
  | 'group-converted'
  | 'offsets-expired'

/** Why it happened, in one word. */
export type GroupEventTrigger =
  | 'join'
  | 'leave'
  /** A member left because its application did not poll within `max.poll.interval.ms`: so clients say that send reasons (KIP-800). */
  | 'max-poll-interval'
  | 'fenced'
  | 'session-timeout'
  | 'rebalance-timeout'
  | 'sync-timeout'
  | 'subscription-change'
  | 'leader-rejoin'
  | 'static-replacement'
  | 'admin-removal'
  | 'coordinator-load'
  | 'expiry'
  | 'topic-deleted'
  | 'topic-created'
  | 'topic-partitions-added'
  /** Several of these, or which of them happened before a restart. */
  | 'topic-change'
  | 'migration'

/** Who caused an event, or whom it is about. */
export interface GroupEventMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As Kafka prints it: '/127.0.0.1'. */
  readonly clientHost: string
  /** What the client itself gave as its reason to join or leave (KIP-800); undefined when it gave none. */
  readonly clientReason?: string
}

/** How long the phases of a rebalance took, in ms. Null where nobody knows: begun before a restart. */
export interface TimelinePhases {
  readonly prepareMs: number | null
  readonly syncMs: number | null
  readonly assignMs?: number | null
  readonly revokeMs?: number | null
}

/** Partitions by topic; null: the member was, or is, not in the group. */
export interface TimelineAssignment {
  readonly memberId: string
  readonly before: Readonly<Record<string, readonly number[]>> | null
  readonly after: Readonly<Record<string, readonly number[]>> | null
}

/** An event of the group timeline, as JSON in `__group_events`: docs/group-timeline.md describes it. Fields may be added. */
export interface TimelineEvent {
  readonly version: 1
  /** Wall clock in ms since the epoch; the record has it as its timestamp. */
  readonly timeMs: number
  /** Empty for `events-dropped`. */
  readonly groupId: string
  readonly protocol: 'classic' | 'consumer' | null
  /** Generation (classic) or group epoch (KIP-848) after the change. */
  readonly generationId: number
  /** `events-dropped`: so many events, of whatever groups, are missing here. */
  readonly type: GroupEventType | 'events-dropped'
  readonly trigger: GroupEventTrigger | 'overload'
  /** The same in a sentence. */
  readonly reason: string
  readonly member?: GroupEventMember
  readonly phases?: TimelinePhases
  readonly assignments?: readonly TimelineAssignment[]
  /** Partitions that were handed out, with the time for which they had had no owner. */
  readonly unowned?: readonly { readonly topic: string; readonly partition: number; readonly ms: number }[]
  /** Fields that were left out because the event was too large. 'unchanged': only members whose partitions changed are listed. */
  readonly omitted?: readonly ('unchanged' | 'assignments' | 'unowned')[]
  /** Of `events-dropped`. */
  readonly dropped?: number
}

/** What a record of `__group_events` says; undefined when it is of another version, or none at all. */
export function decodeTimelineEvent(value: Buffer | null): TimelineEvent | undefined {
  if (value === null) return undefined
  try {
    const event = JSON.parse(value.toString()) as TimelineEvent | null
    return event?.version === 1 && typeof event.type === 'string' ? event : undefined
  } catch {
    return undefined
  }
}
