/**
 * Why a group changed: built where the change is decided, never reconstructed (design: the group timeline). Events are published when their
 * step is durable; a later issue stores and shows them.
 */
export interface GroupEvent {
  readonly groupId: string
  readonly protocol: 'classic' | 'consumer'
  /** Generation (classic) or group epoch (KIP-848) after the change. */
  readonly generationId: number
  readonly wallMs: number
  readonly type:
    | 'group-created'
    | 'member-joined'
    | 'member-left'
    | 'member-evicted'
    | 'member-replaced'
    | 'rebalance-started'
    | 'rebalance-completed'
    | 'group-emptied'
    | 'group-deleted'
    /** Classic to consumer, or back, while members are in it. */
    | 'group-converted'
    | 'offsets-expired'
  readonly trigger:
    | 'join'
    | 'leave'
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
    /** Topics of the group were created, deleted or got more partitions. */
    | 'topic-change'
    | 'migration'
  /** The member that caused it, where there is one. */
  readonly member?: {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly clientId: string
    readonly clientHost: string
  }
  /** The text that the client sent (KIP-800), or the coordinator's own sentence. */
  readonly reason: string
  /** For `rebalance-completed`: how long the phases took; undefined when they began before a restart. */
  readonly phases?: { readonly prepareMs: number | undefined; readonly syncMs: number | undefined }
  /** For `rebalance-completed`: opaque assignment bytes by member, before and after. */
  readonly assignments?: readonly {
    readonly memberId: string
    readonly before: Buffer | null
    readonly after: Buffer
  }[]
}
