export type { CleanerConfig } from './compaction/log-cleaner.ts'
export { type Disk, DiskError, type DiskFile, type DiskLock, type DiskSpace } from './disk/disk.ts'
export { type DiskLogLimits, type DiskLogOptions, type DiskLogStore, openDiskLogStore } from './disk/disk-log.ts'
export { nodeDisk } from './disk/node-disk.ts'
export { LogOpenError } from './log-open-error.ts'
export { createMemoryLogStore, type MemoryLogOptions } from './memory-log.ts'
export type {
  CheckpointMetrics,
  CleanerMetrics,
  DiskMetrics,
  LogStoreMetrics,
  StorageProblem,
  TopicMetrics,
  WalMetrics,
} from './metrics.ts'
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
  ReadFailure,
  ReadOutcome,
  ReadRequest,
  TimestampOffset,
  Unwatch,
} from './partition-log.ts'
export type { FlushMode } from './wal/wal.ts'
