import {
  type ServerAssignment,
  type ServerAssignorInput,
  type ServerAssignorName,
  serverAssignors,
} from '../../assignor/index.ts'
import type { TopicImage } from '../commands.ts'
import type { GroupContext } from '../group.ts'
import { consumerConfigOf, INLINE_ASSIGNMENT_COST_MAX_DEFAULT } from '../group-config.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { noteAssigned } from './handover.ts'
import { type ConsumerMember, regexOf } from './member.ts'
import { NO_PARTITIONS, samePartitions } from './partitions.ts'
import { targetEpochRecord, targetRecord } from './records.ts'

/** What a large assignment is computed from, outside: values that can be sent to another thread. */
export interface AssignEffect {
  readonly type: 'assign'
  readonly groupId: string
  readonly groupEpoch: number
  /** Tells it from another of the same epoch, whose members are not the same any more. */
  readonly assignmentId: number
  readonly assignor: ServerAssignorName
  readonly input: ServerAssignorInput
}
export interface AssignResult {
  readonly type: 'assigned'
  readonly groupId: string
  readonly groupEpoch: number
  readonly assignmentId: number
  /** Undefined when it failed. */
  readonly assignment: ServerAssignment | undefined
}

/**
 * A group whose epoch has risen gets a target assignment, unless one was computed a moment ago: then it waits, and whatever happens meanwhile
 * goes into the same computation. The first of a group is always computed at once, because a member cannot be in epoch 0.
 */
export function assignIfDue(group: ConsumerGroup, context: GroupContext): void {
  if (group.groupEpoch <= group.assignmentEpoch || group.assigningId !== undefined) return
  const { nowMs } = context.step
  const { assignmentIntervalMs } = consumerConfigOf(context.config)
  if (group.assignmentEpoch > 0 && nowMs < group.assignedAtMs + assignmentIntervalMs) return assignLater(group, context)
  assign(group, context)
}

/** Something has changed while no member asked: the group does not wait for the next heartbeat (Kafka does). */
export function assignLater(group: ConsumerGroup, context: GroupContext): void {
  const { assignmentIntervalMs } = consumerConfigOf(context.config)
  if (assignmentIntervalMs === 0 || group.isEmpty() || group.groupEpoch <= group.assignmentEpoch) return
  if (group.assigningId !== undefined || group.assignDeadline.index >= 0) return
  const { nowMs } = context.step
  context.deadlines.set(group.assignDeadline, Math.max(nowMs, group.assignedAtMs + assignmentIntervalMs))
}

function assign(group: ConsumerGroup, context: GroupContext): void {
  const { groupId, groupEpoch } = group
  context.deadlines.clear(group.assignDeadline)
  const assignor = assignorOf(group, context)
  const input = assignorInput(group, context.topics)
  group.assignedAtMs = context.step.nowMs
  const { inlineAssignmentCostMax = INLINE_ASSIGNMENT_COST_MAX_DEFAULT } = consumerConfigOf(context.config)
  if (group.assignmentEpoch > 0 && costOf(input) > inlineAssignmentCostMax) {
    const assignmentId = group.nextAssignmentId++
    group.assigningId = assignmentId
    group.assigningSinceMs = context.step.nowMs
    context.step.ask({ type: 'assign', groupId, groupEpoch, assignmentId, assignor, input })
    return
  }
  writeTarget(group, groupEpoch, serverAssignors[assignor].assign(input), context)
}

/** A large assignment is there. Meanwhile members may have come and gone, and another one may be due. */
export function onAssigned(group: ConsumerGroup, result: AssignResult, context: GroupContext): void {
  // A static member that was replaced has its former target under another name: what was computed does not know it.
  if (group.assigningId !== result.assignmentId) return
  group.assigningId = undefined
  const sinceMs = group.assigningSinceMs ?? context.step.nowMs
  if (group.rebalance !== undefined) group.rebalance.assignMs += context.step.nowMs - sinceMs
  if (result.assignment !== undefined && result.groupEpoch > group.assignmentEpoch) {
    writeTarget(group, result.groupEpoch, result.assignment, context)
  }
  assignLater(group, context)
}

/** Only what differs is written. */
function writeTarget(group: ConsumerGroup, epoch: number, assignment: ServerAssignment, context: GroupContext): void {
  const { groupId } = group
  for (const memberId of group.members.keys()) {
    const before = group.targets.get(memberId)
    const target = assignment.get(memberId) ?? NO_PARTITIONS
    if (before === undefined || !samePartitions(before, target))
      context.step.append(targetRecord(groupId, memberId, target))
  }
  context.step.append(targetEpochRecord(groupId, epoch))
  noteAssigned(group, context)
}

/** What most members ask for, else the first of the configured ones. A name that is not configured any more is passed over. */
export function assignorOf(group: ConsumerGroup, context: GroupContext): ServerAssignorName {
  const { assignors } = consumerConfigOf(context.config)
  const preferred = assignors.find((name) => name === group.preferredAssignor())
  return preferred ?? assignors[0] ?? 'uniform'
}

export function assignorInput(group: ConsumerGroup, topics: TopicImage): ServerAssignorInput {
  const isHomogeneous = group.subscriptions.isHomogeneous(group.members.size)
  const partitionCounts = new Map<string, number>()
  const idsOf = (member: ConsumerMember): ReadonlySet<string> => {
    const ids = subscribedTopicIds(group, member, topics)
    for (const name of subscribedNames(group, member)) {
      const topicId = topics.topicId(name)
      if (topicId !== undefined) partitionCounts.set(topicId, topics.partitionCount(name) ?? 0)
    }
    return ids
  }
  const shared = new Map<string, ReadonlySet<string>>()
  const members = [...group.members.values()].map((member) => {
    const key = JSON.stringify([member.subscribedTopicNames, regexOf(member)])
    const ids = shared.get(key) ?? idsOf(member)
    shared.set(key, ids)
    const { memberId, instanceId, rackId } = member
    return { memberId, instanceId, rackId, subscribedTopicIds: ids, assignment: group.targetOf(memberId) }
  })
  return { members, partitionCounts, isHomogeneous }
}

export function subscribedTopicIds(
  group: ConsumerGroup,
  member: ConsumerMember,
  topics: TopicImage,
): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const name of subscribedNames(group, member)) {
    const topicId = topics.topicId(name)
    if (topicId !== undefined) ids.add(topicId)
  }
  return ids
}

/** An expression that is not evaluated yet matches nothing. */
function* subscribedNames(group: ConsumerGroup, member: ConsumerMember): Generator<string> {
  yield* member.subscribedTopicNames
  const regex = regexOf(member)
  if (regex !== undefined) yield* group.subscriptions.resolved.get(regex)?.topics ?? []
}

function costOf({ members, partitionCounts, isHomogeneous }: ServerAssignorInput): number {
  let cost = members.length
  for (const count of partitionCounts.values()) cost += count
  return isHomogeneous ? cost : cost * 2
}
