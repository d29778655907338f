import type { AssignmentChange, GroupEvent } from '../../coordinator/index.ts'
import type { TimelineAssignment, TimelineEvent, TimelinePhases } from '../../wire/index.ts'

const EVENT_BYTES_MAX = 64 * 1024
/** A partition takes two characters at least: more than these cannot fit, and are not written only to be thrown away. */
const PARTITIONS_MAX = EVENT_BYTES_MAX / 2

/** The JSON of an event, at most about 64 KB: of a larger one first what has not changed is left out, then all that is about partitions. */
export function encodeEvent(event: GroupEvent): Buffer {
  const { assignments = [], unowned = [], ...others } = timelineEvent(event)
  const changed = assignments.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
  const forms: readonly (() => TimelineEvent)[] = [
    () => ({ ...others, ...(event.assignments && { assignments }), ...(event.unowned && { unowned }) }),
    () => ({ ...others, assignments: changed, ...(event.unowned && { unowned }), omitted: ['unchanged'] }),
    () => ({ ...others, ...(event.unowned && { unowned }), omitted: ['assignments'] }),
    () => ({ ...others, omitted: ['assignments', 'unowned'] }),
  ]
  const isHopeless = partitionsIn(event.assignments ?? []) > PARTITIONS_MAX
  for (const form of isHopeless ? forms.slice(2) : forms) {
    const json = Buffer.from(JSON.stringify(form()))
    if (json.length <= EVENT_BYTES_MAX) return json
  }
  return Buffer.from(JSON.stringify({ ...others, reason: others.reason.slice(0, 1_000), member: undefined }))
}

/** How much memory an event holds, in about partitions. */
export function weightOf({ assignments = [], unowned = [] }: GroupEvent): number {
  return 10 + unowned.length + partitionsIn(assignments)
}

function timelineEvent(event: GroupEvent): TimelineEvent {
  const { groupId, protocol, generationId, wallMs, type, trigger, reason, member, phases, assignments, unowned } = event
  const base = { version: 1, timeMs: wallMs, groupId, protocol, generationId } as const
  const fits = assignments !== undefined && partitionsIn(assignments) <= PARTITIONS_MAX
  return {
    ...base,
    type,
    trigger,
    reason,
    ...(member && { member }),
    ...(phases && { phases: phasesOf(phases) }),
    ...(fits && { assignments: assignments.map(assignmentOf) }),
    ...(unowned && { unowned }),
  }
}

/** JSON has no undefined. */
function phasesOf(phases: NonNullable<GroupEvent['phases']>): TimelinePhases {
  const entries = Object.entries(phases).map(([phase, ms]) => [phase, ms ?? null] as const)
  return Object.fromEntries(entries) as unknown as TimelinePhases
}

function assignmentOf({ memberId, before, after }: AssignmentChange): TimelineAssignment {
  return { memberId, before: before && Object.fromEntries(before), after: after && Object.fromEntries(after) }
}

function partitionsIn(assignments: readonly AssignmentChange[]): number {
  let count = 0
  for (const { before, after } of assignments) {
    for (const numbers of before?.values() ?? []) count += numbers.length
    for (const numbers of after?.values() ?? []) count += numbers.length
  }
  return count
}
