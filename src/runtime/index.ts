export { GroupRuntime, type GroupRuntimeOptions } from './group-runtime.ts'
export type { GroupCount, GroupMetrics } from './metrics.ts'
export type { ReplayedRecord, ShardLog } from './shard-log.ts'
