import type { LagState } from './group-lag.ts'
import type { Evaluation, PartitionProgress } from './progress.ts'

/** All groups at one time. Parts of it are changed by the monitor's next round: use it in the turn in which you get it, or in `onSnapshot`. */
export interface LagSnapshot {
  /** Wall clock, in ms: the end of the round. */
  readonly atMs: number
  readonly durationMs: number
  readonly clusterId: string | null
  readonly nodes: readonly NodeSnapshot[]
  readonly controllerId: number
  /** By group id. */
  readonly groups: readonly GroupSnapshot[]
  /** By topic; all of those that groups have offsets in, or all that there are (`topics: 'all'`). */
  readonly topics: readonly TopicSnapshot[]
  /** Groups that are there and were left out, by the limit of partitions. */
  readonly groupsLeftOut: number
  /** Places whose records were not looked at in this round, by its limit. */
  readonly placesLeftOut: number
}

/** A broker. */
export interface NodeSnapshot {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  /** On its disks, of all topics of the snapshot; NaN where that is not known or was not asked for. */
  readonly logBytes: number
}

/** NaN stands for what is not known. */
export interface TopicPartitionSnapshot {
  readonly topic: TopicSnapshot
  readonly partition: number
  readonly logStartOffset: number
  readonly logEndOffset: number
  /** Offsets a second. */
  readonly appendRate: number
  readonly leaderId: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** On the leader's disk, or that of the replica that has most; NaN where it was not asked for. */
  readonly logBytes: number
}

/** A topic that groups have offsets in, or any, as the monitor was told. */
export interface TopicSnapshot {
  readonly name: string
  /** Holes where a partition is not known. */
  readonly partitions: readonly (TopicPartitionSnapshot | undefined)[]
  /** `retention.ms` where the cleanup policy deletes; Infinity where nothing goes; NaN where it is not known. */
  readonly retentionMs: number
  /** `retention.bytes`, of each partition, likewise. */
  readonly retentionBytes: number
  /** As it is configured: 'delete', 'compact', 'compact,delete'; undefined where it is not known. */
  readonly cleanupPolicy: string | undefined
  /** On the disks of all nodes; NaN where that is not known or was not asked for. */
  readonly logBytes: number
}

/** A group as the last round saw it. */
export interface GroupSnapshot {
  readonly groupId: string
  /** Why the group cannot be read; then all else is what was known before. */
  readonly failure: string | undefined
  readonly type: string
  readonly protocolType: string
  readonly state: string
  readonly assignor: string
  readonly coordinatorId: number
  readonly members: number
  /** Members without a partition. */
  readonly idleMembers: number
  /** Members that have partitions of a topic, and how many partitions they have together. */
  readonly assignedByTopic: ReadonlyMap<string, { readonly members: number; readonly partitions: number }>
  /** Wall clock, in ms: since when the group has been seen without members; NaN while it has some. */
  readonly emptySinceMs: number
  /** `offsets.retention.minutes`, in ms; NaN where it is not known. */
  readonly offsetsRetentionMs: number
  readonly partitions: readonly GroupPartitionSnapshot[]
  readonly evaluation: Evaluation | undefined
}

/** NaN stands for what is not known. */
export interface GroupPartitionSnapshot {
  readonly topic: string
  readonly partition: number
  readonly place: TopicPartitionSnapshot | undefined
  readonly state: LagState
  readonly reason: string | undefined
  readonly committedOffset: number
  readonly lag: number
  readonly lostOffsets: number
  /** Milliseconds that the oldest unread record has been waiting. */
  readonly lagMs: number
  /** How far that may be off: 0 where the record was looked at, else by when the log's end was where. */
  readonly lagErrorMs: number
  readonly oldestTimestampMs: number
  readonly records: number
  readonly minRecords: number
  readonly maxRecords: number
  readonly progress: PartitionProgress
  readonly evaluation: Evaluation | undefined
  /** The member that has it. */
  readonly owner: { readonly memberId: string; readonly clientId: string; readonly host: string } | undefined
}
