export { ClassicGroup, type ClassicGroupState } from './classic/classic-group.ts'
export type {
  ClientInfo,
  CommandOf,
  Effect,
  EffectResult,
  GroupCommand,
  GroupResponse,
  GroupResponses,
  OffsetFetchTopic,
  TopicImage,
} from './commands.ts'
export { ConsumerGroup, type ConsumerGroupState } from './consumer/index.ts'
export { errorResponse, loadingResponse, precheck } from './error-response.ts'
export type { Group } from './group.ts'
export type { ConsumerGroupConfig, ConsumerGroupOverrides, GroupConfig } from './group-config.ts'
export type { AssignmentChange, GroupEvent } from './group-event.ts'
export { shardOfGroup } from './java-hash.ts'
export type { CommittedOffset, OffsetStore } from './offset-store.ts'
export { type CoordinatorRecord, decodeRecord, type EncodedRecord, encodeRecord } from './records.ts'
export { ShardCoordinator } from './shard-coordinator.ts'
export type { RecordOrigin, RecordPosition, Step, Ticket } from './step.ts'
