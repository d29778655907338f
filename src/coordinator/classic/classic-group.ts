import { javaHashOrder } from '../../assignor/index.ts'
import type { ErrorName, GroupMetadataValue, ListGroupsResponse } from '../../wire/index.ts'
import type { Deadlines } from '../deadlines.ts'
import { Deadline } from '../deadlines.ts'
import type { Cause } from '../events.ts'
import type { CommitIdentity, DeadlineOwner, DescribedGroup, Group, GroupContext, WaitingTicket } from '../group.ts'
import type { CommittedOffset } from '../offset-store.ts'
import { PartitionGaps } from '../partition-gaps.ts'
import type { CoordinatorRecord } from '../records.ts'
import { describeClassicGroup } from './describe.ts'
import { dropWaitingRequest } from './drop.ts'
import type { ClassicMember, MemberProtocol, Waiter } from './member.ts'
import { createMember, metadataOf } from './member.ts'
import { onJoinDeadline, onSessionDeadline, onSyncDeadline } from './rebalance.ts'
import { renewSession } from './session.ts'
import { CONSUMER_PROTOCOL_TYPE, subscribedTopicsOf } from './subscription.ts'

/**
 * - `Empty`: no members; offsets may be there. A join moves it to PreparingRebalance; it ends by DeleteGroups or expiry.
 * - `PreparingRebalance`: gathers the members' joins. Heartbeats are told to rejoin, syncs are refused; commits of the old
 *   generation are taken. Left when all known members have joined, or the longest rebalance timeout is over: to
 *   CompletingRebalance, or to Empty when nobody is left.
 * - `CompletingRebalance`: the generation is known, the leader's assignment is awaited. Syncs wait, heartbeats are fine,
 *   commits are refused. Left to Stable by the leader's sync, to PreparingRebalance by a join, a leave or an expiry.
 * - `Stable`: the assignment is persisted. Left to PreparingRebalance by a new member, a leave, an expiry, a changed
 *   subscription or a join of the leader.
 *
 * Kafka's fifth state, Dead, is the absence of the group here.
 */
export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** Which states a state is entered from (Kafka: ClassicGroupState.validPreviousStates). */
const PREVIOUS_STATES: { readonly [S in ClassicGroupState]: readonly ClassicGroupState[] } = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
}

/**
 * A group of the classic protocol: JoinGroup, SyncGroup, Heartbeat, LeaveGroup. What a request does to it stands in the
 * files beside this one, by subject; they alone write its fields. A group without protocol type, members and pending
 * members is "simple": offsets that somebody commits without joining.
 */
export class ClassicGroup implements Group {
  readonly type = 'classic'
  readonly groupId: string

  /**
   * Hard state: the group's last record. The shard's `apply` is the only writer. In the states Stable and Empty the fields below say
   * the same; a rebalance under way is soft, and a restart takes the group back to this generation, as in Kafka.
   */
  persisted: GroupMetadataValue | undefined

  // All else is soft state, made from `persisted` by `restore` when the shard is loaded.
  state: ClassicGroupState = 'Empty'
  previousState: ClassicGroupState | undefined
  /** Wall clock, of the last change of state; undefined in records of before Kafka 2.1. */
  stateSinceMs: number | undefined
  generationId = 0
  protocolType: string | undefined
  protocolName: string | undefined
  leaderId: string | undefined
  readonly members = new Map<string, ClassicMember>()
  /** Member id by instance id (KIP-345). */
  readonly staticMembers = new Map<string, string>()
  /** Member ids handed out by MEMBER_ID_REQUIRED and not used yet (KIP-394), with the end of their session. */
  readonly pendingMembers = new Map<string, Deadline<DeadlineOwner>>()
  awaitingJoinCount = 0
  /** Members that owe a SyncGroup for this generation. */
  readonly pendingSyncs = new Set<string>()
  readonly joinDeadline: Deadline<DeadlineOwner>
  readonly syncDeadline: Deadline<DeadlineOwner>
  /** While the first rebalance of an empty group waits for more members (KIP-134). */
  initialDelay: { readonly delayMs: number; readonly remainingMs: number } | undefined
  /** A member came during that delay, so it may be extended. */
  newMemberAdded = false
  /** Undefined when nobody can say: not consumers, or metadata that cannot be read. */
  subscribedTopics: ReadonlySet<string> | undefined
  /** Monotonic; for the phases in events. */
  rebalanceStartedMs: number | undefined
  /** What began the rebalance under way. */
  rebalanceCause: Cause | undefined
  joinCompletedMs: number | undefined
  readonly gaps = new PartitionGaps()
  readonly #protocolCounts = new Map<string, number>()

