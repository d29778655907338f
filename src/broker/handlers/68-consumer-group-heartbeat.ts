import type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponseInput } from '../../wire/index.ts'
import { askGroup } from '../groups/ask-group.ts'
import { topicRegexProblem } from '../groups/topic-regex.ts'
import type { Handler } from '../handler.ts'

/** Joins, stays in, or leaves a group of the consumer protocol (KIP-848). */
export const handleConsumerGroupHeartbeat: Handler<
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponseInput
> = (request, context, broker) => {
  const { groupId, subscribedTopicRegex: regex } = request
  const { apiVersion, clientHost } = context
  const client = { clientId: context.clientId ?? '', clientHost }
  const ask = (regexProblem: string | null): Promise<ConsumerGroupHeartbeatResponseInput> =>
    askGroup<'ConsumerGroupHeartbeat'>(
      { type: 'ConsumerGroupHeartbeat', groupId, apiVersion, request, client, regexProblem },
      context,
      broker,
    )
  // Only members with a regular expression need its engine.
  return regex === null || regex === '' ? ask(null) : topicRegexProblem(regex).then(ask)
}
