import type { ErrorName, FetchRequest } from '../../wire/index.ts'
import { ErrorCode } from '../../wire/index.ts'
import { type FetchAnswer, FetchPartition, partitionKey } from './fetch-partition.ts'
import {
  type FetchSession,
  type FetchSessions,
  FINAL_EPOCH,
  INITIAL_EPOCH,
  NO_SESSION,
  nextEpoch,
  weightOf,
} from './fetch-sessions.ts'

/** What one Fetch request asks for, by itself and by its session, and what is told of the outcome. */
export interface FetchContext {
  /** In the order in which they are to be read. */
  readonly partitions: readonly FetchPartition[]
  /** Calls `fn` when it makes no sense to wait for data any more: the session has moved on without this request, or has ended. */
  onSuperseded(fn: () => void): void
  /** Leaves out what the client of a session knows already, and remembers what is told now. */
  conclude(answers: readonly FetchAnswer[]): FetchConclusion
}

export interface FetchConclusion {
  readonly errorCode: ErrorName
  readonly sessionId: number
  readonly answers: readonly FetchAnswer[]
}

export interface FetchContextOptions {
  readonly apiVersion: number
  /** `max.incremental.fetch.session.cache.slots`. */
  readonly slots: number
  nowMs(): number
}

/** Topics are said by id from this version on (KIP-516). */
export const TOPIC_ID_VERSION = 13

export function openFetchContext(
  request: FetchRequest,
  sessions: FetchSessions,
  options: FetchContextOptions,
): FetchContext | ErrorName {
  const { sessionId, sessionEpoch } = request
  if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
    // A full request ends the session that it names.
    if (sessionId !== NO_SESSION) sessions.remove(sessionId)
    const partitions = partitionsOf(request, options.apiVersion)
    if (sessionEpoch === FINAL_EPOCH) return sessionless(partitions)
    return beginning(partitions, sessions, options)
  }
  const session = sessions.get(sessionId)
  if (session === undefined) return 'FETCH_SESSION_ID_NOT_FOUND'
  if (session.epoch !== sessionEpoch) return 'INVALID_FETCH_SESSION_EPOCH'
  if (session.usesTopicIds !== options.apiVersion >= TOPIC_ID_VERSION) return 'FETCH_SESSION_TOPIC_ID_ERROR'
  updateSession(session, request, options.apiVersion)
  if (session.partitions.size === 0) {
    sessions.remove(sessionId)
    return sessionless(partitionsOf(request, options.apiVersion))
  }
  // One request at a time waits in a session's name; who sends another has given up the first.
  session.supersede?.()
  session.supersede = undefined
  if (!sessions.touch(session, options.nowMs())) return 'FETCH_SESSION_ID_NOT_FOUND'
  session.epoch = nextEpoch(session.epoch)
  return incremental(session)
}

function sessionless(partitions: ReadonlyMap<string, FetchPartition>): FetchContext {
  return {
    partitions: [...partitions.values()],
    onSuperseded: () => {},
    conclude: (answers) => ({ errorCode: 'NONE', sessionId: NO_SESSION, answers }),
  }
}

/** A full request with epoch 0: everything is told, and a session begins with it where there is place. */
function beginning(
  partitions: Map<string, FetchPartition>,
  sessions: FetchSessions,
  { apiVersion, slots, nowMs }: FetchContextOptions,
): FetchContext {
  return {
    partitions: [...partitions.values()],
    onSuperseded: () => {},
    conclude(answers) {
      for (const { target, answer } of answers) remember(target, answer)
      const usesTopicIds = apiVersion >= TOPIC_ID_VERSION
      const session = sessions.create(partitions, { usesTopicIds, slots, nowMs: nowMs() })
      return { errorCode: 'NONE', sessionId: session?.sessionId ?? NO_SESSION, answers }
    },
  }
}

function incremental(session: FetchSession): FetchContext {
  const expectedEpoch = session.epoch
  return {
    partitions: [...session.partitions.values()],
    onSuperseded: (fn) => {
      session.supersede = fn
    },
    conclude(answers) {
      const { sessionId } = session
      // Another request of the session came before this one was answered: a client that repeats itself.
      if (session.epoch !== expectedEpoch) return { errorCode: 'INVALID_FETCH_SESSION_EPOCH', sessionId, answers: [] }
      const told = answers.filter(({ target, answer, sizeBytes }) => {
        const isNews = sizeBytes > 0 || hasChanged(target, answer)
        if (isNews) remember(target, answer)
        if (sizeBytes > 0) moveToEnd(session, target)
        return isNews
      })
      return { errorCode: 'NONE', sessionId, answers: told }
    },
  }
}

function hasChanged(target: FetchPartition, answer: FetchAnswer['answer']): boolean {
  return (
    answer.errorCode !== ErrorCode.NONE ||
    answer.divergingEpoch !== undefined ||
    answer.highWatermark !== target.toldHighWatermark ||
    answer.logStartOffset !== target.toldLogStartOffset
  )
}

function remember(target: FetchPartition, answer: FetchAnswer['answer']): void {
  // After an error everything is told again, as in Kafka.
  target.toldHighWatermark = answer.errorCode === ErrorCode.NONE ? answer.highWatermark : -1n
  target.toldLogStartOffset = answer.logStartOffset ?? -1n
}

function moveToEnd({ partitions }: FetchSession, target: FetchPartition): void {
  const key = partitionKey(target.topicKey, target.partition)
  if (partitions.delete(key)) partitions.set(key, target)
}

function partitionsOf(request: FetchRequest, apiVersion: number): Map<string, FetchPartition> {
  const partitions = new Map<string, FetchPartition>()
  for (const topic of request.topics) {
    const topicKey = apiVersion >= TOPIC_ID_VERSION ? topic.topicId : topic.topic
    for (const partition of topic.partitions) {
      // Of a partition that stands there twice, the last one counts.
      partitions.set(partitionKey(topicKey, partition.partition), new FetchPartition(topicKey, partition))
    }
  }
  return partitions
}

function updateSession(session: FetchSession, request: FetchRequest, apiVersion: number): void {
  const { partitions } = session
  for (const topic of request.topics) {
    const topicKey = apiVersion >= TOPIC_ID_VERSION ? topic.topicId : topic.topic
    for (const partition of topic.partitions) {
      const key = partitionKey(topicKey, partition.partition)
      const known = partitions.get(key)
      if (known === undefined) {
        const added = new FetchPartition(topicKey, partition)
        session.weight += weightOf(added)
        partitions.set(key, added)
      } else known.update(partition)
    }
  }
  for (const topic of request.forgottenTopicsData) {
    const topicKey = apiVersion >= TOPIC_ID_VERSION ? topic.topicId : topic.topic
    for (const partition of topic.partitions) {
      const key = partitionKey(topicKey, partition)
      const known = partitions.get(key)
      if (known === undefined) continue
      session.weight -= weightOf(known)
      partitions.delete(key)
    }
  }
}
