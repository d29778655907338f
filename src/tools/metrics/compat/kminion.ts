import type { GroupSnapshot } from '../../lag/index.ts'
import type { MetricFamily } from '../metric-page.ts'
import type { PageView } from '../page-view.ts'
import { each, groupPartitions, groupTopics, metric, partitionsOf, places, single, sumOf } from '../walks.ts'

/** redpanda-data/kminion 2.2, prometheus/exporter.go as of its commit 00eb355, in its default mode, which asks the admin API and counts no commits. */
export function kminion({ snapshot, groups, detailed }: PageView): MetricFamily[] {
  const { nodes, controllerId, clusterId, topics } = snapshot
  const place = places(snapshot, ({ topic, partition }) => ({ partition_id: partition, topic_name: topic.name }))
  const topic = each(topics, ({ name }) => ({ topic_name: name }))
  const inGroup = each(groups, ({ groupId }) => ({ group_id: groupId }))
  const inTopic = groupTopics(groups, ({ groupId }, name) => ({ group_id: groupId, topic_name: name }))
  const inPartition = groupPartitions(detailed, ({ groupId }, { topic: name, partition }) => {
    return { group_id: groupId, partition_id: partition, topic_name: name }
  })
  const assigned = each(
    () => assignments(groups),
    ({ group, name }) => ({ group_id: group.groupId, topic_name: name }),
  )
  return [
    ...kminionUp(1),
    metric(
      'kminion_kafka_cluster_info',
      'Kafka cluster information',
      single({
        broker_count: nodes.length,
        cluster_id: clusterId ?? '',
        cluster_version: '',
        controller_id: controllerId,
      }),
      () => 1,
    ),
    metric(
      'kminion_kafka_broker_info',
      'Kafka broker information',
      each(nodes, ({ nodeId, host, port, rack }) => ({
        address: host,
        broker_id: nodeId,
        is_controller: String(nodeId === controllerId),
        port,
        rack_id: rack ?? '',
      })),
      () => 1,
    ),
    metric(
      'kminion_kafka_broker_log_dir_size_total_bytes',
      'The summed size in bytes of all log dirs for a given broker',
      each(nodes, ({ nodeId, host, port, rack }) => ({ address: host, broker_id: nodeId, port, rack_id: rack ?? '' })),
      ({ logBytes }) => logBytes,
    ),
    metric(
      'kminion_kafka_topic_log_dir_size_total_bytes',
      'The summed size in bytes of partitions for a given topic. This includes the used space for replica partitions.',
      topic,
      ({ logBytes }) => logBytes,
    ),
    metric(
      'kminion_kafka_topic_info',
      'Info labels for a given topic',
      each(topics, (one) => ({
        cleanup_policy: one.cleanupPolicy ?? 'N/A',
        partition_count: one.partitions.length,
        replication_factor: one.partitions[0]?.replicas.length ?? -1,
        topic_name: one.name,
      })),
      () => 1,
    ),
    metric(
      'kminion_kafka_topic_partition_low_water_mark',
      'Partition Low Water Mark',
      place,
      ({ logStartOffset }) => logStartOffset,
    ),
    metric('kminion_kafka_topic_low_water_mark_sum', "Sum of all the topic's partition low water marks", topic, (one) =>
      sumOf(partitionsOf(one), ({ logStartOffset }) => logStartOffset),
    ),
    metric(
      'kminion_kafka_topic_partition_high_water_mark',
      'Partition High Water Mark',
      place,
      ({ logEndOffset }) => logEndOffset,
    ),
    metric(
      'kminion_kafka_topic_high_water_mark_sum',
      "Sum of all the topic's partition high water marks",
      topic,
      (one) => sumOf(partitionsOf(one), ({ logEndOffset }) => logEndOffset),
    ),
    metric(
      'kminion_kafka_consumer_group_info',
      'Consumer Group info metrics. It will report 1 if the group is in the stable state, otherwise 0.',
      each(groups, ({ groupId, assignor, protocolType, state, coordinatorId }) => ({
        coordinator_id: coordinatorId,
        group_id: groupId,
        protocol: assignor,
        protocol_type: protocolType,
        state,
      })),
      ({ state }) => Number(state === 'Stable'),
    ),
    metric(
      'kminion_kafka_consumer_group_members',
      'Consumer Group member count metrics. It will report the number of members in the consumer group',
      inGroup,
      ({ members }) => members,
    ),
    metric(
      'kminion_kafka_consumer_group_empty_members',
      'It will report the number of members in the consumer group with no partition assigned',
      inGroup,
      ({ idleMembers }) => idleMembers,
    ),
    metric(
      'kminion_kafka_consumer_group_topic_members',
      'It will report the number of members in the consumer group assigned on a given topic',
      assigned,
      ({ members }) => members,
    ),
    metric(
      'kminion_kafka_consumer_group_topic_assigned_partitions',
      'It will report the number of partitions assigned in the consumer group for a given topic',
      assigned,
      ({ partitions }) => partitions,
    ),
    metric(
      'kminion_kafka_consumer_group_topic_offset_sum',
      'The sum of all committed group offsets across all partitions in a topic',
      inTopic,
      ({ partitions }) => sumOf(partitions, ({ committedOffset }) => committedOffset),
    ),
    metric(
      'kminion_kafka_consumer_group_topic_partition_lag',
      'The number of messages a consumer group is lagging behind the latest offset of a partition',
      inPartition,
      ({ lag }) => lag,
    ),
    metric(
      'kminion_kafka_consumer_group_topic_lag',
      'The number of messages a consumer group is lagging behind across all partitions in a topic',
      inTopic,
      ({ partitions }) => sumOf(partitions, ({ lag }) => lag),
    ),
  ]
}

/** Says whether the cluster could be looked at. */
export function kminionUp(value: 0 | 1): MetricFamily[] {
  return [
    metric(
      'kminion_exporter_up',
      'Build info about this Prometheus Exporter. Gauge value is 0 if one or more scrapes have failed.',
      single(),
      () => value,
    ),
  ]
}

function* assignments(groups: readonly GroupSnapshot[]) {
  for (const group of groups) {
    for (const [name, { members, partitions }] of group.assignedByTopic) yield { group, name, members, partitions }
  }
}
