import {
  type DeleteTopicsRequest,
  type DeleteTopicsResponseInput,
  ErrorCode,
  type ErrorName,
  errorMessage,
  ZERO_UUID,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import type { Handler } from '../handler.ts'
import type { Topic } from '../metadata/metadata-store.ts'

type Result = DeleteTopicsResponseInput['responses'][number]
type Named = Pick<Result, 'name'> & { readonly topicId: string }

/** Deletes topics by name or id, answering when their removal is durable; their committed offsets go too. */
export const handleDeleteTopics: Handler<DeleteTopicsRequest, DeleteTopicsResponseInput> = async (
  request,
  context,
  broker,
) => {
  const requested: readonly Named[] =
    context.apiVersion >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }))
  const { refused, doomed } = sort(requested, broker)
  if (request.timeoutMs <= 0) {
    // Kafka's controller lets the change pass its deadline before it looks at it.
    return { throttleTimeMs: 0, responses: requested.map((named) => failure(named, 'REQUEST_TIMED_OUT', null)) }
  }
  const deletions = doomed.map(async ({ named, topic }): Promise<Result> => {
    const { errorCode } = await broker.deleteTopic(topic)
    if (errorCode !== 'NONE') return failure(named, errorCode)
    return { ...identityOf(topic), errorCode: ErrorCode.NONE, errorMessage: null }
  })
  return { throttleTimeMs: 0, responses: [...refused, ...(await Promise.all(deletions))] }
}

function sort(requested: readonly Named[], broker: Broker) {
  const refused: Result[] = []
  const doomed: { readonly named: Named; readonly topic: Topic }[] = []
  const { topicsByName, topicsById } = broker.metadata.image
  const names = countBy(requested, ({ name }) => name)
  const ids = countBy(requested, ({ topicId }) => (topicId === ZERO_UUID ? null : topicId))
  const seen = new Set<string>()
  for (const named of requested) {
    const { name, topicId } = named
    const hasId = topicId !== ZERO_UUID
    const key = `${name}/${topicId}`
    if (seen.has(key)) continue
    seen.add(key)
    const topic = hasId ? topicsById.get(topicId) : topicsByName.get(name ?? '')
    if (name === null && !hasId) refused.push(invalid(named, 'Neither topic name nor id were specified.'))
    else if (name !== null && hasId) refused.push(invalid(named, 'You may not specify both topic name and topic id.'))
    else if (name !== null && names.get(name)! > 1) refused.push(invalid(named, 'Duplicate topic name.'))
    else if (hasId && ids.get(topicId)! > 1) refused.push(invalid(named, 'Duplicate topic id.'))
    else if (topic === undefined)
      refused.push(failure(named, hasId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'))
    else if (name !== null && ids.has(topic.topicId)) {
      const message = 'The provided topic name maps to an ID that was already supplied.'
      refused.push({ ...invalid(named, message), topicId: topic.topicId })
    } else if (hasId && names.has(topic.name)) {
      // Answered with the name's entry.
    } else if (topic.isInternal) {
      const message = `Topic ${topic.name} is internal: it holds the state of groups and cannot be deleted.`
      refused.push({ ...identityOf(topic), errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage: message })
    } else if (!broker.config.values.deleteTopicEnable) {
      refused.push(failure(named, 'TOPIC_DELETION_DISABLED'))
    } else doomed.push({ named, topic })
  }
  return { refused, doomed }
}

/** Name and id, whichever of them the request had. */
function identityOf({ name, topicId }: Topic): { readonly name: string; readonly topicId: string } {
  return { name, topicId }
}

function invalid(named: Named, message: string): Result {
  return failure(named, 'INVALID_REQUEST', message)
}

function failure(
  { name, topicId }: Named,
  errorCode: ErrorName,
  message: string | null = errorMessage(errorCode),
): Result {
  return { name, topicId, errorCode: ErrorCode[errorCode], errorMessage: message }
}

function countBy(named: readonly Named[], keyOf: (named: Named) => string | null): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of named) {
    const key = keyOf(one)
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}
