/** What happened. The types of `__group_events` (docs/group-timeline.md); other clusters show some of them. */
export type TimelineType =
  | 'group-created'
  | 'member-joined'
  | 'member-rejoined'
  | 'member-left'
  | 'member-evicted'
  | 'member-replaced'
  | 'member-fenced'
  | 'rebalance-started'
  | 'rebalance-completed'
  | 'partitions-handed-over'
  | 'group-emptied'
  | 'group-deleted'
  | 'group-converted'
  | 'offsets-expired'
  | 'events-dropped'

/** Why, in one word; `unknown` where records do not tell. */
export type TimelineTrigger =
  | 'join'
  | 'leave'
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
  | 'topic-change'
  | 'migration'
  | 'overload'
  | 'unknown'

export interface TimelineMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As Kafka prints it: '/127.0.0.1'. */
  readonly clientHost: string
  /** What the client itself said when it joined or left (KIP-800). */
  readonly clientReason?: string
}

/** Of a rebalance, in ms; null where nobody knows. */
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

/** One thing that happened to a group. */
export interface TimelineEntry {
  /** `recorded`: the coordinator said it when it decided it. `inferred`: concluded from what it stored, or from how the group looked. */
  readonly source: 'recorded' | 'inferred'
  /** Wall clock of the broker, ms since the epoch. */
  readonly timeMs: number
  /** Empty for `events-dropped`. */
  readonly groupId: string
  /** The type of the group; null where it is not known. */
  readonly protocol: 'classic' | 'consumer' | 'share' | 'streams' | null
  /** Generation (classic) or group epoch (consumer) after the change; -1 where it is not known. */
  readonly generationId: number
  readonly type: TimelineType
  readonly trigger: TimelineTrigger
  /** The same in a sentence. */
  readonly reason: string
  readonly member?: TimelineMember
  readonly phases?: TimelinePhases
  readonly assignments?: readonly TimelineAssignment[]
  /** Partitions that were handed out, with the time for which they had no owner. */
  readonly unowned?: readonly { readonly topic: string; readonly partition: number; readonly ms: number }[]
  readonly omitted?: readonly ('unchanged' | 'assignments' | 'unowned')[]
  readonly dropped?: number
  /** Of a rebalance, where it is known: the assignor, and the member that assigned. */
  readonly assignor?: string
  readonly leaderId?: string
}

/** What a record of `__group_events` says; undefined when it is of another version, or none at all. */
export function recordedEntry(value: Buffer | null): TimelineEntry | undefined {
  if (value === null) return undefined
  try {
    const event = JSON.parse(value.toString()) as (Omit<TimelineEntry, 'source'> & { readonly version: number }) | null
    if (event === null || event.version !== 1 || typeof event.type !== 'string') return undefined
    const { version: _, ...entry } = event
    return { source: 'recorded', ...entry }
  } catch {
    return undefined
  }
}
