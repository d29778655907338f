import type {
  ErrorName,
  GroupMetadataKey,
  GroupMetadataValue,
  LeaveGroupRequest,
  LeaveGroupResponse,
} from '../wire/index.ts'
import { ErrorCode } from '../wire/index.ts'
import { ClassicGroup } from './classic/classic-group.ts'
import { heartbeat } from './classic/heartbeat.ts'
import { joinGroup } from './classic/join.ts'
import { leaveGroup } from './classic/leave.ts'
import { appendNewGroup } from './classic/metadata-record.ts'
import { prepareRebalance } from './classic/rebalance.ts'
import { syncGroup } from './classic/sync.ts'
import type { CommandOf, EffectResult, GroupCommand, GroupResponses, TopicImage } from './commands.ts'
import {
  ConsumerGroup,
  consumerDescribeError,
  consumerGroupHeartbeat,
  describeConsumerGroup,
  heartbeatConsumerGroup,
  joinConsumerGroup,
  leaveGroupOfConsumerGroup,
  onAssigned,
  onConsumerDeadline,
  onRegexesEvaluated,
  restoreConsumerGroup,
  syncConsumerGroup,
} from './consumer/index.ts'
import type { ConsumerRecord } from './consumer/record-schemas.ts'
import { Deadline, Deadlines } from './deadlines.ts'
import { describeError, errorResponse } from './error-response.ts'
import type { DeadlineOwner, Group, GroupContext, WaitingTicket } from './group.ts'
import type { GroupConfig } from './group-config.ts'
import type { GroupEvent } from './group-event.ts'
import {
  commitOffsets,
  deleteAllOffsets,
  deleteOffsets,
  deleteOffsetsOfTopics,
  expireOffsets,
  fetchOffsets,
  isOfAnotherTopic,
} from './offset-commands.ts'
import { OffsetStore } from './offset-store.ts'
import type { CoordinatorRecord } from './records.ts'
import { expireSession, renewSession } from './sessions.ts'
import type { RecordPosition, Step, Ticket } from './step.ts'

/** So many groups, and about so many tombstones, before the expiry of offsets lets other work in. */
const GROUPS_A_TURN = 2_000
const TOMBSTONES_A_TURN = 1_000

/**
 * The groups and offsets of one partition of `__consumer_offsets`. Synchronous and pure: it knows of the world what a step tells it,
 * and does to it what a step offers. `apply` and `applyMarker` rebuild it from its records, in their order.
 */
export class ShardCoordinator {
  readonly #config: () => GroupConfig
  readonly #topics: () => TopicImage
  readonly #groups = new Map<string, Group>()
  readonly #offsets = new OffsetStore()
  readonly #deadlines = new Deadlines<DeadlineOwner>()
  #consumerMembers = 0
  readonly #waiting = new Map<Ticket, WaitingTicket>()
  /** Groups whose offsets the expiry that is under way has still to look at. */
  #expiring: string[] = []
  readonly #offsetExpiry = new Deadline<DeadlineOwner>({ kind: 'offset-expiry' })

  constructor(options: { readonly config: () => GroupConfig; readonly topics: () => TopicImage }) {
    this.#config = options.config
    this.#topics = options.topics
  }

  /** All groups, for tests and tools that look on; not to be written. */
  get groups(): ReadonlyMap<string, Group> {
    return this.#groups
  }

  get offsets(): OffsetStore {
    return this.#offsets
  }

  /** Members of all groups of the consumer protocol, counted. */
  get consumerMembers(): number {
    return this.#consumerMembers
  }

