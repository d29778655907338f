import type { ErrorName, JoinGroupResponse, SyncGroupResponse } from '../../wire/index.ts'
import { ErrorCode } from '../../wire/index.ts'
import type { GroupContext } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicMember, Waiter } from './member.ts'
import { EMPTY_ASSIGNMENT, metadataOf } from './member.ts'

export function joinError(error: ErrorName, apiVersion: number, memberId: string): JoinGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    generationId: -1,
    protocolType: null,
    protocolName: protocolNameFor(apiVersion, undefined),
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }
}

/** The current generation, as the member sees it: only the leader is told of the others, unless it shall not assign. */
export function joinSuccess(
  group: ClassicGroup,
  memberId: string,
  apiVersion: number,
  as: { readonly leader?: string; readonly members?: 'none'; readonly skipAssignment?: boolean } = {},
): JoinGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    generationId: group.generationId,
    protocolType: group.protocolType ?? null,
    protocolName: protocolNameFor(apiVersion, group.protocolName),
    leader: as.leader ?? group.leaderId ?? '',
    skipAssignment: as.skipAssignment ?? false,
    memberId,
    members: as.members !== 'none' && group.isLeader(memberId) ? membersForLeader(group) : [],
  }
}

export function syncError(error: ErrorName): SyncGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    protocolType: null,
    protocolName: null,
    assignment: EMPTY_ASSIGNMENT,
  }
}

export function syncSuccess(group: ClassicGroup, member: ClassicMember): SyncGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    protocolType: group.protocolType ?? null,
    protocolName: group.protocolName ?? null,
    assignment: member.assignment,
  }
}

/** Lets a member wait for the end of the join phase. An older request of its, which its client has given up, is answered. */
export function awaitJoin(group: ClassicGroup, member: ClassicMember, waiter: Waiter, context: GroupContext): void {
  const superseded = member.awaitingJoin
  if (superseded !== undefined) {
    answerTicket(superseded, joinError('REBALANCE_IN_PROGRESS', superseded.apiVersion, member.memberId), context)
  }
  group.setAwaitingJoin(member, waiter)
  if (waiter.ticket === undefined) return
  context.waiting.set(waiter.ticket, { groupId: group.groupId, memberId: member.memberId, request: 'join' })
}

export function awaitSync(group: ClassicGroup, member: ClassicMember, waiter: Waiter, context: GroupContext): void {
  if (member.awaitingSync !== undefined) answerTicket(member.awaitingSync, syncError('REBALANCE_IN_PROGRESS'), context)
  member.awaitingSync = waiter
  if (waiter.ticket === undefined) return
  context.waiting.set(waiter.ticket, { groupId: group.groupId, memberId: member.memberId, request: 'sync' })
}

/** Whether the member was waiting for it. */
export function answerJoin(
  group: ClassicGroup,
  member: ClassicMember,
  context: GroupContext,
  response: (apiVersion: number) => JoinGroupResponse,
): boolean {
  const waiter = member.awaitingJoin
  if (waiter === undefined) return false
  group.setAwaitingJoin(member, undefined)
  answerTicket(waiter, response(waiter.apiVersion), context)
  return true
}

export function answerSync(member: ClassicMember, context: GroupContext, response: SyncGroupResponse): boolean {
  const waiter = member.awaitingSync
  if (waiter === undefined) return false
  member.awaitingSync = undefined
  answerTicket(waiter, response, context)
  return true
}

function answerTicket(waiter: Waiter, response: JoinGroupResponse | SyncGroupResponse, context: GroupContext): void {
  if (waiter.ticket === undefined) return
  context.waiting.delete(waiter.ticket)
  context.step.reply(waiter.ticket, response)
}

function membersForLeader(group: ClassicGroup): JoinGroupResponse['members'] {
  return [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataOf(member, group.protocolName ?? '') ?? EMPTY_ASSIGNMENT,
  }))
}

/** Before version 7 the field cannot be null. */
function protocolNameFor(apiVersion: number, name: string | undefined): string | null {
  return name ?? (apiVersion < 7 ? '' : null)
}
