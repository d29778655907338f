import {
  catchUpSeconds,
  evaluations,
  type GroupPartitionSnapshot,
  type GroupSnapshot,
  retentionSeconds,
} from '../lag/index.ts'
import type { GroupEventCounts } from './group-event-counts.ts'
import { labelText, type MetricFamily } from './metric-page.ts'
import type { PageView } from './page-view.ts'
import { each, groupPartitions, type LabelMemory, maxOf, metric, places, sumOf } from './walks.ts'

export interface LagFamiliesOptions {
  readonly events: GroupEventCounts | undefined
  /** Series of topics' partitions. */
  readonly withTopics: boolean
}

/** kohort's own metrics of groups; docs/consumer-lag.md explains each, and a test compares. */
export function lagFamilies(view: PageView, { events, withTopics }: LagFamiliesOptions): MetricFamily[] {
  return [
    ...groupFamilies(view),
    ...(events === undefined ? [] : eventFamilies(view.groups, events)),
    ...partitionFamilies(view.detailed, view.snapshot.atMs),
    ...(withTopics ? topicFamilies(view) : []),
  ]
}

/** Series that a partition of a group has at most. */
export function seriesAPartition(includesMetric: (name: string) => boolean): number {
  return partitionFamilies([], 0).filter(({ name }) => includesMetric(name)).length
}

function groupFamilies({ snapshot, groups }: PageView): MetricFamily[] {
  const inGroup = each(groups, ({ groupId }) => ({ consumer_group: groupId }))
  const gauge = (name: string, help: string, measure: (group: GroupSnapshot) => number): MetricFamily =>
    metric(name, help, inGroup, measure)
  return [
    metric(
      'kafka_consumer_group_info',
      'Always 1; the labels say what the group is.',
      each(groups, ({ groupId, type, protocolType, assignor, coordinatorId }) => ({
        consumer_group: groupId,
        type,
        protocol_type: protocolType,
        assignor,
        coordinator: coordinatorId,
      })),
      () => 1,
    ),
    metric(
      'kafka_consumer_group_state',
      'Always 1; the label says the state, as Kafka prints it.',
      each(groups, ({ groupId, state }) => ({ consumer_group: groupId, state })),
      () => 1,
    ),
    gauge('kafka_consumer_group_members', 'Members.', ({ members }) => members),
    gauge('kafka_consumer_group_idle_members', 'Members without a partition.', ({ idleMembers }) => idleMembers),
    gauge('kafka_consumer_group_lag', 'Offsets not read, of all partitions where that is known.', ({ partitions }) =>
      sumOf(partitions, ({ lag }) => lag),
    ),
    gauge('kafka_consumer_group_lag_max', 'Offsets not read, of the partition with the most.', ({ partitions }) =>
      maxOf(partitions, ({ lag }) => lag),
    ),
    gauge(
      'kafka_consumer_group_lag_seconds_max',
      'How long the oldest unread record of all partitions has been waiting.',
      ({ partitions }) => maxOf(partitions, ({ lagMs }) => lagMs / 1_000),
    ),
    gauge(
      'kafka_consumer_group_commit_rate',
      'Offsets a second by which committed offsets move on.',
      ({ partitions }) => sumOf(partitions, ({ progress }) => progress.commitRate),
    ),
    gauge('kafka_consumer_group_evaluation', evaluationHelp, evaluationNumber),
    gauge(
      'kafka_consumer_group_offset_expiry_seconds',
      'Until offsets of a group without members expire, at most: it may have been without them for longer than it has been looked at.',
      ({ emptySinceMs, offsetsRetentionMs }) => Math.max(0, emptySinceMs + offsetsRetentionMs - snapshot.atMs) / 1_000,
    ),
    metric(
      'kafka_consumer_group_unknown',
      'Always 1; why nothing is known of a group.',
      each(
        snapshot.groups.filter(({ failure }) => failure !== undefined),
        ({ groupId, failure }) => ({ consumer_group: groupId, reason: failure! }),
      ),
      () => 1,
    ),
  ]
}

function eventFamilies(groups: readonly GroupSnapshot[], events: GroupEventCounts): MetricFamily[] {
  return [
    metric(
      'kafka_consumer_group_rebalances_total',
      'Rebalances begun since this process counts, by what set them off.',
      each(
        () => rebalancesOf(groups, events),
        ({ groupId, trigger }) => ({ consumer_group: groupId, trigger }),
      ),
      ({ count }) => count,
      'counter',
    ),
    metric(
      'kafka_consumer_group_unowned_seconds_total',
      'Time for which partitions that were handed out had no owner, of all partitions together.',
      each(groups, ({ groupId }) => ({ consumer_group: groupId })),
      ({ groupId }) => events.get(groupId)?.unownedSeconds ?? Number.NaN,
      'counter',
    ),
  ]
}

