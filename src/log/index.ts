export { type Disk, DiskError, type DiskFile } from './disk.ts'
export type {
  AppendEntry,
  AppendOutcome,
  Appended,
  IsolationLevel,
  LogConfig,
  LogIdentity,
  LogStore,
  PartitionLog,
  ProducerInfo,
  ReadOutcome,
  ReadRequest,
  TimestampOffset,
  Unwatch,
} from './partition-log.ts'
