import type { TopicPartitionSnapshot } from '../../lag/index.ts'
import type { MetricFamily } from '../metric-page.ts'
import type { PageView } from '../page-view.ts'
import { each, groupPartitions, groupTopics, metric, places, single, sumOf } from '../walks.ts'

/** danielqsj/kafka_exporter, `setup` and `collect` of kafka_exporter.go as of its commit 00498a4. */
export function kafkaExporter({ snapshot, groups, detailed }: PageView): MetricFamily[] {
  const { nodes, topics } = snapshot
  const place = places(snapshot, ({ topic, partition }) => ({ partition, topic: topic.name }))
  const inPartition = groupPartitions(detailed, ({ groupId }, { topic, partition }) => {
    return { consumergroup: groupId, partition, topic }
  })
  const inTopic = groupTopics(groups, ({ groupId }, topic) => ({ consumergroup: groupId, topic }))
  return [
    metric('kafka_brokers', 'Number of Brokers in the Kafka Cluster.', single(), () => nodes.length),
    metric(
      'kafka_broker_info',
      'Information about the Kafka Broker.',
      each(nodes, ({ nodeId, host, port }) => ({ address: `${host}:${port}`, id: nodeId })),
      () => 1,
    ),
    metric(
      'kafka_topic_partitions',
      'Number of partitions for this Topic',
      each(topics, ({ name }) => ({ topic: name })),
      ({ partitions }) => partitions.length,
    ),
    metric(
      'kafka_topic_partition_current_offset',
      'Current Offset of a Broker at Topic/Partition',
      place,
      ({ logEndOffset }) => logEndOffset,
    ),
    metric(
      'kafka_topic_partition_oldest_offset',
      'Oldest Offset of a Broker at Topic/Partition',
      place,
      ({ logStartOffset }) => logStartOffset,
    ),
    metric(
      'kafka_topic_partition_in_sync_replica',
      'Number of In-Sync Replicas for this Topic/Partition',
      place,
      (one) => described(one, one.isr.length),
    ),
    metric('kafka_topic_partition_leader', 'Leader Broker ID of this Topic/Partition', place, (one) =>
      described(one, one.leaderId),
    ),
    metric(
      'kafka_topic_partition_leader_is_preferred',
      '1 if Topic/Partition is using the Preferred Broker',
      place,
      (one) => described(one, Number(one.leaderId === one.replicas[0])),
    ),
    metric('kafka_topic_partition_replicas', 'Number of Replicas for this Topic/Partition', place, (one) =>
      described(one, one.replicas.length),
    ),
    metric(
      'kafka_topic_partition_under_replicated_partition',
      '1 if Topic/Partition is under Replicated',
      place,
      (one) => described(one, Number(one.isr.length < one.replicas.length)),
    ),
    metric(
      'kafka_consumergroup_current_offset',
      'Current Offset of a ConsumerGroup at Topic/Partition',
      inPartition,
      ({ committedOffset }) => committedOffset,
    ),
    metric(
      'kafka_consumergroup_current_offset_sum',
      'Current Offset of a ConsumerGroup at Topic for all partitions',
      inTopic,
      ({ partitions }) => sumOf(partitions, ({ committedOffset }) => committedOffset),
    ),
    metric(
      'kafka_consumergroup_lag',
      'Current Approximate Lag of a ConsumerGroup at Topic/Partition',
      inPartition,
      ({ lag }) => lag,
    ),
    metric(
      'kafka_consumergroup_lag_sum',
      'Current Approximate Lag of a ConsumerGroup at Topic for all partitions',
      inTopic,
      ({ partitions }) => sumOf(partitions, ({ lag }) => lag),
    ),
    metric(
      'kafka_consumergroup_members',
      'Amount of members in a consumer group',
      each(groups, ({ groupId }) => ({ consumergroup: groupId })),
      ({ members }) => members,
    ),
  ]
}

/** Replicas are only known where topics were described. */
function described({ replicas }: TopicPartitionSnapshot, value: number): number {
  return replicas.length === 0 ? Number.NaN : value
}
