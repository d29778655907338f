export { durationOf, movesOf, type PartitionMove } from './moves.ts'
export { type ReadTimelineOptions, readGroupTimeline } from './read-timeline.ts'
export { memberText, sentenceOf, triggerText } from './sentence.ts'
export { summaryOf, type TimelineSummary } from './summary.ts'
export { summaryText } from './summary-text.ts'
export type {
  GroupEventMember,
  TimelineAssignment,
  TimelineEntry,
  TimelinePhases,
  TimelineTrigger,
  TimelineType,
} from './timeline-entry.ts'