  /** Every ticket is answered once: in this step, or in a later one while it waits here. */
  handle(command: GroupCommand, ticket: Ticket, step: Step): void {
    const context = this.#contextOf(step)
    switch (command.type) {
      case 'JoinGroup':
        return this.#join(command, ticket, context)
      case 'SyncGroup': {
        const group = this.#groups.get(command.groupId)
        if (group instanceof ClassicGroup) return syncGroup(group, command, ticket, context)
        if (group instanceof ConsumerGroup) return step.reply(ticket, syncConsumerGroup(group, command, context))
        return step.reply(ticket, errorResponse(command, 'UNKNOWN_MEMBER_ID'))
      }
      case 'Heartbeat': {
        const group = this.#groups.get(command.groupId)
        let error: ErrorName = 'UNKNOWN_MEMBER_ID'
        if (group instanceof ClassicGroup) error = heartbeat(group, command, context)
        if (group instanceof ConsumerGroup) error = heartbeatConsumerGroup(group, command, context)
        return step.reply(ticket, { throttleTimeMs: 0, errorCode: ErrorCode[error] })
      }
      case 'LeaveGroup':
        return step.reply(ticket, this.#leave(command, context))
      case 'ConsumerGroupHeartbeat':
        return step.reply(ticket, consumerGroupHeartbeat(command, context))
      case 'ConsumerGroupDescribe':
        return step.reply(ticket, this.#describeConsumerGroup(command, context))
      case 'OffsetCommit':
        return step.reply(ticket, commitOffsets(this.#groups.get(command.groupId), command, this.#topics(), context))
      case 'OffsetFetch':
        return step.reply(
          ticket,
          fetchOffsets(this.#groups.get(command.groupId), command, this.#offsets, this.#topics()),
        )
      case 'OffsetDelete':
        return step.reply(ticket, deleteOffsets(this.#groups.get(command.groupId), command, this.#offsets, step))
      case 'DescribeGroup':
        return step.reply(ticket, this.#describe(command))
      case 'DeleteGroup':
        return step.reply(ticket, this.#delete(command, context))
      case 'ListGroups':
        return step.reply(ticket, this.#list(command))
    }
  }

  /**
   * The only writer of hard state, live and on load.
   * @param position of a record of a transaction it names the producer: then it counts once its marker has come.
   */
  apply(record: CoordinatorRecord, position: RecordPosition): void {
    switch (record.type) {
      case 'OffsetCommit': {
        const { group } = record.key
        if (record.value !== null && !this.#groups.has(group)) this.#groups.set(group, new ClassicGroup(group))
        return this.#offsets.apply(record.key, record.value, position)
      }
      case 'GroupMetadata':
        return this.#applyGroupMetadata(record.key, record.value)
      default:
        return this.#applyConsumerRecord(record)
    }
  }

  /** What an effect has brought. The group may be another by now. */
  resume(result: EffectResult, step: Step): void {
    const group = this.#groups.get(result.groupId)
    if (!(group instanceof ConsumerGroup)) return
    const context = this.#contextOf(step)
    switch (result.type) {
      case 'regexes-evaluated':
        return onRegexesEvaluated(group, result, context)
      case 'assigned':
        return onAssigned(group, result, context)
    }
  }

  /** The end of a transaction, as its coordinator wrote it into this shard's log. */
  applyMarker(producerId: bigint, _producerEpoch: number, outcome: 'commit' | 'abort'): void {
    this.#offsets.applyMarker(producerId, outcome)
  }

  /** After the last record was applied: sessions begin, and what happened while nobody listened is made up for. */
  onLoaded(step: Step): void {
    const context = this.#contextOf(step)
    for (const group of this.#groups.values()) {
      if (group instanceof ConsumerGroup) restoreConsumerGroup(group, context)
      if (group instanceof ClassicGroup) this.#restoreClassicGroup(group, context)
    }
    this.#dropOffsetsOfFormerTopics(context)
    this.#deadlines.set(this.#offsetExpiry, step.nowMs + context.config.offsetsRetentionCheckIntervalMs)
  }

  #restoreClassicGroup(group: ClassicGroup, context: GroupContext): void {
    group.restore(context)
    const { groupMaxSize } = context.config
    const { size } = group.members
    if (size > groupMaxSize) {
      const reason = `the group has ${size} members, more than the ${groupMaxSize} that it may have now`
      prepareRebalance(group, { trigger: 'coordinator-load', reason }, context)
    } else if (size > 0 && group.persisted?.leader === null) {
      const reason = 'the group was being converted to a classic one when the broker stopped'
      prepareRebalance(group, { trigger: 'coordinator-load', reason }, context)
    }
  }

  /** Topics are gone for good: what was committed in them is dropped. */
  topicsDeleted(names: readonly string[], step: Step): void {
    this.#dropOffsets(new Set(names), step)
  }

  /** For tests: the member's session ends now. False when it is not there. */
  expireSession(groupId: string, memberId: string, step: Step): boolean {
    return expireSession(this.#groups.get(groupId), memberId, this.#contextOf(step))
  }

  /** For tests: as if the member had sent a heartbeat that changes nothing. */
  renewSession(groupId: string, memberId: string, step: Step): void {
    renewSession(this.#groups.get(groupId), memberId, this.#contextOf(step))
  }

  /** The connection of a waiting request is closed: it is not answered any more. */
  dropTicket(ticket: Ticket, step: Step): void {
    const waiting = this.#waiting.get(ticket)
    if (waiting === undefined) return
    this.#waiting.delete(ticket)
    this.#groups.get(waiting.groupId)?.dropTicket(waiting, this.#contextOf(step))
  }

  /** Monotonic; when `tick` wants to be called. Infinity when never. */
  nextDeadlineMs(): number {
    return this.#deadlines.nextMs()
  }

  /** Does what has become due by `step.nowMs`. */
  tick(step: Step): void {
    const context = this.#contextOf(step)
    for (;;) {
      const owner = this.#deadlines.takeDue(step.nowMs)
      if (owner === undefined) return
      if (owner.kind === 'offset-expiry') this.#expireOffsets(context)
      else this.#onDeadline(owner.groupId, owner, context)
    }
  }

  #onDeadline(groupId: string, owner: DeadlineOwner, context: GroupContext): void {
    const group = this.#groups.get(groupId)
    if (group instanceof ClassicGroup) group.onDeadline(owner, context)
    if (group instanceof ConsumerGroup) onConsumerDeadline(group, owner, context)
  }

  #join(command: CommandOf<'JoinGroup'>, ticket: Ticket, context: GroupContext): void {
    const { groupId, request } = command
    const known = this.#groups.get(groupId)
    if (known instanceof ConsumerGroup && !known.isEmpty()) {
      return context.step.reply(ticket, joinConsumerGroup(known, command, context))
    }
    let group = this.#classicGroup(groupId)
    if (group === undefined) {
      // An id was given out by a group: without it there is none to come back to.
      if (request.memberId !== '') return context.step.reply(ticket, errorResponse(command, 'UNKNOWN_MEMBER_ID'))
      for (const record of known?.tombstones() ?? []) context.step.append(record)
      group = new ClassicGroup(groupId, context.step.wallMs)
      this.#groups.set(groupId, group)
      appendNewGroup(group, context)
      context.step.event(this.#event(group, context, { type: 'group-created', trigger: 'join', reason: 'first join' }))
    }
    joinGroup(group, command, ticket, context)
  }

  #leave({ apiVersion, groupId, request }: CommandOf<'LeaveGroup'>, context: GroupContext): LeaveGroupResponse {
    // Before version 3 a request names one member, and its error stands at the top.
    const members =
      apiVersion >= 3 ? request.members : [{ memberId: request.memberId, groupInstanceId: null, reason: null }]
    const answers = this.#leaveMembers(groupId, members, context)
    if (apiVersion < 3) return { throttleTimeMs: 0, errorCode: answers[0]!.errorCode, members: [] }
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, members: answers }
  }

  #leaveMembers(
    groupId: string,
    members: LeaveGroupRequest['members'],
    context: GroupContext,
  ): LeaveGroupResponse['members'] {
    const group = this.#groups.get(groupId)
    if (group instanceof ClassicGroup) return leaveGroup(group, members, context)
    if (group instanceof ConsumerGroup) return leaveGroupOfConsumerGroup(group, members, context)
    const errorCode = ErrorCode.UNKNOWN_MEMBER_ID
    return members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId, errorCode }))
  }

  #describeConsumerGroup(
    { groupId }: CommandOf<'ConsumerGroupDescribe'>,
    context: GroupContext,
  ): GroupResponses['ConsumerGroupDescribe'] {
    const group = this.#groups.get(groupId)
    if (group instanceof ConsumerGroup) return describeConsumerGroup(group, context)
    const message = group === undefined ? `Group ${groupId} not found.` : `Group ${groupId} is not a consumer group.`
    return consumerDescribeError(groupId, 'GROUP_ID_NOT_FOUND', message)
  }

  #describe({ groupId, apiVersion }: CommandOf<'DescribeGroup'>): GroupResponses['DescribeGroup'] {
    const group = this.#classicGroup(groupId)
    if (group !== undefined) return group.describe()
    if (apiVersion < 6) return describeError(groupId, 'NONE', null, 'Dead')
    const why = this.#groups.has(groupId) ? 'is not a classic group' : 'not found'
    return describeError(groupId, 'GROUP_ID_NOT_FOUND', `Group ${groupId} ${why}.`, 'Dead')
  }

  #list({ statesFilter, typesFilter }: CommandOf<'ListGroups'>): GroupResponses['ListGroups'] {
    const states = new Set(statesFilter.map((state) => state.trim().toLowerCase()))
    const types = new Set(typesFilter.map((type) => type.toLowerCase()))
    const groups = [...this.#groups.values()].filter(
      (group) =>
        (states.size === 0 || states.has(group.state.toLowerCase())) && (types.size === 0 || types.has(group.type)),
    )
    return { errorCode: 'NONE', groups: groups.map((group) => group.list()) }
  }

  #delete({ groupId }: CommandOf<'DeleteGroup'>, context: GroupContext): GroupResponses['DeleteGroup'] {
    const group = this.#groups.get(groupId)
    const error = group === undefined ? 'GROUP_ID_NOT_FOUND' : group.validateDelete()
    if (group !== undefined && error === 'NONE') {
      this.#deleteGroup(group, { trigger: 'admin-removal', reason: 'DeleteGroups' }, context)
    }
    return { groupId, errorCode: ErrorCode[error] }
  }

  #deleteGroup(group: Group, why: Pick<GroupEvent, 'trigger' | 'reason'>, context: GroupContext): void {
    deleteAllOffsets(group.groupId, this.#offsets, context.step)
    for (const record of group.tombstones()) context.step.append(record)
    context.step.event(this.#event(group, context, { type: 'group-deleted', ...why }))
  }

  #applyGroupMetadata({ group: groupId }: GroupMetadataKey, value: GroupMetadataValue | null): void {
    if (value === null) {
      // A group of another kind has taken the name: it has records of its own.
      if (!(this.#groups.get(groupId) instanceof ConsumerGroup)) this.#removeGroup(groupId)
      return
    }
    const group = this.#classicGroup(groupId) ?? new ClassicGroup(groupId)
    this.#groups.set(groupId, group)
    group.persisted = value
  }

  #applyConsumerRecord(record: ConsumerRecord): void {
    const { groupId } = record.key
    const known = this.#groups.get(groupId)
    if (record.value === null && !(known instanceof ConsumerGroup)) return
    // In the place of a classic group there are offsets at most: its own record is gone by now.
    const group = known instanceof ConsumerGroup ? known : new ConsumerGroup(groupId)
    if (group !== known) {
      known?.discard(this.#deadlines)
      this.#groups.set(groupId, group)
    }
    switch (record.type) {
      case 'ConsumerGroupMetadata':
        if (record.value === null) return this.#removeGroup(groupId)
        return group.applyEpoch(record.value)
      case 'ConsumerGroupPartitionMetadata':
        group.hasPartitionMetadata = record.value !== null
        return
      case 'ConsumerGroupMemberMetadata':
        this.#consumerMembers -= group.members.size
        group.applyMemberMetadata(record.key.memberId, record.value)
        this.#consumerMembers += group.members.size
        return
      case 'ConsumerGroupTargetAssignmentMetadata':
        return group.applyTargetEpoch(record.value?.assignmentEpoch)
      case 'ConsumerGroupTargetAssignmentMember':
        return group.applyTarget(record.key.memberId, record.value)
      case 'ConsumerGroupCurrentMemberAssignment':
        this.#consumerMembers -= group.members.size
        group.applyCurrentAssignment(record.key.memberId, record.value)
        this.#consumerMembers += group.members.size
        return
      case 'ConsumerGroupRegularExpression':
        return group.applyRegex(record.key.regularExpression, record.value)
    }
  }

  #removeGroup(groupId: string): void {
    const group = this.#groups.get(groupId)
    if (group instanceof ConsumerGroup) this.#consumerMembers -= group.members.size
    group?.discard(this.#deadlines)
    this.#groups.delete(groupId)
  }

  /** Looks through all groups, some at a time: other work comes in between. */
  #expireOffsets(context: GroupContext): void {
    if (this.#expiring.length === 0) this.#expiring = [...this.#groups.keys()].reverse()
    let tombstones = 0
    for (let visited = 0; visited < GROUPS_A_TURN && tombstones < TOMBSTONES_A_TURN; visited++) {
      const groupId = this.#expiring.pop()
      const group = groupId === undefined ? undefined : this.#groups.get(groupId)
      if (group !== undefined) tombstones += this.#expireOffsetsOf(group, context)
    }
    const { step, config, deadlines } = context
    const pauseMs = this.#expiring.length > 0 ? 1 : config.offsetsRetentionCheckIntervalMs
    deadlines.set(this.#offsetExpiry, step.nowMs + pauseMs)
  }

  /** How many offsets went. An empty group goes with its last one. */
  #expireOffsetsOf(group: Group, context: GroupContext): number {
    const { expired, noneLeft } = expireOffsets(group, this.#offsets, context)
    if (expired > 0) {
      const reason = `${expired} committed offsets have outlived offsets.retention.minutes`
      context.step.event(this.#event(group, context, { type: 'offsets-expired', trigger: 'expiry', reason }))
    }
    // Kafka deletes it under the feet of a member that got its id and is about to join with it.
    if (noneLeft && group.isEmpty() && !group.hasPendingMembers()) {
      this.#deleteGroup(group, { trigger: 'expiry', reason: 'empty, without offsets' }, context)
    }
    return expired
  }

  /** Topics that were deleted and created again between the deletion and its tombstones here: the offsets name their id. */
  #dropOffsetsOfFormerTopics(context: GroupContext): void {
    const topics = this.#topics()
    for (const [groupId, topic, partition, committed] of [...this.#offsets.entries()]) {
      const topicId = topics.topicId(topic)
      if (topicId === undefined || !isOfAnotherTopic(committed, topicId)) continue
      context.step.append({ type: 'OffsetCommit', key: { group: groupId, topic, partition }, value: null })
    }
  }

  #dropOffsets(topics: ReadonlySet<string>, step: Step): void {
    const context = this.#contextOf(step)
    for (const [groupId, count] of deleteOffsetsOfTopics(topics, this.#offsets, step)) {
      const group = this.#groups.get(groupId)
      if (group === undefined) continue
      const reason = `${count} committed offsets were in deleted topics`
      step.event(this.#event(group, context, { type: 'offsets-expired', trigger: 'topic-deleted', reason }))
    }
  }

  #event(group: Group, { step }: GroupContext, what: Pick<GroupEvent, 'type' | 'trigger' | 'reason'>): GroupEvent {
    const { groupId, type: protocol, generationId } = group
    return { groupId, protocol, generationId, wallMs: step.wallMs, ...what }
  }

  #classicGroup(groupId: string): ClassicGroup | undefined {
    const group = this.#groups.get(groupId)
    return group instanceof ClassicGroup ? group : undefined
  }

  #contextOf(step: Step): GroupContext {
    return {
      step,
      config: this.#config(),
      deadlines: this.#deadlines,
      waiting: this.#waiting,
      topics: this.#topics(),
      groups: this.#groups,
    }
  }
}
