import { ErrorCode } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Topic } from '../metadata/metadata-store.ts'

/** A partition as Metadata and DescribeTopicPartitions tell of it: its leader has the only replica. */
export function describedPartition(topic: Topic, partitionIndex: number, broker: Broker) {
  const leaderId = broker.leaderOf(topic, partitionIndex)
  return {
    errorCode: ErrorCode.NONE,
    partitionIndex,
    leaderId,
    leaderEpoch: broker.metadata.image.leaderEpoch,
    replicaNodes: [leaderId],
    isrNodes: [leaderId],
    offlineReplicas: [],
  }
}