function* rebalancesOf(groups: readonly GroupSnapshot[], events: GroupEventCounts) {
  for (const { groupId } of groups) {
    for (const [trigger, count] of events.get(groupId)?.rebalances ?? []) yield { groupId, trigger, count }
  }
}

const evaluationHelp = `The judgement, from the mildest to the worst: ${evaluations.map((name, i) => `${i} ${name}`).join(', ')}.`

function evaluationNumber({ evaluation }: Pick<GroupSnapshot, 'evaluation'>): number {
  return evaluation === undefined ? Number.NaN : evaluations.indexOf(evaluation)
}

const partitionLabels: LabelMemory = new WeakMap()

function partitionFamilies(groups: readonly GroupSnapshot[], atMs: number): MetricFamily[] {
  const inPartition = groupPartitions(
    groups,
    ({ groupId }, { topic, partition }) => ({ topic, partition, consumer_group: groupId }),
    partitionLabels,
  )
  const gauge = (name: string, help: string, measure: (partition: GroupPartitionSnapshot) => number): MetricFamily =>
    metric(name, help, inPartition, measure)
  return [
    gauge('kafka_consumer_lag', 'Offsets between the committed one and the end of the log.', ({ lag }) => lag),
    gauge(
      'kafka_consumer_lag_seconds',
      'How long the oldest unread record has been waiting, by its timestamp; 0 when nothing is unread.',
      ({ lagMs }) => lagMs / 1_000,
    ),
    gauge(
      'kafka_consumer_lag_seconds_error',
      'How far kafka_consumer_lag_seconds may be off; 0 where the record was looked at.',
      ({ lagErrorMs }) => lagErrorMs / 1_000,
    ),
    gauge(
      'kafka_consumer_lag_records',
      'Unread records: without control records, aborted ones and what compaction took.',
      ({ records }) => records,
    ),
    gauge(
      'kafka_consumer_lag_records_error',
      'How far kafka_consumer_lag_records may be off; 0 where batches prove it.',
      ({ records, minRecords, maxRecords }) => Math.max(records - minRecords, maxRecords - records),
    ),
    gauge('kafka_consumer_committed_offset', 'The committed offset.', ({ committedOffset }) => committedOffset),
    gauge(
      'kafka_consumer_commit_rate',
      'Offsets a second by which the committed one moves on.',
      ({ progress }) => progress.commitRate,
    ),
    gauge(
      'kafka_consumer_catch_up_seconds',
      'Until the lag is gone, if both rates stay; absent where it does not shrink.',
      ({ lag, progress, place }) => finite(catchUpSeconds(lag, progress.commitRate, place?.appendRate ?? Number.NaN)),
    ),
    gauge(
      'kafka_consumer_retention_seconds',
      'Until retention.ms or retention.bytes may take the oldest unread record; absent where nothing is unread, or nothing is taken.',
      (partition) => finite(retentionSeconds(partition, atMs)),
    ),
    gauge(
      'kafka_consumer_lost_offsets',
      "Offsets between the committed one and the log's start: deleted before they were read. Absent where none are.",
      ({ lostOffsets }) => lostOffsets,
    ),
    gauge('kafka_consumer_evaluation', evaluationHelp, evaluationNumber),
    metric(
      'kafka_consumer_unknown',
      'Always 1; why a lag is not known, or not whole: never-committed, no-such-partition, out-of-range, unknown.',
      (visit) =>
        inPartition((labels, one) => {
          if (one.state !== 'known') visit([labels, labelText({ reason: one.state })].join(), one)
        }),
      () => 1,
    ),
  ]
}

function topicFamilies({ snapshot }: PageView): MetricFamily[] {
  const place = places(snapshot, ({ topic, partition }) => ({ topic: topic.name, partition }))
  return [
    metric('kafka_partition_log_start_offset', 'The first offset of the log.', place, (one) => one.logStartOffset),
    metric(
      'kafka_partition_log_end_offset',
      'The high watermark: what consumers can read.',
      place,
      (one) => one.logEndOffset,
    ),
    metric('kafka_partition_append_rate', 'Offsets a second that are appended.', place, (one) => one.appendRate),
  ]
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN
}
