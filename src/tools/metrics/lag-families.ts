import {
  catchUpSeconds,
  evaluations,
  type GroupPartitionSnapshot,
  type GroupSnapshot,
  type LagSnapshot,
} from '../lag/index.ts'
import type { GroupEventCounts } from './group-event-counts.ts'
import { type Emit, labelText, type MetricFamily } from './metric-page.ts'
import { within } from './series-limit.ts'

export interface LagFamiliesOptions {
  /** `group`: nothing by partition. Default `partition`. */
  readonly granularity?: 'partition' | 'group' | undefined
  /** Most series of partitions; groups beyond it, by name, have none. Default 250,000. */
  readonly maxSeries?: number | undefined
  /** Metrics by their names; default: all. */
  readonly includesMetric?: ((name: string) => boolean) | undefined
  /** Counts of `__group_events`; undefined where there are none. */
  readonly events?: GroupEventCounts | undefined
}

/** kohort's own metrics of groups; docs/metrics.md explains each, and a test compares. A value that is not known has no sample. */
export function lagFamilies(snapshot: LagSnapshot, options: LagFamiliesOptions = {}): MetricFamily[] {
  const { granularity = 'partition', maxSeries, includesMetric = () => true, events } = options
  const readable = snapshot.groups.filter(({ failure }) => failure === undefined)
  const named = (families: readonly MetricFamily[]) => families.filter(({ name }) => includesMetric(name))
  const perPartition = granularity === 'group' ? 0 : named(partitionFamilies([], snapshot.atMs)).length
  const { shown, leftOut } = perPartition === 0 ? nothing : within(readable, perPartition, maxSeries)
  return [
    ...exporterFamilies(snapshot, leftOut),
    ...named([
      ...groupFamilies(snapshot, readable),
      ...(events === undefined ? [] : eventFamilies(readable, events)),
      ...partitionFamilies(shown, snapshot.atMs),
      ...(granularity === 'group' ? [] : topicFamilies(snapshot)),
    ]),
  ]
}

const nothing: { readonly shown: readonly GroupSnapshot[]; readonly leftOut: number } = { shown: [], leftOut: 0 }

/** About the looking itself. */
export function exporterFamilies(snapshot: LagSnapshot, withoutPartitions: number): MetricFamily[] {
  return [
    one('kohort_lag_up', '1 while the last round of looking at the groups has succeeded.', 1),
    one('kohort_lag_round_duration_seconds', 'What the last round took.', snapshot.durationMs / 1_000),
    one('kohort_lag_round_timestamp_seconds', 'When the last round was complete.', snapshot.atMs / 1_000),
    family(
      'kohort_lag_groups_left_out',
      'Groups without series of their own, by the limit that was reached.',
      (emit) => {
        emit('limit="partitions"', snapshot.groupsLeftOut)
        emit('limit="series"', withoutPartitions)
      },
    ),
    one(
      'kohort_lag_places_left_out',
      'Partitions of groups whose records were not looked at in the last round, so that their lag in records is not known.',
      snapshot.placesLeftOut,
    ),
  ]
}

function groupFamilies(snapshot: LagSnapshot, groups: readonly GroupSnapshot[]): MetricFamily[] {
  const labels = new Map(groups.map((group) => [group, labelText({ consumer_group: group.groupId })]))
  const gauge = (name: string, help: string, measure: (group: GroupSnapshot) => number): MetricFamily =>
    family(name, help, function* (emit) {
      for (const group of groups) {
        emit(labels.get(group)!, measure(group))
        yield
      }
    })
  return [
    family('kafka_consumer_group_info', 'Always 1; the labels say what the group is.', function* (emit) {
      for (const { groupId, type, protocolType, assignor, coordinatorId } of groups) {
        const about = {
          consumer_group: groupId,
          type,
          protocol_type: protocolType,
          assignor,
          coordinator: coordinatorId,
        }
        emit(labelText(about), 1)
        yield
      }
    }),
    family('kafka_consumer_group_state', 'Always 1; the label says the state, as Kafka prints it.', function* (emit) {
      for (const { groupId, state } of groups) {
        emit(labelText({ consumer_group: groupId, state }), 1)
        yield
      }
    }),
    gauge('kafka_consumer_group_members', 'Members.', ({ members }) => members),
    gauge('kafka_consumer_group_idle_members', 'Members without a partition.', ({ idleMembers }) => idleMembers),
    gauge('kafka_consumer_group_lag', 'Offsets not read, of all partitions where that is known.', (group) =>
      sumOf(group, ({ lag }) => lag),
    ),
    gauge('kafka_consumer_group_lag_max', 'Offsets not read, of the partition with the most.', (group) =>
      maxOf(group, ({ lag }) => lag),
    ),
    gauge(
      'kafka_consumer_group_lag_seconds_max',
      'How long the oldest unread record of all partitions has been waiting.',
      (group) => maxOf(group, ({ lagMs }) => lagMs / 1_000),
    ),
    gauge('kafka_consumer_group_commit_rate', 'Offsets a second by which committed offsets move on.', (group) =>
      sumOf(group, ({ progress }) => progress.commitRate),
    ),
    gauge('kafka_consumer_group_evaluation', evaluationHelp, ({ evaluation }) => evaluationNumber(evaluation)),
    gauge(
      'kafka_consumer_group_offset_expiry_seconds',
      'Until offsets of a group without members expire, at most: it may have been without them for longer than it has been looked at.',
      ({ emptySinceMs, offsetsRetentionMs }) => Math.max(0, emptySinceMs + offsetsRetentionMs - snapshot.atMs) / 1_000,
    ),
    family('kafka_consumer_group_unknown', 'Always 1; why nothing is known of a group.', function* (emit) {
      for (const { groupId, failure } of snapshot.groups) {
        if (failure !== undefined) emit(labelText({ consumer_group: groupId, reason: failure }), 1)
        yield
      }
    }),
  ]
}

