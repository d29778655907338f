import type { GroupPartitionSnapshot, GroupSnapshot, LagSnapshot, TopicPartitionSnapshot } from '../lag/index.ts'
import { exporterFamilies } from './lag-families.ts'
import { labelText, type MetricFamily } from './metric-page.ts'
import { within } from './series-limit.ts'

/** Exporters whose names and labels can be had, so that their dashboards and alerts keep working. */
export const compatModes = ['kafka_exporter', 'kafka-lag-exporter', 'burrow', 'kminion'] as const
export type CompatMode = (typeof compatModes)[number]

export interface CompatOptions {
  /** The label `cluster` of burrow, `cluster_name` of kafka-lag-exporter; default: the cluster's id. */
  readonly clusterName?: string | undefined
  /** Most series of partitions of groups; groups beyond it, by name, have none. Default 250,000. */
  readonly maxSeries?: number | undefined
}

/** Series that a partition of a group has with any of them. */
const SERIES_A_PARTITION = 3

/** The families of another exporter, from the same snapshot, and kohort's own about the looking. What that exporter would show as -1 or NaN is absent here. */
export function compatFamilies(mode: CompatMode, snapshot: LagSnapshot, options: CompatOptions = {}): MetricFamily[] {
  const cluster = options.clusterName ?? snapshot.clusterId ?? ''
  const readable = snapshot.groups.filter(({ failure }) => failure === undefined)
  const { shown, leftOut } = within(readable, SERIES_A_PARTITION, options.maxSeries)
  return [...exporterFamilies(snapshot, leftOut), ...families(mode, { ...snapshot, groups: shown }, cluster)]
}

function families(mode: CompatMode, snapshot: LagSnapshot, cluster: string): MetricFamily[] {
  switch (mode) {
    case 'kafka_exporter':
      return kafkaExporter(snapshot)
    case 'kafka-lag-exporter':
      return kafkaLagExporter(snapshot, cluster)
    case 'burrow':
      return burrow(snapshot, cluster)
    case 'kminion':
      return kminion(snapshot)
  }
}

type Labels = Readonly<Record<string, string | number>>

/** danielqsj/kafka_exporter 1.10. */
function kafkaExporter({ nodes, topics, groups }: LagSnapshot): MetricFamily[] {
  const place = ({ topic, partition }: TopicPartitionSnapshot): Labels => ({ partition, topic: topic.name })
  const ofGroup = ({ groupId }: GroupSnapshot, { topic, partition }: GroupPartitionSnapshot): Labels => {
    return { consumergroup: groupId, partition, topic }
  }
  const ofTopic = ({ groupId }: GroupSnapshot, topic: string): Labels => ({ consumergroup: groupId, topic })
  return [
    gauge('kafka_brokers', 'Number of Brokers in the Kafka Cluster.', [{ labels: {}, value: nodes.length }]),
    gauge(
      'kafka_broker_info',
      'Information about the Kafka Broker.',
      nodes.map(({ nodeId, host, port }) => ({ labels: { address: `${host}:${port}`, id: nodeId }, value: nodeId })),
    ),
    gauge(
      'kafka_topic_partitions',
      'Number of partitions for this Topic',
      topics.map(({ name, partitions }) => ({ labels: { topic: name }, value: partitions.length })),
    ),
    places(
      'kafka_topic_partition_current_offset',
      'Current Offset of a Broker at Topic/Partition',
      topics,
      place,
      (one) => one.logEndOffset,
    ),
    places(
      'kafka_topic_partition_oldest_offset',
      'Oldest Offset of a Broker at Topic/Partition',
      topics,
      place,
      (one) => one.logStartOffset,
    ),
    places(
      'kafka_topic_partition_in_sync_replica',
      'Number of In-Sync Replicas for this Topic/Partition',
      topics,
      place,
      (one) => known(one, one.isr.length),
    ),
    places('kafka_topic_partition_leader', 'Leader Broker ID of this Topic/Partition', topics, place, (one) =>
      known(one, one.leaderId),
    ),
    places(
      'kafka_topic_partition_leader_is_preferred',
      '1 if Topic/Partition is using the Preferred Broker',
      topics,
      place,
      (one) => known(one, Number(one.leaderId === one.replicas[0])),
    ),
    places('kafka_topic_partition_replicas', 'Number of Replicas for this Topic/Partition', topics, place, (one) =>
      known(one, one.replicas.length),
    ),
    places(
      'kafka_topic_partition_under_replicated_partition',
      '1 if Topic/Partition is under Replicated',
      topics,
      place,
      (one) => known(one, Number(one.isr.length < one.replicas.length)),
    ),
    partitions(
      'kafka_consumergroup_current_offset',
      'Current Offset of a ConsumerGroup at Topic/Partition',
      groups,
      ofGroup,
      (one) => one.committedOffset,
    ),
    sums(
      'kafka_consumergroup_current_offset_sum',
      'Current Offset of a ConsumerGroup at Topic for all partitions',
      groups,
      ofTopic,
      (one) => one.committedOffset,
    ),
    partitions(
      'kafka_consumergroup_lag',
      'Current Approximate Lag of a ConsumerGroup at Topic/Partition',
      groups,
      ofGroup,
      (one) => one.lag,
    ),
    sums(
      'kafka_consumergroup_lag_sum',
      'Current Approximate Lag of a ConsumerGroup at Topic for all partitions',
      groups,
      ofTopic,
      (one) => one.lag,
    ),
    gauge(
      'kafka_consumergroup_members',
      'Amount of members in a consumer group',
      groups.map(({ groupId, members }) => ({ labels: { consumergroup: groupId }, value: members })),
    ),
  ]
}

