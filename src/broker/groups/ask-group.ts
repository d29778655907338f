import {
  type CommandOf,
  errorResponse,
  type GroupCommand,
  type GroupResponses,
  precheck,
} from '../../coordinator/index.ts'
import type { Broker } from '../broker.ts'
import type { RequestContext } from '../handler.ts'
import { OFFSETS_TOPIC } from '../topics/topic-name.ts'

/**
 * Asks the coordinator of a group. The answer comes when all that it could have seen is durable; when the connection ends first, the waiting
 * request is dropped and the promise never settles. Before `__consumer_offsets` exists no node coordinates anything: NOT_COORDINATOR, as
 * from Kafka, upon which clients ask FindCoordinator, which creates it.
 */
export function askGroup<T extends GroupCommand['type']>(
  command: CommandOf<T>,
  { connection }: RequestContext,
  broker: Broker,
): Promise<GroupResponses[T]> {
  const asked: GroupCommand = command
  if (!broker.metadata.image.topicsByName.has(OFFSETS_TOPIC)) {
    const error = precheck(asked, broker.config.values)
    const response = errorResponse(asked, error === 'NONE' ? 'NOT_COORDINATOR' : error)
    return Promise.resolve(response as GroupResponses[T])
  }
  return new Promise((resolve) => {
    const forget = connection.onClose(() => waiting.cancel())
    const waiting = broker.groups.submit(asked, (response) => {
      forget()
      resolve(response as GroupResponses[T])
    })
  })
}
