import type { ErrorName } from '../../wire/index.ts'
import type { Cause } from '../events.ts'
import { emit, eventMember } from '../events.ts'
import type { GroupContext } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import { assignmentsOf, changesOf, noteRemoved } from './handover.ts'
import type { ClassicMember } from './member.ts'
import { EMPTY_ASSIGNMENT } from './member.ts'
import { appendGroupMetadata } from './metadata-record.ts'
import { answerJoin, answerSync, joinError, joinSuccess, syncError } from './responses.ts'
import { renewSession } from './session.ts'

/** Starts a rebalance where none is gathering members, else looks whether the one under way can go on. */
export function rebalanceOrCompleteJoin(group: ClassicGroup, cause: Cause, context: GroupContext): void {
  if (group.state === 'PreparingRebalance') completeJoinIfAllJoined(group, cause, context)
  else prepareRebalance(group, cause, context)
}

/** The first rebalance of an empty group ends by its delay alone: more members may be on their way. */
export function completeJoinIfAllJoined(group: ClassicGroup, cause: Cause, context: GroupContext): void {
  if (group.state !== 'PreparingRebalance' || group.previousState === 'Empty') return
  if (group.hasAllMembersJoined()) completeJoin(group, cause, context)
}

export function prepareRebalance(group: ClassicGroup, cause: Cause, context: GroupContext): void {
  const { step, config, deadlines } = context
  // Those who wait for an assignment of this generation will not get it: they have to join again.
  if (group.state === 'CompletingRebalance') withdrawAssignments(group, 'REBALANCE_IN_PROGRESS', context)
  group.pendingSyncs.clear()
  deadlines.clear(group.syncDeadline)

  const isInitial = group.state === 'Empty'
  group.transitionTo('PreparingRebalance', step.wallMs)
  // One that ends without an assignment goes on as the next.
  if (group.rebalanceCause === undefined) {
    group.rebalanceStartedMs = step.nowMs
    group.rebalanceCause = cause
  }
  emit(group, context, 'rebalance-started', cause)
  if (isInitial) {
    const delayMs = config.groupInitialRebalanceDelayMs
    group.initialDelay = { delayMs, remainingMs: Math.max(group.rebalanceTimeoutMs() - delayMs, 0) }
    deadlines.set(group.joinDeadline, step.nowMs + delayMs)
  } else if (group.hasAllMembersJoined()) {
    completeJoin(group, cause, context)
  } else {
    deadlines.set(group.joinDeadline, step.nowMs + group.rebalanceTimeoutMs())
  }
}

/** The wait for members is over: the initial delay, or the rebalance timeout. */
export function onJoinDeadline(group: ClassicGroup, context: GroupContext): void {
  const { step, config, deadlines } = context
  if (group.state !== 'PreparingRebalance') return
  const delay = group.initialDelay
  if (delay !== undefined && group.newMemberAdded && delay.remainingMs !== 0) {
    // A member came during the delay, so others may follow (KIP-134); never longer than the rebalance timeout in all.
    group.newMemberAdded = false
    const delayMs = Math.min(config.groupInitialRebalanceDelayMs, delay.remainingMs)
    group.initialDelay = { delayMs, remainingMs: Math.max(delay.remainingMs - delay.delayMs, 0) }
    deadlines.set(group.joinDeadline, step.nowMs + delayMs)
    return
  }
  completeJoin(group, endOfJoinPhase(group, delay !== undefined), context)
}

function endOfJoinPhase(group: ClassicGroup, isInitial: boolean): Cause {
  if (group.members.size === 0) return { trigger: 'leave', reason: 'no member is left' }
  if (isInitial) return { trigger: 'join', reason: 'the initial rebalance delay is over' }
  return { trigger: 'rebalance-timeout', reason: 'the rebalance timeout is over' }
}

/** Ends the join phase: who has not come is out (static members are not, until their session ends); the others are a generation. */
export function completeJoin(group: ClassicGroup, cause: Cause, context: GroupContext): void {
  const { step, deadlines } = context
  deadlines.clear(group.joinDeadline)
  for (const member of [...group.members.values()]) {
    if (member.awaitingJoin !== undefined || member.groupInstanceId !== null) continue
    noteRemoved(group, member.memberId, context)
    group.remove(member.memberId, deadlines)
    emit(group, context, 'member-evicted', {
      trigger: 'rebalance-timeout',
      reason: 'did not rejoin before the rebalance timeout',
      member: eventMember(member),
    })
  }
  if (group.members.size === 0) return becomeEmpty(group, cause, context)
  if (!electJoinedLeader(group)) {
    // Static members alone, none of which came back: wait on, until their sessions end or one of them joins.
    deadlines.set(group.joinDeadline, step.nowMs + group.rebalanceTimeoutMs())
    group.initialDelay = undefined
    return
  }
  endInitialDelay(group)
  group.generationId++
  group.protocolName = group.selectProtocol()
  group.refreshSubscribedTopics()
  group.transitionTo('CompletingRebalance', step.wallMs)
  group.joinCompletedMs = step.nowMs
  group.pendingSyncs.clear()
  for (const member of group.members.values()) {
    answerJoin(group, member, context, (apiVersion) => joinSuccess(group, member.memberId, apiVersion))
    renewSession(group, member, context)
    member.isNew = false
    group.pendingSyncs.add(member.memberId)
  }
  deadlines.set(group.syncDeadline, step.nowMs + group.rebalanceTimeoutMs())
}