/** seglo/kafka-lag-exporter 0.8. */
function kafkaLagExporter({ topics, groups, durationMs }: LagSnapshot, cluster: string): MetricFamily[] {
  const place = ({ topic, partition }: TopicPartitionSnapshot): Labels => {
    return { cluster_name: cluster, topic: topic.name, partition }
  }
  const ofPartition = ({ groupId }: GroupSnapshot, { topic, partition, owner }: GroupPartitionSnapshot): Labels => ({
    cluster_name: cluster,
    group: groupId,
    topic,
    partition,
    member_host: owner?.host ?? '',
    consumer_id: owner?.memberId ?? '',
    client_id: owner?.clientId ?? '',
  })
  const ofGroup = ({ groupId }: GroupSnapshot): Labels => ({ cluster_name: cluster, group: groupId })
  const ofTopic = (group: GroupSnapshot, topic: string): Labels => ({ ...ofGroup(group), topic })
  const seconds = ({ lagMs }: GroupPartitionSnapshot): number => lagMs / 1_000
  const whole = (name: string, help: string, measure: (group: GroupSnapshot) => number): MetricFamily =>
    gauge(
      name,
      help,
      groups.map((group) => ({ labels: ofGroup(group), value: measure(group) })),
    )
  return [
    places('kafka_partition_latest_offset', 'Latest offset of a partition', topics, place, (one) => one.logEndOffset),
    places(
      'kafka_partition_earliest_offset',
      'Earliest offset of a partition',
      topics,
      place,
      (one) => one.logStartOffset,
    ),
    whole('kafka_consumergroup_group_max_lag', 'Max group offset lag', (group) => max(group, ({ lag }) => lag)),
    whole('kafka_consumergroup_group_max_lag_seconds', 'Max group time lag', (group) => max(group, seconds)),
    partitions(
      'kafka_consumergroup_group_offset',
      'Last group consumed offset of a partition',
      groups,
      ofPartition,
      (one) => one.committedOffset,
    ),
    partitions(
      'kafka_consumergroup_group_lag',
      'Group offset lag of a partition',
      groups,
      ofPartition,
      (one) => one.lag,
    ),
    partitions('kafka_consumergroup_group_lag_seconds', 'Group time lag of a partition', groups, ofPartition, seconds),
    whole('kafka_consumergroup_group_sum_lag', 'Sum of group offset lag', (group) =>
      sum(group.partitions, ({ lag }) => lag),
    ),
    sums(
      'kafka_consumergroup_group_topic_sum_lag',
      'Sum of group offset lag across topic partitions',
      groups,
      ofTopic,
      (one) => one.lag,
    ),
    gauge('kafka_consumergroup_poll_time_ms', 'Group time poll time', [
      { labels: { cluster_name: cluster }, value: durationMs },
    ]),
  ]
}

/** Burrow's StatusConstant: 0 NOTFOUND, 1 OK, 2 WARN, 3 ERR, 4 STOP, 5 STALL, 6 REWIND; a group is OK, WARN or ERR. */
const burrowStatus = { OK: 1, WARN: 2, REWIND: 6, STALLED: 5, STOPPED: 4 } as const

