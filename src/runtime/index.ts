export type {
  AssignmentChange,
  ClientInfo,
  CommandOf,
  ConsumerGroupConfig,
  Effect,
  EffectResult,
  GroupCommand,
  GroupConfig,
  GroupEvent,
  GroupResponse,
  GroupResponses,
  OffsetFetchTopic,
  TopicImage,
} from '../coordinator/index.ts'
export { GroupRuntime, type GroupRuntimeOptions } from './group-runtime.ts'
export type { GroupCount, GroupMetrics } from './metrics.ts'
export type { ReplayedRecord, ShardLog } from './shard-log.ts'
