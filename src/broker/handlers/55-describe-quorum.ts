import {
  type DescribeQuorumRequest,
  type DescribeQuorumResponseInput,
  ErrorCode,
  errorMessage,
  ZERO_UUID,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler, RequestContext } from '../handler.ts'
import { METADATA_TOPIC } from '../metadata/metadata-log.ts'

type Partition = DescribeQuorumResponseInput['topics'][number]['partitions'][number]

/** The quorum of one that keeps the metadata log (KIP-595, KIP-853); `kafka-metadata-quorum` shows it. */
export const handleDescribeQuorum: Handler<DescribeQuorumRequest, DescribeQuorumResponseInput> = (
  request,
  context,
  broker,
) => {
  const { apiVersion } = context
  let known = false
  const topics = request.topics.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partitionIndex }) => {
      if (topicName !== METADATA_TOPIC || partitionIndex !== 0) return unknown(partitionIndex)
      known = true
      return describe(broker, apiVersion)
    }),
  }))
  return {
    errorCode: ErrorCode.NONE,
    ...(apiVersion >= 2 && { errorMessage: '', nodes: known ? [nodeOf(context, broker)] : [] }),
    topics,
  }
}

function describe(broker: Broker, apiVersion: number): Partition {
  const { log, image } = broker.metadata
  const now = BigInt(broker.clock.wallMs())
  const self = {
    replicaId: broker.nodeId,
    ...(apiVersion >= 2 && { replicaDirectoryId: ZERO_UUID }),
    logEndOffset: log.highWatermark,
    lastFetchTimestamp: now,
    lastCaughtUpTimestamp: now,
  }
  return {
    partitionIndex: 0,
    errorCode: ErrorCode.NONE,
    errorMessage: '',
    leaderId: broker.nodeId,
    leaderEpoch: image.leaderEpoch,
    highWatermark: log.highWatermark,
    currentVoters: [self],
    observers: [],
  }
}

function unknown(partitionIndex: number): Partition {
  return {
    partitionIndex,
    errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    errorMessage: errorMessage('UNKNOWN_TOPIC_OR_PARTITION'),
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0n,
    currentVoters: [],
    observers: [],
  }
}

function nodeOf({ connection }: RequestContext, broker: Broker) {
  const { host, port } = connection.advertised
  return { nodeId: broker.nodeId, listeners: [{ name: 'CONTROLLER', host, port }] }
}
