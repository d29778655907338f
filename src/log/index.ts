export { type Disk, DiskError, type DiskFile } from './disk.ts'
export { createMemoryLogStore, type MemoryLogOptions } from './memory-log.ts'
export type {
  AppendEntry,
  Appended,
  AppendOutcome,
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