/** linkedin/Burrow 1.8. */
function burrow({ topics, groups }: LagSnapshot, cluster: string): MetricFamily[] {
  const place = ({ topic, partition }: TopicPartitionSnapshot): Labels => ({ cluster, partition, topic: topic.name })
  const ofPartition = ({ groupId }: GroupSnapshot, { topic, partition }: GroupPartitionSnapshot): Labels => {
    return { cluster, consumer_group: groupId, partition, topic }
  }
  const ofGroup = ({ groupId }: GroupSnapshot): Labels => ({ cluster, consumer_group: groupId })
  return [
    gauge(
      'burrow_kafka_consumer_lag_total',
      'The sum of all partition current lag values for the group',
      groups.map((group) => ({ labels: ofGroup(group), value: sum(group.partitions, ({ lag }) => lag) })),
    ),
    gauge(
      'burrow_kafka_consumer_status',
      'The status of the consumer group. It is calculated from the highest status for the individual partitions. Statuses are an index list from NOTFOUND, OK, WARN, or ERR',
      groups.map((group) => {
        const status = group.evaluation === undefined ? Number.NaN : burrowStatus[group.evaluation]
        return { labels: ofGroup(group), value: Math.min(status, 3) }
      }),
    ),
    partitions(
      'burrow_kafka_topic_partition_status',
      'The status of topic partition. It is calculated from the highest status for the individual partitions. Statuses are an index list from OK, WARN, STOP, STALL, REWIND',
      groups,
      ofPartition,
      ({ evaluation }) => (evaluation === undefined ? Number.NaN : burrowStatus[evaluation]),
    ),
    partitions(
      'burrow_kafka_consumer_current_offset',
      'Latest offset that Burrow is storing for this partition',
      groups,
      ofPartition,
      (one) => one.committedOffset,
    ),
    partitions(
      'burrow_kafka_consumer_partition_lag',
      'Number of messages the consumer group is behind by for a partition as reported by Burrow',
      groups,
      ofPartition,
      (one) => one.lag,
    ),
    places(
      'burrow_kafka_topic_partition_offset',
      'Latest offset the topic that Burrow is storing for this partition',
      topics,
      place,
      (one) => one.logEndOffset,
    ),
  ]
}

/** redpanda-data/kminion 2.2, in the mode that asks the admin API (which counts no commits). */
function kminion({ nodes, controllerId, clusterId, topics, groups }: LagSnapshot): MetricFamily[] {
  const place = ({ topic, partition }: TopicPartitionSnapshot): Labels => ({
    partition_id: partition,
    topic_name: topic.name,
  })
  const ofPartition = ({ groupId }: GroupSnapshot, { topic, partition }: GroupPartitionSnapshot): Labels => {
    return { group_id: groupId, partition_id: partition, topic_name: topic }
  }
  const ofTopic = ({ groupId }: GroupSnapshot, topic: string): Labels => ({ group_id: groupId, topic_name: topic })
  const assigned = (measure: (counts: { readonly members: number; readonly partitions: number }) => number) =>
    groups.flatMap((group) =>
      Array.from(group.assignedByTopic, ([topic, counts]) => ({
        labels: ofTopic(group, topic),
        value: measure(counts),
      })),
    )
  const byTopic = (measure: (partition: TopicPartitionSnapshot) => number) =>
    topics.map(({ name, partitions: all }) => ({
      labels: { topic_name: name },
      value: sum(
        all.flatMap((one) => one ?? []),
        measure,
      ),
    }))
  return [
    gauge(
      'kminion_exporter_up',
      'Build info about this Prometheus Exporter. Gauge value is 0 if one or more scrapes have failed.',
      [{ labels: {}, value: 1 }],
    ),
    gauge('kminion_kafka_cluster_info', 'Kafka cluster information', [
      {
        labels: {
          broker_count: nodes.length,
          cluster_id: clusterId ?? '',
          cluster_version: '',
          controller_id: controllerId,
        },
        value: 1,
      },
    ]),
    gauge(
      'kminion_kafka_broker_info',
      'Kafka broker information',
      nodes.map(({ nodeId, host, port }) => ({
        labels: { address: host, broker_id: nodeId, is_controller: String(nodeId === controllerId), port, rack_id: '' },
        value: 1,
      })),
    ),
    places(
      'kminion_kafka_topic_partition_low_water_mark',
      'Partition Low Water Mark',
      topics,
      place,
      (one) => one.logStartOffset,
    ),
    gauge(
      'kminion_kafka_topic_low_water_mark_sum',
      "Sum of all the topic's partition low water marks",
      byTopic((one) => one.logStartOffset),
    ),
    places(
      'kminion_kafka_topic_partition_high_water_mark',
      'Partition High Water Mark',
      topics,
      place,
      (one) => one.logEndOffset,
    ),
    gauge(
      'kminion_kafka_topic_high_water_mark_sum',
      "Sum of all the topic's partition high water marks",
      byTopic((one) => one.logEndOffset),
    ),
    gauge(
      'kminion_kafka_consumer_group_info',
      'Consumer Group info metrics. It will report 1 if the group is in the stable state, otherwise 0.',
      groups.map(({ groupId, assignor, protocolType, state, coordinatorId }) => ({
        labels: {
          coordinator_id: coordinatorId,
          group_id: groupId,
          protocol: assignor,
          protocol_type: protocolType,
          state,
        },
        value: Number(state === 'Stable'),
      })),
    ),
    gauge(
      'kminion_kafka_consumer_group_members',
      'Consumer Group member count metrics. It will report the number of members in the consumer group',
      groups.map(({ groupId, members }) => ({ labels: { group_id: groupId }, value: members })),
    ),
    gauge(
      'kminion_kafka_consumer_group_empty_members',
      'It will report the number of members in the consumer group with no partition assigned',
      groups.map(({ groupId, idleMembers }) => ({ labels: { group_id: groupId }, value: idleMembers })),
    ),
    gauge(
      'kminion_kafka_consumer_group_topic_members',
      'It will report the number of members in the consumer group assigned on a given topic',
      assigned(({ members }) => members),
    ),
    gauge(
      'kminion_kafka_consumer_group_topic_assigned_partitions',
      'It will report the number of partitions assigned in the consumer group for a given topic',
      assigned(({ partitions: count }) => count),
    ),
    sums(
      'kminion_kafka_consumer_group_topic_offset_sum',
      'The sum of all committed group offsets across all partitions in a topic',
      groups,
      ofTopic,
      (one) => one.committedOffset,
    ),
    partitions(
      'kminion_kafka_consumer_group_topic_partition_lag',
      'The number of messages a consumer group is lagging behind the latest offset of a partition',
      groups,
      ofPartition,
      (one) => one.lag,
    ),
    sums(
      'kminion_kafka_consumer_group_topic_lag',
      'The number of messages a consumer group is lagging behind across all partitions in a topic',
      groups,
      ofTopic,
      (one) => one.lag,
    ),
  ]
}

