import type { TopicPartitions } from '../../assignor/index.ts'
import type {
  ConsumerGroupCurrentMemberAssignmentValue,
  ConsumerGroupMemberMetadataValue,
  ConsumerGroupMetadataValue,
  ConsumerGroupRegularExpressionValue,
  ConsumerGroupTargetAssignmentMemberValue,
  ErrorName,
  ListGroupsResponse,
} from '../../wire/index.ts'
import { Deadline, type Deadlines } from '../deadlines.ts'
import { describeError } from '../error-response.ts'
import type { CommitIdentity, DeadlineOwner, DescribedGroup, Group } from '../group.ts'
import type { CommittedOffset } from '../offset-store.ts'
import { PartitionGaps } from '../partition-gaps.ts'
import type { CoordinatorRecord } from '../records.ts'
import type { Rebalance } from './handover.ts'
import type { ConsumerMember } from './member.ts'
import { isReconciled, LEAVE_EPOCH, newMember, withAssignment, withMetadata } from './member.ts'
import { clearTimers, createTimers, type MemberTimers } from './member-timers.ts'
import { PartitionOwners } from './partition-owners.ts'
import { NO_PARTITIONS, partitionsOf } from './partitions.ts'
import { groupTombstones } from './records.ts'
import { Subscriptions } from './subscriptions.ts'
import type { SeenTopics } from './topic-change.ts'

/**
 * - `Empty`: no members.
 * - `Assigning`: the target assignment is of an earlier epoch than the group: it is being computed, or will be with the next heartbeat.
 * - `Reconciling`: some member does not have its target yet.
 * - `Stable`: all have.
 */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

/**
 * A group of the consumer protocol (KIP-848), which may also have members of the classic protocol. Almost all of it is hard state, written by
 * `apply…` alone; what a request does to it stands in the files beside this one.
 */
export class ConsumerGroup implements Group {
  readonly type = 'consumer'
  readonly protocolType = 'consumer'
  readonly groupId: string

  // Hard state: what the records say.
  groupEpoch = 0
  metadataHash = 0n
  /** Epoch of the target assignment; -1 when there is none. Kafka's group has 0 before its first. */
  assignmentEpoch = 0
  /** A record of before Kafka 4.1 that has to go. */
  hasPartitionMetadata = false
  readonly #members = new Map<string, ConsumerMember>()
  readonly #targets = new Map<string, TopicPartitions>()

  // Made from it.
  readonly subscriptions = new Subscriptions()
  readonly owners = new PartitionOwners()
  readonly #staticMembers = new Map<string, string>()
  readonly #serverAssignors = new Map<string, number>()
  readonly #classicProtocols = new Map<string, number>()
  #classicMemberCount = 0
  #reconciledCount = 0

  // Soft state.
  readonly #timers = new Map<string, MemberTimers>()
  /** Version of the topic image that `metadataHash` was last compared with; undefined after a load. */
  checkedVersion: number | undefined
  /** Monotonic: when the target assignment was last computed. */
  assignedAtMs = Number.NEGATIVE_INFINITY
  /** When the next one may be computed, if one is due. */
  readonly assignDeadline: Deadline<DeadlineOwner>
  /** The assignment that is being computed elsewhere. */
  assigningId: number | undefined
  nextAssignmentId = 0
  isEvaluatingRegexes = false
  /** Version of the topic image that the regular expressions were last evaluated on; undefined after a load. */
  regexVersion: number | undefined
  /** Since when an assignment is being computed elsewhere; monotonic. */
  assigningSinceMs: number | undefined
  /** The one under way, as its events will tell of it. */
  rebalance: Rebalance | undefined
  /** By topic id. */
  readonly gaps = new PartitionGaps()
  /** Topics as they were when the group last looked; undefined after a load. */
  seenTopics: SeenTopics | undefined

  constructor(groupId: string) {
    this.groupId = groupId
    this.assignDeadline = new Deadline<DeadlineOwner>({ kind: 'assign', groupId })
  }

  get generationId(): number {
    return this.groupEpoch
  }

