import type { MetricFamily } from '../metric-page.ts'
import type { PageView } from '../page-view.ts'
import { each, groupPartitions, metric, places, sumOf } from '../walks.ts'
import { groupStatus, partitionStatus } from './burrow-status.ts'

/** linkedin/Burrow 1.8, core/internal/httpserver/prometheus.go. */
export function burrow({ snapshot, groups, detailed, cluster }: PageView): MetricFamily[] {
  const place = places(snapshot, ({ topic, partition }) => ({ cluster, partition, topic: topic.name }))
  const inGroup = each(groups, ({ groupId }) => ({ cluster, consumer_group: groupId }))
  const inPartition = groupPartitions(detailed, ({ groupId }, { topic, partition }) => {
    return { cluster, consumer_group: groupId, partition, topic }
  })
  return [
    metric(
      'burrow_kafka_consumer_lag_total',
      'The sum of all partition current lag values for the group',
      inGroup,
      ({ partitions }) => sumOf(partitions, ({ lag }) => lag),
    ),
    metric(
      'burrow_kafka_consumer_status',
      'The status of the consumer group. It is calculated from the highest status for the individual partitions. Statuses are an index list from NOTFOUND, OK, WARN, or ERR',
      inGroup,
      groupStatus,
    ),
    metric(
      'burrow_kafka_topic_partition_status',
      'The status of topic partition. It is calculated from the highest status for the individual partitions. Statuses are an index list from OK, WARN, STOP, STALL, REWIND',
      inPartition,
      partitionStatus,
    ),
    metric(
      'burrow_kafka_consumer_current_offset',
      'Latest offset that Burrow is storing for this partition',
      inPartition,
      ({ committedOffset }) => committedOffset,
    ),
    metric(
      'burrow_kafka_consumer_partition_lag',
      'Number of messages the consumer group is behind by for a partition as reported by Burrow',
      inPartition,
      ({ lag }) => lag,
    ),
    metric(
      'burrow_kafka_topic_partition_offset',
      'Latest offset the topic that Burrow is storing for this partition',
      place,
      ({ logEndOffset }) => logEndOffset,
    ),
  ]
}
