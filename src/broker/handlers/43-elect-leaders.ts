import {
  type ElectLeadersRequest,
  type ElectLeadersResponseInput,
  ErrorCode,
  type ErrorName,
  errorMessage,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler } from '../handler.ts'

type PartitionResult = ElectLeadersResponseInput['replicaElectionResults'][number]['partitionResult'][number]

const ELECTION_TYPES: ReadonlySet<number> = new Set([0 /* preferred */, 1 /* unclean */])

/** A partition with one replica has its leader already: no election is ever needed (KIP-460). */
export const handleElectLeaders: Handler<ElectLeadersRequest, ElectLeadersResponseInput> = (
  request,
  context,
  broker,
) => {
  const known = ELECTION_TYPES.has(request.electionType)
  const code = known ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST
  const { topicsByName } = broker.metadata.image
  const asked = request.topicPartitions ?? Array.from(topicsByName.keys(), (topic) => ({ topic, partitions: [] }))
  return {
    throttleTimeMs: 0,
    ...(context.apiVersion >= 1 && { errorCode: code }),
    replicaElectionResults: asked.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) =>
        known
          ? elect(topic, partitionId, broker)
          : result(partitionId, 'INVALID_REQUEST', `Unknown election type ${request.electionType}`),
      ),
    })),
  }
}

function elect(name: string, partitionId: number, broker: Broker): PartitionResult {
  const topic = broker.metadata.image.topicsByName.get(name)
  if (topic === undefined) return result(partitionId, 'UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${name}`)
  if (partitionId < 0 || partitionId >= topic.partitionCount) {
    return result(partitionId, 'UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${name}-${partitionId}`)
  }
  return result(partitionId, 'ELECTION_NOT_NEEDED', errorMessage('ELECTION_NOT_NEEDED'))
}

function result(partitionId: number, errorCode: ErrorName, message: string): PartitionResult {
  return { partitionId, errorCode: ErrorCode[errorCode], errorMessage: message }
}
