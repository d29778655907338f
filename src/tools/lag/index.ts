export {
  type GroupLag,
  type GroupToRead,
  type LagState,
  type PartitionLag,
  type ReadGroupLagOptions,
  readGroupLag,
} from './group-lag.ts'
export { LagMonitor, type LagMonitorOptions } from './lag-monitor.ts'
export type {
  GroupPartitionSnapshot,
  GroupSnapshot,
  LagSnapshot,
  NodeSnapshot,
  TopicPartitionSnapshot,
  TopicSnapshot,
} from './lag-snapshot.ts'
export { type PartitionEnds, type ReadEndsOptions, readPartitionEnds } from './partition-ends.ts'
export {
  catchUpSeconds,
  defaultRules,
  type Evaluation,
  type EvaluationRules,
  evaluations,
  type Observation,
  PartitionProgress,
} from './progress.ts'
export {
  type ReadRecordLagOptions,
  type RecordLag,
  type RecordLagOptions,
  RecordLagReader,
  readRecordLag,
} from './record-lag.ts'
export { retentionSeconds } from './retention.ts'
