import type { CommandOf, GroupCommand, GroupResponses } from '../../coordinator/index.ts'
import type { Broker } from '../broker.ts'
import type { RequestContext } from '../handler.ts'
import { OFFSETS_TOPIC } from '../topics/topic-name.ts'
import { refusal } from './refusal.ts'

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
  if (!broker.metadata.image.topicsByName.has(OFFSETS_TOPIC)) {
    return Promise.resolve(refusal(command, 'NOT_COORDINATOR') as GroupResponses[T])
  }
  return new Promise((resolve) => {
    const forget = connection.onClose(() => waiting.cancel())
    const waiting = broker.groups.submit(command, (response) => {
      forget()
      resolve(response as GroupResponses[T])
    })
  })
}
