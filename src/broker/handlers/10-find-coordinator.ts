import {
  ErrorCode,
  type ErrorName,
  errorMessage,
  type FindCoordinatorRequest,
  type FindCoordinatorResponseInput,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler, RequestContext } from '../handler.ts'
import { ensureOffsetsTopic } from '../topics/offsets-topic.ts'

const GROUP = 0
const TRANSACTION = 1
const SHARE = 2

interface Found {
  readonly errorCode: ErrorName
  readonly message: string | null
  readonly nodeId: number
}

/**
 * Where a group's coordinator is (KIP-699: several keys from version 4 on). Looking for the first one creates `__consumer_offsets`; we
 * answer when it is there, Kafka answers COORDINATOR_NOT_AVAILABLE meanwhile. Transactions and share groups get an error that no client
 * retries: they would otherwise wait for ever for what is not served.
 */
export const handleFindCoordinator: Handler<FindCoordinatorRequest, FindCoordinatorResponseInput> = (
  request,
  context,
  broker,
) => {
  const keys = context.apiVersion >= 4 ? request.coordinatorKeys : [request.key]
  const problem = keyTypeProblem(request.keyType, context.apiVersion)
  if (problem !== undefined) {
    const none = { errorCode: 'INVALID_REQUEST', message: problem, nodeId: -1 } as const
    return respond(
      keys.map((key) => [key, none]),
      context,
    )
  }
  return ensureOffsetsTopic(broker).then((errorCode) =>
    respond(
      keys.map((key) => [key, errorCode === 'NONE' ? coordinatorOf(key, broker) : NOT_AVAILABLE]),
      context,
    ),
  )
}

const NOT_AVAILABLE: Found = {
  errorCode: 'COORDINATOR_NOT_AVAILABLE',
  message: errorMessage('COORDINATOR_NOT_AVAILABLE'),
  nodeId: -1,
}

function coordinatorOf(groupId: string, broker: Broker): Found {
  return { errorCode: 'NONE', message: null, nodeId: broker.coordinatorOf(groupId) }
}

function keyTypeProblem(keyType: number, apiVersion: number): string | undefined {
  switch (keyType) {
    case GROUP:
      return undefined
    case TRANSACTION:
      return 'Transactions are not supported by this broker: use a producer without a transactional id.'
    case SHARE:
      // Older versions do not know the type.
      return apiVersion >= 6 ? 'Share groups are not supported by this broker.' : errorMessage('INVALID_REQUEST')
    default:
      return errorMessage('INVALID_REQUEST')
  }
}

function respond(found: readonly (readonly [string, Found])[], context: RequestContext): FindCoordinatorResponseInput {
  const { apiVersion, connection } = context
  const coordinators = found.map(([key, { errorCode, message, nodeId }]) => {
    const { host, port } = nodeId === -1 ? { host: '', port: -1 } : connection.advertised
    // Without an error Kafka's message is 'NONE' up to version 3 and empty from then on.
    const text = message ?? (apiVersion >= 4 ? '' : errorMessage('NONE'))
    return { key, nodeId, host, port, errorCode: ErrorCode[errorCode], errorMessage: text }
  })
  if (apiVersion >= 4) return { throttleTimeMs: 0, coordinators }
  const { key: _, ...only } = coordinators[0]!
  return { throttleTimeMs: 0, ...only }
}
