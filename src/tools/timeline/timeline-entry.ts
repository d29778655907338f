import {
  decodeTimelineEvent,
  type GroupEventMember,
  type TimelineAssignment,
  type TimelineEvent,
  type TimelinePhases,
} from '../../wire/index.ts'

export type { GroupEventMember, TimelineAssignment, TimelinePhases }

/** What happened: the types of `__group_events` (docs/group-timeline.md); other clusters show some of them. */
export type TimelineType = TimelineEvent['type']

/** Why, in one word; `unknown` where records do not tell. */
export type TimelineTrigger = TimelineEvent['trigger'] | 'unknown'

/** One thing that happened to a group. */
export interface TimelineEntry extends Omit<TimelineEvent, 'version' | 'protocol' | 'generationId' | 'trigger'> {
  /** `recorded`: the coordinator said it when it decided it. `inferred`: concluded from what it stored, or from how the group looked. */
  readonly source: 'recorded' | 'inferred'
  /** The type of the group; null where it is not known. */
  readonly protocol: 'classic' | 'consumer' | 'share' | 'streams' | null
  /** Generation (classic) or group epoch (consumer) after the change; -1 where it is not known. */
  readonly generationId: number
  readonly trigger: TimelineTrigger
  /** Of a rebalance, where it is known: the assignor, and the member that assigned. */
  readonly assignor?: string
  readonly leaderId?: string
}

/** What a record of `__group_events` says; undefined when it is of another version, or none at all. */
export function recordedEntry(value: Buffer | null): TimelineEntry | undefined {
  const event = decodeTimelineEvent(value)
  if (event === undefined) return undefined
  const { version: _, ...entry } = event
  return { source: 'recorded', ...entry }
}