function eventFamilies(groups: readonly GroupSnapshot[], events: GroupEventCounts): MetricFamily[] {
  return [
    {
      name: 'kafka_consumer_group_rebalances_total',
      help: 'Rebalances begun since this process counts, by what set them off.',
      type: 'counter',
      *write(emit) {
        for (const { groupId } of groups) {
          for (const [trigger, count] of events.get(groupId)?.rebalances ?? [])
            emit(labelText({ consumer_group: groupId, trigger }), count)
          yield
        }
      },
    },
    {
      name: 'kafka_consumer_group_unowned_seconds_total',
      help: 'Time for which partitions that were handed out had no owner, of all partitions together.',
      type: 'counter',
      *write(emit) {
        for (const { groupId } of groups) {
          const count = events.get(groupId)
          if (count !== undefined) emit(labelText({ consumer_group: groupId }), count.unownedSeconds)
          yield
        }
      },
    },
  ]
}

const evaluationHelp = `The judgement, from the mildest to the worst: ${evaluations.map((name, i) => `${i} ${name}`).join(', ')}.`

function evaluationNumber(evaluation: GroupSnapshot['evaluation']): number {
  return evaluation === undefined ? Number.NaN : evaluations.indexOf(evaluation)
}

function partitionFamilies(groups: readonly GroupSnapshot[], atMs: number): MetricFamily[] {
  const gauge = (name: string, help: string, measure: (partition: GroupPartitionSnapshot) => number): MetricFamily =>
    family(name, help, function* (emit) {
      for (const group of groups) {
        const labels = partitionLabels(group)
        for (const [i, partition] of group.partitions.entries()) emit(labels[i]!, measure(partition))
        yield
      }
    })
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
      'Until retention.ms may take the oldest unread record; absent where nothing is unread, or nothing is taken.',
      ({ oldestTimestampMs, place }) =>
        finite(Math.max(0, oldestTimestampMs + (place?.topic.retentionMs ?? Number.NaN) - atMs) / 1_000),
    ),
    gauge(
      'kafka_consumer_lost_offsets',
      "Offsets between the committed one and the log's start: deleted before they were read. Absent where none are.",
      ({ lostOffsets }) => lostOffsets,
    ),
    gauge('kafka_consumer_evaluation', evaluationHelp, ({ evaluation }) => evaluationNumber(evaluation)),
    family(
      'kafka_consumer_unknown',
      'Always 1; why a lag is not known, or not whole: never-committed, no-such-partition, out-of-range, unknown.',
      function* (emit) {
        for (const group of groups) {
          const labels = partitionLabels(group)
          for (const [i, { state }] of group.partitions.entries())
            if (state !== 'known') emit(`${labels[i]!},reason="${state}"`, 1)
          yield
        }
      },
    ),
  ]
}

function topicFamilies({ topics }: LagSnapshot): MetricFamily[] {
  const gauge = (
    name: string,
    help: string,
    measure: (of: LagSnapshot['topics'][number]['partitions'][number]) => number,
  ) =>
    family(name, help, function* (emit) {
      for (const topic of topics) {
        for (const partition of topic.partitions) {
          if (partition !== undefined)
            emit(labelText({ topic: topic.name, partition: partition.partition }), measure(partition))
        }
        yield
      }
    })
  return [
    gauge('kafka_partition_log_start_offset', 'The first offset of the log.', (one) => one!.logStartOffset),
    gauge('kafka_partition_log_end_offset', 'The high watermark: what consumers can read.', (one) => one!.logEndOffset),
    gauge('kafka_partition_append_rate', 'Offsets a second that are appended.', (one) => one!.appendRate),
  ]
}

/** Labels of the partitions of a group, kept from round to round: they are most of a page. */
const cached = new WeakMap<GroupSnapshot, { of: readonly GroupPartitionSnapshot[]; labels: readonly string[] }>()

function partitionLabels(group: GroupSnapshot): readonly string[] {
  const { partitions, groupId } = group
  const known = cached.get(group)
  if (known !== undefined) {
    if (known.of === partitions) return known.labels
    if (known.of.length === partitions.length && partitions.every((one, i) => one === known.of[i])) {
      known.of = partitions
      return known.labels
    }
  }
  const labels = partitions.map(({ topic, partition }) => labelText({ topic, partition, consumer_group: groupId }))
  cached.set(group, { of: partitions, labels })
  return labels
}

function sumOf(group: GroupSnapshot, measure: (partition: GroupPartitionSnapshot) => number): number {
  let sum = Number.NaN
  for (const partition of group.partitions) {
    const value = measure(partition)
    if (!Number.isNaN(value)) sum = Number.isNaN(sum) ? value : sum + value
  }
  return sum
}

function maxOf(group: GroupSnapshot, measure: (partition: GroupPartitionSnapshot) => number): number {
  let max = Number.NaN
  for (const partition of group.partitions) {
    const value = measure(partition)
    if (!Number.isNaN(value) && !(value <= max)) max = value
  }
  return max
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN
}

function one(name: string, help: string, value: number): MetricFamily {
  return family(name, help, (emit) => emit('', value))
}

function family(name: string, help: string, write: (emit: Emit) => Iterable<void> | void): MetricFamily {
  return { name, help, type: 'gauge', write }
}
