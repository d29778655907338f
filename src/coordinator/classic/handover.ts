import type { TopicPartitions } from '../../assignor/index.ts'
import { consumerProtocolAssignment, consumerProtocolSubscription, WireError } from '../../wire/index.ts'
import { emit, eventMember } from '../events.ts'
import type { GroupContext } from '../group.ts'
import type { AssignmentChange } from '../group-event.ts'
import { difference } from '../partition-gaps.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicMember } from './member.ts'
import { metadataOf } from './member.ts'
import { CONSUMER_PROTOCOL_TYPE } from './subscription.ts'

// What the group timeline says of partitions. Assignments are the members' business, but those of consumers can be read; what cannot be read has
// no part in it.

/** What the members had in the last generation that was completed, as the leader wrote it. */
export function assignmentsOf(group: ClassicGroup): ReadonlyMap<string, Buffer> {
  return new Map(group.persisted?.members.map((member) => [member.memberId, member.assignment]))
}

/** Partitions before and after, for an event; nothing when the members are no consumers. */
export function changesOf(
  group: ClassicGroup,
  before: ReadonlyMap<string, Buffer>,
): { readonly assignments?: readonly AssignmentChange[] } {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return {}
  const read = (assignment: Buffer | undefined): TopicPartitions | null =>
    assignment === undefined ? null : (readAssigned(assignment) ?? null)
  const assignments: AssignmentChange[] = []
  for (const { memberId, assignment } of group.members.values()) {
    assignments.push({ memberId, before: read(before.get(memberId)), after: read(assignment) })
  }
  for (const [memberId, assignment] of before) {
    if (!group.members.has(memberId)) assignments.push({ memberId, before: read(assignment), after: null })
  }
  return { assignments }
}

/** The member is told to join again, or does so by itself: what it does not bring along when it joins, it has given up by then. */
export function noteTold(member: ClassicMember, { step }: GroupContext): void {
  member.toldMs ??= step.nowMs
}

/** Called before the member is removed. */
export function noteRemoved(group: ClassicGroup, memberId: string, { step }: GroupContext): void {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return
  const had = group.persisted?.members.find((member) => member.memberId === memberId)?.assignment
  const partitions = had && readAssigned(had)
  if (partitions !== undefined) group.gaps.release(partitions, step.nowMs)
}

/**
 * The leader's assignment is there. Members that gave everything up to join (eager assignors) have had nothing since they were told; those that
 * kept what they owned (cooperative ones, KIP-429) learn from the answer to their SyncGroup what they give up.
 */
export function noteReleased(
  group: ClassicGroup,
  { before, after }: { readonly before: ReadonlyMap<string, Buffer>; readonly after: ReadonlyMap<string, Buffer> },
  { step }: GroupContext,
): void {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return
  for (const [memberId, assignment] of before) {
    const member = group.members.get(memberId)
    const had = readAssigned(assignment)
    if (member === undefined || had === undefined) continue
    const kept = readOwned(metadataOf(member, group.protocolName ?? ''))
    group.gaps.release(difference(had, kept), member.toldMs ?? step.nowMs)
    group.gaps.release(difference(had, readAssigned(after.get(memberId)!) ?? NOTHING), step.nowMs)
  }
}

/** The member is answered with its assignment. */
export function noteHanded(group: ClassicGroup, member: ClassicMember, { step }: GroupContext): void {
  member.toldMs = undefined
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return
  const partitions = readAssigned(member.assignment)
  if (partitions !== undefined) group.gaps.take(partitions, step.nowMs)
}

/** As `noteHanded`, when the group's own event is out already. */
export function noteHandedLate(group: ClassicGroup, member: ClassicMember, context: GroupContext): void {
  noteHanded(group, member, context)
  const unowned = group.gaps.takeEnded()
  if (unowned.length === 0) return
  const reason = `member ${member.memberId} asked for its assignment after the group was stable`
  const cause = { trigger: 'join', reason, member: eventMember(member) } as const
  emit(group, context, 'partitions-handed-over', cause, { unowned })
}

/** Undefined when it cannot be read. */
function readAssigned(assignment: Buffer): TopicPartitions | undefined {
  if (assignment.length === 0) return NOTHING
  return readable(() => {
    if (assignment.readInt16BE(0) < 0) return undefined
    const { assignedPartitions } = consumerProtocolAssignment.decodePrefix(assignment.subarray(2), 0)
    return byTopic(assignedPartitions)
  })
}

/** Nothing where the subscription does not say. */
function readOwned(metadata: Buffer | undefined): TopicPartitions {
  if (metadata === undefined) return NOTHING
  const owned = readable(() => {
    const version = Math.min(metadata.readInt16BE(0), 1)
    if (version < 1) return undefined
    return byTopic(consumerProtocolSubscription.decodePrefix(metadata.subarray(2), version).ownedPartitions)
  })
  return owned ?? NOTHING
}

function byTopic(list: readonly { readonly topic: string; readonly partitions: readonly number[] }[]): TopicPartitions {
  const partitions = new Map<string, readonly number[]>()
  for (const { topic, partitions: numbers } of list) {
    if (numbers.length > 0) partitions.set(topic, [...(partitions.get(topic) ?? []), ...numbers])
  }
  return partitions
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof WireError || error instanceof RangeError) return undefined
    throw error
  }
}

const NOTHING: TopicPartitions = new Map()
