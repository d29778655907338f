import { ErrorCode, type FetchRequest, type FetchResponseInput } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import {
  type FetchAnswer,
  type FetchParams,
  type FetchRead,
  fetchAllowance,
  fetchStateOf,
  memoryForFetch,
  openFetchContext,
  readPartitions,
  TOPIC_ID_VERSION,
} from '../fetch/index.ts'
import type { Handler, RequestContext } from '../handler.ts'
import { InOrder } from '../server/in-order.ts'

/** Of earlier answers, what the peer may have left when records are read for the next. */
const UNTAKEN_BYTES_MAX = 1024 * 1024
/** For a connection that has ended. */
const NOTHING: FetchResponseInput = { throttleTimeMs: 0, errorCode: 0, sessionId: 0, responses: [] }

type TopicAnswer = FetchResponseInput['responses'][number]

/**
 * At most one fetch of a connection waits for data: those behind it could not be answered before it anyway, and what they
 * would read early would have to be held.
 */
const order = new InOrder()

/** Fetch: batches as they lie in the log, at once or when there are enough of them (long poll). */
export const handleFetch: Handler<FetchRequest, FetchResponseInput> = (request, context, broker) => {
  const { connection } = context
  if (order.isBusy(connection)) return order.run(connection, () => fetchWhenTaken(request, context, broker))
  const answer = fetchWhenTaken(request, context, broker)
  return answer instanceof Promise ? order.run(connection, () => answer) : answer
}

/** A peer that leaves earlier answers lie gets no further records: one answer is all that it makes us hold. */
function fetchWhenTaken(
  request: FetchRequest,
  context: RequestContext,
  broker: Broker,
): FetchResponseInput | Promise<FetchResponseInput> {
  const { connection } = context
  if (connection.isEnded) return NOTHING
  if (connection.pendingResponseBytes < UNTAKEN_BYTES_MAX) return fetchNow(request, context, broker)
  return new Promise<void>((resolve) => connection.onceTaken(UNTAKEN_BYTES_MAX, resolve)).then(() =>
    fetchWhenTaken(request, context, broker),
  )
}

function fetchNow(
  request: FetchRequest,
  context: RequestContext,
  broker: Broker,
): FetchResponseInput | Promise<FetchResponseInput> {
  const { sessions, delayed } = fetchStateOf(broker)
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
    allowance: () => fetchAllowance(connection, maxBytes),
    isAbandoned: () => connection.isEnded,
    memory: connection.answers,
  }
  const minBytes = Math.min(request.minBytes, maxBytes)
  const { maxWaitMs } = request
  const onSuperseded = (fn: () => void): void => fetchContext.onSuperseded(fn)

  const answer = (read: FetchRead): FetchResponseInput => {
    for (const { log, sizeBytes } of read.answers) if (sizeBytes > 0) log?.countFetched(sizeBytes)
    const { errorCode, sessionId, answers } = fetchContext.conclude(read.answers)
    return { throttleTimeMs: 0, errorCode: ErrorCode[errorCode], sessionId, responses: byTopic(answers, context) }
  }
  /** Where memory is too scarce for a single batch the fetch waits in turn; an ended connection gets what there is. */
  const readAgain = (read: FetchRead): FetchRead | Promise<FetchRead> => {
    if (!read.isStarved) return read
    return memoryForFetch(connection).then((isFree) =>
      isFree ? whenRead(readPartitions(targets, params, broker), readAgain) : read,
    )
  }
  const answerAll = (read: FetchRead): FetchResponseInput | Promise<FetchResponseInput> =>
    whenRead(readAgain(read), answer)
  const waitOrAnswer = (firstRead: FetchRead): FetchResponseInput | Promise<FetchResponseInput> => {
    const isEnough = firstRead.sizeBytes >= minBytes || firstRead.hasError || targets.length === 0
    if (isEnough || firstRead.isStarved || maxWaitMs <= 0) return answerAll(firstRead)
    return whenRead(
      delayed.wait({ broker, connection, targets, params, minBytes, maxWaitMs, onSuperseded }, firstRead),
      answerAll,
    )
  }
  return whenRead(readPartitions(targets, params, broker), waitOrAnswer)
}

/** Without a turn of microtasks where the read is there already. */
function whenRead<T>(read: FetchRead | Promise<FetchRead>, then: (read: FetchRead) => T | Promise<T>): T | Promise<T> {
  return read instanceof Promise ? read.then(then) : then(read)
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