function gauge(
  name: string,
  help: string,
  samples: readonly { readonly labels: Labels; readonly value: number }[],
): MetricFamily {
  return {
    name,
    help,
    type: 'gauge',
    *write(emit) {
      for (const { labels, value } of samples) {
        emit(labelText(labels), value)
        yield
      }
    },
  }
}

function places(
  name: string,
  help: string,
  topics: LagSnapshot['topics'],
  labelsOf: (partition: TopicPartitionSnapshot) => Labels,
  measure: (partition: TopicPartitionSnapshot) => number,
): MetricFamily {
  return {
    name,
    help,
    type: 'gauge',
    *write(emit) {
      for (const topic of topics) {
        for (const one of topic.partitions) if (one !== undefined) emit(labelText(labelsOf(one)), measure(one))
        yield
      }
    },
  }
}

function partitions(
  name: string,
  help: string,
  groups: readonly GroupSnapshot[],
  labelsOf: (group: GroupSnapshot, partition: GroupPartitionSnapshot) => Labels,
  measure: (partition: GroupPartitionSnapshot) => number,
): MetricFamily {
  return {
    name,
    help,
    type: 'gauge',
    *write(emit) {
      for (const group of groups) {
        for (const one of group.partitions) emit(labelText(labelsOf(group, one)), measure(one))
        yield
      }
    },
  }
}

/** One sample for each topic that the group has offsets in. */
function sums(
  name: string,
  help: string,
  groups: readonly GroupSnapshot[],
  labelsOf: (group: GroupSnapshot, topic: string) => Labels,
  measure: (partition: GroupPartitionSnapshot) => number,
): MetricFamily {
  return {
    name,
    help,
    type: 'gauge',
    *write(emit) {
      for (const group of groups) {
        const byTopic = new Map<string, GroupPartitionSnapshot[]>()
        for (const one of group.partitions) {
          const known = byTopic.get(one.topic)
          if (known === undefined) byTopic.set(one.topic, [one])
          else known.push(one)
        }
        for (const [topic, all] of byTopic) emit(labelText(labelsOf(group, topic)), sum(all, measure))
        yield
      }
    },
  }
}

/** Of what is known; NaN where nothing is. */
function sum<T>(items: readonly T[], measure: (item: T) => number): number {
  const values = items.map(measure).filter((value) => !Number.isNaN(value))
  return values.length === 0 ? Number.NaN : values.reduce((total, value) => total + value, 0)
}

function max(group: GroupSnapshot, measure: (partition: GroupPartitionSnapshot) => number): number {
  const values = group.partitions.map(measure).filter((value) => !Number.isNaN(value))
  return values.length === 0 ? Number.NaN : values.reduce((greatest, value) => Math.max(greatest, value))
}

/** Replicas are only known where topics were described. */
function known({ replicas }: TopicPartitionSnapshot, value: number): number {
  return replicas.length === 0 ? Number.NaN : value
}