  /** @param stateSinceMs when the group came to be; undefined on load, where a record says it. */
  constructor(groupId: string, stateSinceMs?: number) {
    this.groupId = groupId
    this.stateSinceMs = stateSinceMs
    this.joinDeadline = new Deadline<DeadlineOwner>({ kind: 'join', groupId })
    this.syncDeadline = new Deadline<DeadlineOwner>({ kind: 'sync', groupId })
  }

  /** After load: the group as its last record says, each member with a fresh session. */
  restore(context: GroupContext): void {
    const { persisted } = this
    if (persisted === undefined) return
    this.state = persisted.members.length === 0 ? 'Empty' : 'Stable'
    this.stateSinceMs = persisted.currentStateTimestamp === -1n ? undefined : Number(persisted.currentStateTimestamp)
    this.generationId = persisted.generation
    this.protocolType = persisted.protocolType === '' ? undefined : persisted.protocolType
    this.protocolName = persisted.protocol ?? undefined
    this.leaderId = persisted.leader ?? undefined
    for (const member of persisted.members) {
      this.add(
        createMember(this.groupId, {
          memberId: member.memberId,
          groupInstanceId: member.groupInstanceId,
          clientId: member.clientId,
          clientHost: member.clientHost,
          // Records of before KIP-62 have none.
          rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
          sessionTimeoutMs: member.sessionTimeout,
          protocols: [{ name: persisted.protocol ?? '', metadata: member.subscription }],
          assignment: member.assignment,
          isNew: false,
          idKnown: true,
        }),
      )
    }
    for (const member of this.members.values()) renewSession(this, member, context)
    this.refreshSubscribedTopics()
  }

  isEmpty(): boolean {
    return this.state === 'Empty'
  }

  hasPendingMembers(): boolean {
    return this.pendingMembers.size > 0
  }

  transitionTo(state: ClassicGroupState, wallMs: number): void {
    if (!PREVIOUS_STATES[state].includes(this.state)) {
      throw new Error(`group '${this.groupId}' cannot go from ${this.state} to ${state}`)
    }
    this.previousState = this.state
    this.state = state
    this.stateSinceMs = wallMs
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId
  }

  /** The first to be added leads. */
  add(member: ClassicMember): void {
    if (member.groupInstanceId !== null) this.staticMembers.set(member.groupInstanceId, member.memberId)
    this.leaderId ??= member.memberId
    this.members.set(member.memberId, member)
    this.#count(member.protocols, 1)
  }

  /** Also forgets a pending member. The caller answers what waits first. */
  remove(memberId: string, deadlines: Deadlines<DeadlineOwner>): void {
    const member = this.members.get(memberId)
    if (member !== undefined) {
      this.members.delete(memberId)
      this.#count(member.protocols, -1)
      if (member.awaitingJoin !== undefined) this.awaitingJoinCount--
      if (member.groupInstanceId !== null) this.staticMembers.delete(member.groupInstanceId)
      deadlines.clear(member.session)
    }
    if (this.isLeader(memberId)) this.leaderId = this.members.keys().next().value
    const pending = this.pendingMembers.get(memberId)
    if (pending !== undefined) deadlines.clear(pending)
    this.pendingMembers.delete(memberId)
    this.pendingSyncs.delete(memberId)
  }

