import type { ErrorName } from '../../wire/index.ts'
import type { CommandOf } from '../commands.ts'
import { completed, emit, eventMember } from '../events.ts'
import type { GroupContext } from '../group.ts'
import type { Ticket } from '../step.ts'
import type { ClassicGroup } from './classic-group.ts'
import { emitFenced } from './fenced.ts'
import { assignmentsOf, changesOf, noteHanded, noteHandedLate, noteReleased, noteTold } from './handover.ts'
import type { ClassicMember } from './member.ts'
import { EMPTY_ASSIGNMENT } from './member.ts'
import { appendGroupMetadata, isTooLarge } from './metadata-record.ts'
import { prepareRebalance, withdrawAssignments } from './rebalance.ts'
import { answerSync, awaitSync, syncError, syncSuccess } from './responses.ts'
import { renewSession } from './session.ts'

type SyncCommand = CommandOf<'SyncGroup'>

/** SyncGroup: followers wait for the leader's assignment, the leader brings it. */
export function syncGroup(group: ClassicGroup, command: SyncCommand, ticket: Ticket, context: GroupContext): void {
  const error = validateSync(group, command)
  if (error === 'FENCED_INSTANCE_ID') emitFenced(group, context, command.request, command.client)
  if (error !== 'NONE') return context.step.reply(ticket, syncError(error))
  const member = group.members.get(command.request.memberId)!
  switch (group.state) {
    case 'Empty':
      return context.step.reply(ticket, syncError('UNKNOWN_MEMBER_ID'))
    case 'PreparingRebalance':
      noteTold(member, context)
      return context.step.reply(ticket, syncError('REBALANCE_IN_PROGRESS'))
    case 'CompletingRebalance':
      awaitSync(group, member, { ticket, apiVersion: command.apiVersion }, context)
      receiveSync(group, member, context)
      if (group.isLeader(member.memberId)) assign(group, member, command, context)
      return
    case 'Stable':
      receiveSync(group, member, context)
      noteHandedLate(group, member, context)
      return context.step.reply(ticket, syncSuccess(group, member))
  }
}

function validateSync(group: ClassicGroup, command: SyncCommand): ErrorName {
  const { memberId, groupInstanceId, generationId, protocolType, protocolName } = command.request
  if (group.state === 'Empty') return 'UNKNOWN_MEMBER_ID'
  const error = group.validateMember(memberId, groupInstanceId)
  if (error !== 'NONE') return error
  if (generationId !== group.generationId) return 'ILLEGAL_GENERATION'
  // KIP-559: a member may say what it takes the group for.
  if (differs(protocolType, group.protocolType) || differs(protocolName, group.protocolName)) {
    return 'INCONSISTENT_GROUP_PROTOCOL'
  }
  return 'NONE'
}

function differs(said: string | null, known: string | undefined): boolean {
  return said !== null && known !== undefined && said !== known
}

function receiveSync(group: ClassicGroup, member: ClassicMember, context: GroupContext): void {
  group.pendingSyncs.delete(member.memberId)
  if (group.pendingSyncs.size === 0) context.deadlines.clear(group.syncDeadline)
}

/** The generation is complete: persist it, and tell each member what it has. Members that the leader forgot have nothing. */
function assign(group: ClassicGroup, leader: ClassicMember, command: SyncCommand, context: GroupContext): void {
  const assignments = new Map<string, Buffer>()
  for (const { memberId, assignment } of command.request.assignments) {
    if (group.members.has(memberId)) assignments.set(memberId, Buffer.from(assignment))
  }
  for (const memberId of group.members.keys()) {
    if (!assignments.has(memberId)) assignments.set(memberId, EMPTY_ASSIGNMENT)
  }
  if (isTooLarge(group, assignments, context)) {
    withdrawAssignments(group, 'UNKNOWN_SERVER_ERROR', context)
    const reason = 'the metadata and assignments of the group are larger than one record may be'
    return prepareRebalance(group, { trigger: 'join', reason, member: eventMember(leader) }, context)
  }
  const before = assignmentsOf(group)
  noteReleased(group, { before, after: assignments }, context)
  appendGroupMetadata(group, assignments, context)
  for (const member of group.members.values()) {
    member.assignment = assignments.get(member.memberId)!
    // Its session may have ended unheeded while it waited, so it begins anew.
    if (!answerSync(member, context, syncSuccess(group, member))) continue
    renewSession(group, member, context)
    noteHanded(group, member, context)
  }
  group.transitionTo('Stable', context.step.wallMs)
  emitCompleted(group, leader, before, context)
}

function emitCompleted(
  group: ClassicGroup,
  leader: ClassicMember,
  before: ReadonlyMap<string, Buffer>,
  context: GroupContext,
): void {
  const { nowMs } = context.step
  const { rebalanceStartedMs, joinCompletedMs } = group
  const known = rebalanceStartedMs !== undefined && joinCompletedMs !== undefined
  const outcome = `generation ${group.generationId} has ${group.members.size} members, assigned by ${leader.memberId}`
  emit(group, context, 'rebalance-completed', completed(group.rebalanceCause, outcome), {
    phases: {
      prepareMs: known ? Math.round(joinCompletedMs - rebalanceStartedMs) : undefined,
      syncMs: joinCompletedMs === undefined ? undefined : Math.round(nowMs - joinCompletedMs),
    },
    ...changesOf(group, before),
    unowned: group.gaps.takeEnded(),
  })
  group.rebalanceStartedMs = undefined
  group.rebalanceCause = undefined
  group.joinCompletedMs = undefined
}
