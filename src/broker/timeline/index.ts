export { GroupTimeline } from './group-timeline.ts'
export type { TimelineOptions } from './read-timeline.ts'