  get state(): ConsumerGroupState {
    if (this.#members.size === 0) return 'Empty'
    if (this.groupEpoch > this.assignmentEpoch) return 'Assigning'
    return this.#reconciledCount === this.#members.size ? 'Stable' : 'Reconciling'
  }

  get members(): ReadonlyMap<string, ConsumerMember> {
    return this.#members
  }

  get targets(): ReadonlyMap<string, TopicPartitions> {
    return this.#targets
  }

  get memberCount(): number {
    return this.#members.size
  }

  /** How many members speak the classic protocol. */
  get classicMemberCount(): number {
    return this.#classicMemberCount
  }

  staticMember(instanceId: string | null): ConsumerMember | undefined {
    const memberId = instanceId === null ? undefined : this.#staticMembers.get(instanceId)
    return memberId === undefined ? undefined : this.#members.get(memberId)
  }

  targetOf(memberId: string): TopicPartitions {
    return this.#targets.get(memberId) ?? NO_PARTITIONS
  }

  /** The assignor that most members ask for; a draw goes to the one that was asked for first. */
  preferredAssignor(): string | undefined {
    let best: string | undefined
    for (const [name, count] of this.#serverAssignors) {
      if (best === undefined || count > this.#serverAssignors.get(best)!) best = name
    }
    return best
  }

  timersOf(memberId: string): MemberTimers {
    const timers = this.#timers.get(memberId) ?? createTimers(this.groupId, memberId)
    this.#timers.set(memberId, timers)
    return timers
  }

  dropTimers(memberId: string, deadlines: Deadlines<DeadlineOwner>): void {
    const timers = this.#timers.get(memberId)
    if (timers === undefined) return
    clearTimers(timers, deadlines)
    this.#timers.delete(memberId)
  }

  /** Whether a classic member that offers these protocols could be in the group: one of them is common to all classic members. */
  supportsClassicProtocols(protocolType: string, names: readonly string[]): boolean {
    if (protocolType !== 'consumer') return false
    if (this.#members.size === 0) return names.length > 0
    return names.some((name) => (this.#classicProtocols.get(name) ?? 0) === this.#classicMemberCount)
  }

  applyMemberMetadata(memberId: string, value: ConsumerGroupMemberMetadataValue | null): void {
    const before = this.#members.get(memberId)
    if (value !== null) return this.#replace(before, withMetadata(before ?? newMember(memberId), value))
    if (before === undefined) return
    this.#replace(before, undefined)
  }

  applyCurrentAssignment(memberId: string, value: ConsumerGroupCurrentMemberAssignmentValue | null): void {
    const before = this.#members.get(memberId)
    if (value !== null) return this.#replace(before, withAssignment(before ?? newMember(memberId), value))
    if (before === undefined) return
    this.#replace(before, {
      ...before,
      memberEpoch: LEAVE_EPOCH,
      previousMemberEpoch: LEAVE_EPOCH,
      assigned: NO_PARTITIONS,
      pendingRevocation: NO_PARTITIONS,
    })
  }

  applyTarget(memberId: string, value: ConsumerGroupTargetAssignmentMemberValue | null): void {
    if (value === null) this.#targets.delete(memberId)
    else this.#targets.set(memberId, partitionsOf(value.topicPartitions))
  }

  applyTargetEpoch(assignmentEpoch: number | undefined): void {
    this.assignmentEpoch = assignmentEpoch ?? -1
    this.#reconciledCount = 0
    for (const member of this.#members.values()) this.#reconciledCount += this.#reconciled(member)
  }

  applyEpoch(value: ConsumerGroupMetadataValue): void {
    this.groupEpoch = value.epoch
    this.metadataHash = value.metadataHash
  }

  applyRegex(regex: string, value: ConsumerGroupRegularExpressionValue | null): void {
    this.subscriptions.setResolved(
      regex,
      value === null
        ? undefined
        : { topics: new Set(value.topics), version: Number(value.version), timestampMs: Number(value.timestamp) },
    )
  }

  isEmpty(): boolean {
    return this.#members.size === 0
  }

  hasPendingMembers(): boolean {
    return false
  }

  validateOffsetCommit(commit: CommitIdentity): ErrorName {
    const { memberId, groupInstanceId, generationIdOrMemberEpoch: memberEpoch, transactional } = commit
    if (memberEpoch < 0 && this.#members.size === 0) return 'NONE'
    if (transactional && memberEpoch === -1 && memberId === '' && groupInstanceId === null) return 'NONE'
    const member = this.#members.get(memberId)
    if (member === undefined) return 'UNKNOWN_MEMBER_ID'
    // Older versions know no error for a member in another epoch.
    if (!transactional && member.classic === null && commit.apiVersion < 9) return 'UNSUPPORTED_VERSION'
    return this.#validateEpoch(member, memberEpoch)
  }

  validateOffsetFetch(memberId: string | null, memberEpoch: number): ErrorName {
    if (memberId === null && memberEpoch < 0) return 'NONE'
    const member = memberId === null ? undefined : this.#members.get(memberId)
    return member === undefined ? 'UNKNOWN_MEMBER_ID' : this.#validateEpoch(member, memberEpoch)
  }

  /** Members of this protocol show that they live by their heartbeats alone. */
  onOffsetCommit(): void {}

  validateOffsetDelete(): ErrorName {
    return 'NONE'
  }

  validateDelete(): ErrorName {
    return this.isEmpty() ? 'NONE' : 'NON_EMPTY_GROUP'
  }

  isSubscribedTo(topic: string): boolean {
    return this.subscriptions.has(topic)
  }

  offsetRetentionBaseMs(): (offset: CommittedOffset) => number {
    return (offset) => offset.commitTimestampMs
  }

  dropTicket(): void {
    throw new Error('no request waits in a consumer group')
  }

  discard(deadlines: Deadlines<DeadlineOwner>): void {
    deadlines.clear(this.assignDeadline)
    for (const timers of this.#timers.values()) clearTimers(timers, deadlines)
    this.#timers.clear()
  }

  tombstones(): readonly CoordinatorRecord[] {
    return groupTombstones(this)
  }

  /** DescribeGroups is for classic groups: this one is not there for it. */
  describe(): DescribedGroup {
    return describeError(this.groupId, 'NONE', null, 'Dead')
  }

  list(): ListGroupsResponse['groups'][number] {
    return { groupId: this.groupId, protocolType: 'consumer', groupState: this.state, groupType: 'consumer' }
  }

  #validateEpoch(member: ConsumerMember, memberEpoch: number): ErrorName {
    if (memberEpoch === member.memberEpoch) return 'NONE'
    return member.classic === null ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION'
  }

  #reconciled(member: ConsumerMember): 0 | 1 {
    return isReconciled(member, this.assignmentEpoch) ? 1 : 0
  }

  /** The one place where members change, with all that follows from them. */
  #replace(before: ConsumerMember | undefined, after: ConsumerMember | undefined): void {
    if (after !== undefined) this.#members.set(after.memberId, after)
    else this.#members.delete(before!.memberId)
    this.subscriptions.replace(before, after)
    this.owners.replace(before, after)
    if (before !== undefined) this.#reconciledCount -= this.#reconciled(before)
    if (after !== undefined) this.#reconciledCount += this.#reconciled(after)
    this.#replaceStatic(before, after)
    if (before?.serverAssignor !== after?.serverAssignor) {
      count(this.#serverAssignors, before?.serverAssignor, -1)
      count(this.#serverAssignors, after?.serverAssignor, 1)
    }
    if (before?.classic !== after?.classic) {
      this.#classicMemberCount += Number((after?.classic ?? null) !== null) - Number((before?.classic ?? null) !== null)
      for (const { name } of before?.classic?.supportedProtocols ?? []) count(this.#classicProtocols, name, -1)
      for (const { name } of after?.classic?.supportedProtocols ?? []) count(this.#classicProtocols, name, 1)
    }
  }

  #replaceStatic(before: ConsumerMember | undefined, after: ConsumerMember | undefined): void {
    const instanceId = after?.instanceId ?? before?.instanceId ?? null
    if (instanceId === null) return
    if (after !== undefined) this.#staticMembers.set(instanceId, after.memberId)
    // Its instance id may be another's already.
    else if (this.#staticMembers.get(instanceId) === before?.memberId) this.#staticMembers.delete(instanceId)
  }
}

function count(counts: Map<string, number>, name: string | null | undefined, change: 1 | -1): void {
  if (name === null || name === undefined) return
  const total = (counts.get(name) ?? 0) + change
  if (total <= 0) counts.delete(name)
  else counts.set(name, total)
}