  /** A static member came back under a new member id: it takes the old one's place, its leadership and its assignment. */
  replace(old: ClassicMember, replacement: ClassicMember, deadlines: Deadlines<DeadlineOwner>): void {
    this.members.delete(old.memberId)
    this.#count(old.protocols, -1)
    deadlines.clear(old.session)
    this.members.set(replacement.memberId, replacement)
    this.#count(replacement.protocols, 1)
    if (this.isLeader(old.memberId)) this.leaderId = replacement.memberId
    this.staticMembers.set(replacement.groupInstanceId!, replacement.memberId)
    if (this.pendingSyncs.delete(old.memberId)) this.pendingSyncs.add(replacement.memberId)
  }

  setProtocols(member: ClassicMember, protocols: readonly MemberProtocol[]): void {
    this.#count(member.protocols, -1)
    member.protocols = protocols
    this.#count(protocols, 1)
  }

  setAwaitingJoin(member: ClassicMember, waiter: Waiter | undefined): void {
    this.awaitingJoinCount += Number(waiter !== undefined) - Number(member.awaitingJoin !== undefined)
    member.awaitingJoin = waiter
  }

  get memberCount(): number {
    return this.members.size
  }

  hasAllMembersJoined(): boolean {
    return this.members.size === this.awaitingJoinCount && this.pendingMembers.size === 0
  }

  /** The longest of the members': so long a rebalance waits for them. */
  rebalanceTimeoutMs(): number {
    let longestMs = 0
    for (const member of this.members.values()) longestMs = Math.max(longestMs, member.rebalanceTimeoutMs)
    return longestMs
  }

