import { ErrorCode, type FetchRequest, type FetchResponseInput } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import {
  type FetchAnswer,
  type FetchParams,
  type FetchRead,
  fetchStateOf,
  openFetchContext,
  readPartitions,
  TOPIC_ID_VERSION,
} from '../fetch/index.ts'
import type { Handler, RequestContext } from '../handler.ts'
import { InOrder } from '../server/in-order.ts'

type TopicAnswer = FetchResponseInput['responses'][number]

/**
 * At most one fetch of a connection waits for data: those behind it could not be answered before it anyway, and what they
 * would read early would have to be held.
 */
const order = new InOrder()

/** Fetch: batches as they lie in the log, at once or when there are enough of them (long poll). */
export const handleFetch: Handler<FetchRequest, FetchResponseInput> = (request, context, broker) => {
  const { connection } = context
  if (order.isBusy(connection)) return order.run(connection, () => fetchNow(request, context, broker))
  const answer = fetchNow(request, context, broker)
  return answer instanceof Promise ? order.run(connection, () => answer) : answer
}

function fetchNow(
  request: FetchRequest,
  context: RequestContext,
  broker: Broker,
): FetchResponseInput | Promise<FetchResponseInput> {
  const { sessions, delayed, reading } = fetchStateOf(broker)
  const { apiVersion, connection } = context
  const { fetchMaxBytes, maxIncrementalFetchSessionCacheSlots: slots } = broker.config.values
  const nowMs = (): number => broker.clock.monotonicMs()
  const fetchContext = openFetchContext(request, sessions, { apiVersion, slots, nowMs })
  if (typeof fetchContext === 'string') {
    return { throttleTimeMs: 0, errorCode: ErrorCode[fetchContext], sessionId: 0, responses: [] }
  }
  const targets = fetchContext.partitions
  const maxBytes = Math.max(0, Math.min(request.maxBytes, fetchMaxBytes))
  const params: FetchParams = {
    apiVersion,
    isolation: request.isolationLevel === 1 ? 1 : 0,
    isFollower: isFollower(request),
    // Looked at when it is read: answers that peers have not taken count, and those that others are reading just now.
    maxBytes: () => Math.max(0, Math.min(maxBytes, connection.responseBytesFree - reading.bytes)),
    reading,
  }
  const minBytes = Math.min(request.minBytes, maxBytes)
  const { maxWaitMs } = request

  const answer = (read: FetchRead): FetchResponseInput => {
    for (const { log, sizeBytes } of read.answers) if (sizeBytes > 0) log?.countFetched(sizeBytes)
    const { errorCode, sessionId, answers } = fetchContext.conclude(read.answers)
    return { throttleTimeMs: 0, errorCode: ErrorCode[errorCode], sessionId, responses: byTopic(answers, context) }
  }
  const waitOrAnswer = (firstRead: FetchRead): FetchResponseInput | Promise<FetchResponseInput> => {
    const isEnough = firstRead.sizeBytes >= minBytes || firstRead.hasError || targets.length === 0
    if (isEnough || maxWaitMs <= 0) return answer(firstRead)
    const read = delayed.wait({ broker, connection, targets, params, minBytes, maxWaitMs }, firstRead)
    return read instanceof Promise ? read.then(answer) : answer(read)
  }
  const firstRead = readPartitions(targets, params, broker)
  return firstRead instanceof Promise ? firstRead.then(waitOrAnswer) : waitOrAnswer(firstRead)
}

/** One node has no followers; whoever says to be one is told that its leader is not here. */
function isFollower({ replicaId, replicaState }: FetchRequest): boolean {
  return replicaId >= 0 || replicaState.replicaId >= 0
}

/** Partitions of one topic that follow each other stand together. */
function byTopic(answers: readonly FetchAnswer[], { apiVersion }: RequestContext): TopicAnswer[] {
  const topics: { topic: string; topicId: string; partitions: FetchAnswer['answer'][] }[] = []
  let topicKey: string | undefined
  for (const { target, answer } of answers) {
    if (target.topicKey !== topicKey) {
      topicKey = target.topicKey
      const byId = apiVersion >= TOPIC_ID_VERSION
      topics.push(
        byId ? { topic: '', topicId: topicKey, partitions: [] } : { topic: topicKey, topicId: '', partitions: [] },
      )
    }
    topics.at(-1)!.partitions.push(answer)
  }
  return topics
}
