import {
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsResponseInput,
  ErrorCode,
  type ErrorName,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler } from '../handler.ts'
import { replicasProblem } from '../topics/assignment.ts'

type PartitionRequest = AlterPartitionReassignmentsRequest['topics'][number]['partitions'][number]
type PartitionResponse = AlterPartitionReassignmentsResponseInput['responses'][number]['partitions'][number]

/** On one node a partition can only be moved to where it is, at once; there is never a reassignment to cancel (KIP-455). */
export const handleAlterPartitionReassignments: Handler<
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponseInput
> = (request, context, broker) => ({
  throttleTimeMs: 0,
  ...(context.apiVersion >= 1 && { allowReplicationFactorChange: request.allowReplicationFactorChange }),
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  responses: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => reassign(name, partition, broker)),
  })),
})

function reassign(name: string, { partitionIndex, replicas }: PartitionRequest, broker: Broker): PartitionResponse {
  const refuse = (errorCode: ErrorName, errorMessage: string | null): PartitionResponse => ({
    partitionIndex,
    errorCode: ErrorCode[errorCode],
    errorMessage,
  })
  const topic = broker.metadata.image.topicsByName.get(name)
  if (topic === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`)
  if (partitionIndex < 0 || partitionIndex >= topic.partitionCount) {
    return refuse('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${partitionIndex}.`)
  }
  if (replicas === null) return refuse('NO_REASSIGNMENT_IN_PROGRESS', null)
  const problem = replicasProblem(replicas, broker.nodeId)
  if (problem !== undefined) return refuse('INVALID_REPLICA_ASSIGNMENT', problem)
  return refuse('NONE', null)
}
