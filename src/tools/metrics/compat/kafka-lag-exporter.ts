import type { GroupPartitionSnapshot } from '../../lag/index.ts'
import type { MetricFamily } from '../metric-page.ts'
import type { PageView } from '../page-view.ts'
import { each, groupPartitions, groupTopics, maxOf, metric, places, single, sumOf } from '../walks.ts'

/** seglo/kafka-lag-exporter 0.8, src/main/scala/com/lightbend/kafkalagexporter/Metrics.scala. */
export function kafkaLagExporter({ snapshot, groups, detailed, cluster: clusterName }: PageView): MetricFamily[] {
  const { durationMs } = snapshot
  const cluster = { cluster_name: clusterName }
  const place = places(snapshot, ({ topic, partition }) => ({ ...cluster, topic: topic.name, partition }))
  const inGroup = each(groups, ({ groupId }) => ({ ...cluster, group: groupId }))
  const inTopic = groupTopics(groups, ({ groupId }, topic) => ({ ...cluster, group: groupId, topic }))
  const inPartition = groupPartitions(detailed, ({ groupId }, { topic, partition, owner }) => ({
    ...cluster,
    group: groupId,
    topic,
    partition,
    member_host: owner?.host ?? '',
    consumer_id: owner?.memberId ?? '',
    client_id: owner?.clientId ?? '',
  }))
  const seconds = ({ lagMs }: GroupPartitionSnapshot): number => lagMs / 1_000
  return [
    metric('kafka_partition_latest_offset', 'Latest offset of a partition', place, ({ logEndOffset }) => logEndOffset),
    metric(
      'kafka_partition_earliest_offset',
      'Earliest offset of a partition',
      place,
      ({ logStartOffset }) => logStartOffset,
    ),
    metric('kafka_consumergroup_group_max_lag', 'Max group offset lag', inGroup, ({ partitions }) =>
      maxOf(partitions, ({ lag }) => lag),
    ),
    metric('kafka_consumergroup_group_max_lag_seconds', 'Max group time lag', inGroup, ({ partitions }) =>
      maxOf(partitions, seconds),
    ),
    metric(
      'kafka_consumergroup_group_offset',
      'Last group consumed offset of a partition',
      inPartition,
      ({ committedOffset }) => committedOffset,
    ),
    metric('kafka_consumergroup_group_lag', 'Group offset lag of a partition', inPartition, ({ lag }) => lag),
    metric('kafka_consumergroup_group_lag_seconds', 'Group time lag of a partition', inPartition, seconds),
    metric('kafka_consumergroup_group_sum_lag', 'Sum of group offset lag', inGroup, ({ partitions }) =>
      sumOf(partitions, ({ lag }) => lag),
    ),
    metric(
      'kafka_consumergroup_group_topic_sum_lag',
      'Sum of group offset lag across topic partitions',
      inTopic,
      ({ partitions }) => sumOf(partitions, ({ lag }) => lag),
    ),
    metric('kafka_consumergroup_poll_time_ms', 'Group time poll time', single(cluster), () => durationMs),
  ]
}
