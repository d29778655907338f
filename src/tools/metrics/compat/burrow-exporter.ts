import type { MetricFamily } from '../metric-page.ts'
import type { PageView } from '../page-view.ts'
import { each, groupPartitions, metric, places, sumOf } from '../walks.ts'
import { groupStatus, partitionStatus } from './burrow-status.ts'

/** jirwin/burrow_exporter, burrow_exporter/metrics.go as of its commit d313781, which reads Burrow's API. Its numbers of a status are one above Burrow's own. */
export function burrowExporter({ snapshot, groups, detailed, cluster }: PageView): MetricFamily[] {
  const place = places(snapshot, ({ topic, partition }) => ({ cluster, topic: topic.name, partition }))
  const inGroup = each(groups, ({ groupId }) => ({ cluster, group: groupId }))
  const inPartition = groupPartitions(detailed, ({ groupId }, { topic, partition }) => {
    return { cluster, group: groupId, topic, partition }
  })
  return [
    metric(
      'kafka_burrow_partition_lag',
      'The lag of the latest offset commit on a partition as reported by burrow.',
      inPartition,
      ({ lag }) => lag,
    ),
    metric(
      'kafka_burrow_partition_current_offset',
      'The latest offset commit on a partition as reported by burrow.',
      inPartition,
      ({ committedOffset }) => committedOffset,
    ),
    metric(
      'kafka_burrow_partition_status',
      'The status of a partition as reported by burrow.',
      inPartition,
      (one) => partitionStatus(one) + 1,
    ),
    metric(
      'kafka_burrow_partition_max_offset',
      'The log end offset on a partition as reported by burrow.',
      inPartition,
      ({ place: log }) => log?.logEndOffset ?? Number.NaN,
    ),
    metric(
      'kafka_burrow_total_lag',
      'The total amount of lag for the consumer group as reported by burrow',
      inGroup,
      ({ partitions }) => sumOf(partitions, ({ lag }) => lag),
    ),
    metric(
      'kafka_burrow_status',
      'The status of a partition as reported by burrow.',
      inGroup,
      (group) => groupStatus(group) + 1,
    ),
    metric(
      'kafka_burrow_topic_partition_offset',
      "The latest offset on a topic's partition as reported by burrow.",
      place,
      ({ logEndOffset }) => logEndOffset,
    ),
  ]
}
