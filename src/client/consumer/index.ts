export type { TopicPartition } from '../../assignor/index.ts'
export type { ExplainOptions } from './ask-group.ts'
export type { CommitCallOptions, OffsetAndMetadata, OffsetToCommit } from './commit/commits.ts'
export { Consumer, type ConsumerOptions } from './consumer.ts'
export type { CloseOptions } from './consumer-calls.ts'
export { type ConsumerSettings, consumerSettings } from './consumer-settings.ts'
export type { ConsumerStats, PartitionStats } from './consumer-stats.ts'
export type { ConsumerReport, Explanation, Health, PartitionReport, Reason, ReasonFound } from './explanation.ts'
export { ConsumerRecord, type RecordSerdes } from './fetch/consumer-record.ts'
export type { FetchCounts } from './fetch/fetcher.ts'
export type { ListedOffset, ListOptions } from './fetch/list-offsets.ts'
export { RecordError } from './fetch/record-error.ts'
export type { ListenerContext, RebalanceListener } from './group-host.ts'
export type { BatchIterator } from './iterate/batches.ts'
export type { ForEach, PartitionStream, PartitionStreams, RecordBatch } from './iterate/partition-streams.ts'
export type { PollOptions } from './iterate/poll.ts'
export type { IterateOptions } from './iterate/record-iterator.ts'
export type { HandlerContext, RecordHandler, RunOptions } from './iterate/run.ts'
export type { PartitionOffset, PartitionOffsetForTime } from './offset-queries.ts'
export {
  type DeadLetterOptions,
  deadLetter,
  type ErrorPolicy,
  type FailedRecord,
  type FailureTools,
  fail,
  type RawProducer,
  type RetryOptions,
  retry,
  skip,
  type Verdict,
} from './on-error.ts'
export { parseResetStrategy, type ResetStrategy } from './reset-strategy.ts'
export type { RemotePattern, TopicsInput } from './subscription.ts'