  /** Whether a member that offers these could be in the group: one of them is common to all. */
  supportsProtocols(protocolType: string, names: readonly string[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && names.length > 0
    return this.protocolType === protocolType && names.some((name) => this.#isCommon(name))
  }

  /** Each member votes for the first of its protocols that is common to all; the most votes win. */
  selectProtocol(): string {
    const votes = new Map<string, number>()
    for (const member of this.members.values()) {
      const vote = member.protocols.find((protocol) => this.#isCommon(protocol.name))
      if (vote === undefined) throw new Error(`a member of group '${this.groupId}' has no common protocol`)
      votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1)
    }
    // Kafka lets the iteration order of its map decide a draw: the first of those with the most votes.
    const [first, ...others] = javaHashOrder([...votes.keys()])
    return others.reduce((best, name) => (votes.get(name)! > votes.get(best)! ? name : best), first!)
  }

  refreshSubscribedTopics(): void {
    this.subscribedTopics = this.#computeSubscribedTopics()
  }

  validateMember(memberId: string, groupInstanceId: string | null): ErrorName {
    if (groupInstanceId !== null) {
      const existing = this.staticMembers.get(groupInstanceId)
      if (existing === undefined) return 'UNKNOWN_MEMBER_ID'
      if (existing !== memberId) return 'FENCED_INSTANCE_ID'
    }
    return this.members.has(memberId) ? 'NONE' : 'UNKNOWN_MEMBER_ID'
  }

  validateOffsetCommit(commit: CommitIdentity): ErrorName {
    const { memberId, groupInstanceId, generationIdOrMemberEpoch: generationId, transactional } = commit
    // Admin tools and consumers that assign partitions to themselves commit without a generation, while nobody is in the group.
    if (generationId < 0 && this.state === 'Empty') return 'NONE'
    if (generationId >= 0 || memberId !== '' || groupInstanceId !== null) {
      const error = this.validateMember(memberId, groupInstanceId)
      if (error !== 'NONE') return error
      if (generationId !== this.generationId) return 'ILLEGAL_GENERATION'
    } else if (!transactional && this.state !== 'Empty') {
      return 'UNKNOWN_MEMBER_ID'
    }
    // The sender has seen the new generation but not its assignment: it is told to go on with the rebalance.
    if (!transactional && this.state === 'CompletingRebalance') return 'REBALANCE_IN_PROGRESS'
    return 'NONE'
  }

  /** Offsets are for everybody to read. */
  validateOffsetFetch(): ErrorName {
    return 'NONE'
  }

  onOffsetCommit(memberId: string, context: GroupContext): void {
    const member = this.members.get(memberId)
    if (member === undefined) return
    if (this.state === 'Stable' || this.state === 'PreparingRebalance') renewSession(this, member, context)
  }

  validateOffsetDelete(): ErrorName {
    // Which topics other kinds of members use, nobody can say.
    return this.state === 'Empty' || this.protocolType === CONSUMER_PROTOCOL_TYPE ? 'NONE' : 'NON_EMPTY_GROUP'
  }

  validateDelete(): ErrorName {
    return this.state === 'Empty' ? 'NONE' : 'NON_EMPTY_GROUP'
  }

  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.protocolType === CONSUMER_PROTOCOL_TYPE
  }

  offsetRetentionBaseMs(): ((offset: CommittedOffset) => number) | undefined {
    if (this.protocolType === undefined) return (offset) => offset.commitTimestampMs
    if (this.state === 'Empty') return (offset) => this.stateSinceMs ?? offset.commitTimestampMs
    const knowsTopics = this.protocolType === CONSUMER_PROTOCOL_TYPE && this.subscribedTopics !== undefined
    if (knowsTopics && this.state === 'Stable') return (offset) => offset.commitTimestampMs
    return undefined
  }

  onDeadline(owner: DeadlineOwner, context: GroupContext): void {
    switch (owner.kind) {
      case 'session':
        return onSessionDeadline(this, owner.memberId, context)
      case 'join':
        return onJoinDeadline(this, context)
      case 'sync':
        return onSyncDeadline(this, context)
      case 'member-rebalance':
      case 'member-join':
      case 'member-sync':
      case 'assign':
      case 'offset-expiry':
        throw new Error(`a classic group has no deadline '${owner.kind}'`)
    }
  }

  dropTicket(waiting: WaitingTicket, context: GroupContext): void {
    dropWaitingRequest(this, waiting, context)
  }

  discard(deadlines: Deadlines<DeadlineOwner>): void {
    deadlines.clear(this.joinDeadline)
    deadlines.clear(this.syncDeadline)
    for (const member of this.members.values()) deadlines.clear(member.session)
    for (const pending of this.pendingMembers.values()) deadlines.clear(pending)
  }

  tombstones(): readonly CoordinatorRecord[] {
    return [{ type: 'GroupMetadata', key: { group: this.groupId }, value: null }]
  }

  describe(): DescribedGroup {
    return describeClassicGroup(this)
  }

  list(): ListGroupsResponse['groups'][number] {
    const { groupId, state } = this
    return { groupId, protocolType: this.protocolType ?? '', groupState: state, groupType: 'classic' }
  }

  #isCommon(protocolName: string): boolean {
    return (this.#protocolCounts.get(protocolName) ?? 0) === this.members.size
  }

  #count(protocols: readonly MemberProtocol[], change: 1 | -1): void {
    for (const name of new Set(protocols.map((protocol) => protocol.name))) {
      const count = (this.#protocolCounts.get(name) ?? 0) + change
      if (count === 0) this.#protocolCounts.delete(name)
      else this.#protocolCounts.set(name, count)
    }
  }

  #computeSubscribedTopics(): ReadonlySet<string> | undefined {
    if (this.protocolType !== CONSUMER_PROTOCOL_TYPE) return undefined
    if (this.members.size === 0) return new Set()
    const { protocolName } = this
    if (protocolName === undefined) return undefined
    return subscribedTopicsOf([...this.members.values()].map((member) => metadataOf(member, protocolName)!))
  }
}
