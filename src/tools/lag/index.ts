export {
  type GroupLag,
  type GroupToRead,
  type LagState,
  type PartitionLag,
  type ReadGroupLagOptions,
  readGroupLag,
} from './group-lag.ts'
export { type PartitionEnds, type ReadEndsOptions, readPartitionEnds } from './partition-ends.ts'
export {
  type ReadRecordLagOptions,
  type RecordLag,
  type RecordLagOptions,
  RecordLagReader,
  readRecordLag,
} from './record-lag.ts'
