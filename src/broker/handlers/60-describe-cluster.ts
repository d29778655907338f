import {
  type DescribeClusterRequest,
  type DescribeClusterResponseInput,
  ErrorCode,
  type ErrorName,
} from '../../wire/index.ts'
import { AuthorizedOperations } from '../authorized-operations.ts'
import type { Handler } from '../handler.ts'

const BROKERS = 1
const CONTROLLERS = 2

/** The cluster's id and nodes (KIP-700). This is an endpoint of brokers, not of controllers (KIP-919). */
export const handleDescribeCluster: Handler<DescribeClusterRequest, DescribeClusterResponseInput> = (
  request,
  context,
  broker,
) => {
  switch (request.endpointType) {
    case BROKERS:
      break
    case CONTROLLERS:
      return refused(
        'MISMATCHED_ENDPOINT_TYPE',
        'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER',
      )
    default:
      return refused('UNSUPPORTED_ENDPOINT_TYPE', `Unsupported endpoint type ${request.endpointType}`)
  }
  const { host, port } = context.connection.advertised
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    brokers: [{ brokerId: broker.nodeId, host, port, rack: broker.config.values.brokerRack }],
    ...(request.includeClusterAuthorizedOperations && { clusterAuthorizedOperations: AuthorizedOperations.cluster }),
  }
}

function refused(errorCode: ErrorName, errorMessage: string): DescribeClusterResponseInput {
  return { throttleTimeMs: 0, errorCode: ErrorCode[errorCode], errorMessage, clusterId: '', brokers: [] }
}