function becomeEmpty(group: ClassicGroup, cause: Cause, context: GroupContext): void {
  endInitialDelay(group)
  group.generationId++
  group.protocolName = undefined
  group.refreshSubscribedTopics()
  group.transitionTo('Empty', context.step.wallMs)
  group.pendingSyncs.clear()
  group.rebalanceStartedMs = undefined
  group.rebalanceCause = undefined
  const before = assignmentsOf(group)
  appendGroupMetadata(group, new Map(), context)
  emit(group, context, 'group-emptied', cause, changesOf(group, before))
}

function endInitialDelay(group: ClassicGroup): void {
  group.initialDelay = undefined
  group.newMemberAdded = false
}

/** A leader that did not join cannot assign: another that did takes its place. False when nobody did. */
function electJoinedLeader(group: ClassicGroup): boolean {
  const leader = group.leaderId === undefined ? undefined : group.members.get(group.leaderId)
  if (leader?.awaitingJoin !== undefined) return true
  for (const member of group.members.values()) {
    if (member.awaitingJoin === undefined) continue
    group.leaderId = member.memberId
    return true
  }
  return false
}

/** Takes back what the members had, and says why to those who wait for their assignment. */
export function withdrawAssignments(group: ClassicGroup, error: ErrorName, context: GroupContext): void {
  for (const member of group.members.values()) {
    member.assignment = EMPTY_ASSIGNMENT
    if (answerSync(member, context, syncError(error))) renewSession(group, member, context)
  }
}

/** A member's session is over, or a pending member did not come. */
export function onSessionDeadline(group: ClassicGroup, memberId: string, context: GroupContext): void {
  if (group.pendingMembers.has(memberId)) {
    group.remove(memberId, context.deadlines)
    const reason = `pending member ${memberId} did not join before its session timeout`
    completeJoinAfterRemoval(group, { trigger: 'session-timeout', reason }, context)
    return
  }
  const member = group.members.get(memberId)
  if (member === undefined) return
  // Who waits for an answer of ours cannot heartbeat. A new member may have given up: after a while it is let go nevertheless.
  const waits = member.awaitingJoin?.ticket !== undefined || member.awaitingSync?.ticket !== undefined
  if (waits && !member.isNew) return
  const reason =
    member.isNew && waits
      ? `the first join of member ${memberId} waited too long`
      : `no heartbeat of member ${memberId} within its session timeout of ${member.sessionTimeoutMs} ms`
  removeMember(
    group,
    member,
    'member-evicted',
    { trigger: 'session-timeout', reason, member: eventMember(member) },
    context,
  )
}

/** Removes a member and lets the group go on without it. */
export function removeMember(
  group: ClassicGroup,
  member: ClassicMember,
  type: 'member-evicted' | 'member-left',
  cause: Cause,
  context: GroupContext,
): void {
  takeMember(group, member, type, cause, context)
  if (group.state === 'PreparingRebalance') completeJoinAfterRemoval(group, cause, context)
  else prepareRebalance(group, cause, context)
}

/** Removes a member, and leaves it to the caller to let the group go on. */
export function takeMember(
  group: ClassicGroup,
  member: ClassicMember,
  type: 'member-evicted' | 'member-left',
  cause: Cause,
  context: GroupContext,
): void {
  // One that still waits, and is alive, joins again as a new member.
  answerJoin(group, member, context, (apiVersion) => joinError('UNKNOWN_MEMBER_ID', apiVersion, ''))
  answerSync(member, context, syncError('UNKNOWN_MEMBER_ID'))
  noteRemoved(group, member.memberId, context)
  group.remove(member.memberId, context.deadlines)
  emit(group, context, type, cause)
}

/** Unlike a join, the end of the last one that was waited for ends the initial rebalance too (as in Kafka). */
export function completeJoinAfterRemoval(group: ClassicGroup, cause: Cause, context: GroupContext): void {
  if (group.state === 'PreparingRebalance' && group.hasAllMembersJoined()) completeJoin(group, cause, context)
}

/** Members that have not asked for their assignment within the rebalance timeout are out: the group does not wait for ever. */
export function onSyncDeadline(group: ClassicGroup, context: GroupContext): void {
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return
  if (group.pendingSyncs.size === 0) return
  const expelled = [...group.pendingSyncs]
  for (const memberId of expelled) {
    const member = group.members.get(memberId)
    if (member === undefined) continue
    const reason = `member ${memberId} did not sync within the rebalance timeout`
    takeMember(
      group,
      member,
      'member-evicted',
      { trigger: 'sync-timeout', reason, member: eventMember(member) },
      context,
    )
  }
  const reason = `removed members that did not sync within the rebalance timeout: ${expelled.join(', ')}`
  prepareRebalance(group, { trigger: 'sync-timeout', reason }, context)
}
