import { randomInt } from 'node:crypto'
import type { FetchPartition } from './fetch-partition.ts'

/** `min.incremental.fetch.session.eviction.ms`: a session is safe for so long after it was made or used. */
const EVICTION_MS = 120_000
/**
 * Partitions that all sessions together may hold. Kafka bounds only the number of sessions; a client that opens sessions of
 * many partitions without end would fill our memory. No session beyond it: its clients send full requests.
 */
const PARTITIONS_MAX = 250_000
/** Longest name that a topic may have; one that is said with a longer name counts for several. */
const TOPIC_NAME_LENGTH_MAX = 249
const SESSION_ID_MAX = 2 ** 31 - 1

export const NO_SESSION = 0
export const INITIAL_EPOCH = 0
export const FINAL_EPOCH = -1

/** What a client fetches, remembered from request to request (KIP-227). */
export interface FetchSession {
  readonly sessionId: number
  readonly usesTopicIds: boolean
  /** By `partitionKey`; those that had data last come last, so that all have their turn. */
  readonly partitions: Map<string, FetchPartition>
  /** Of the next request. */
  epoch: number
  readonly createdMs: number
  lastUsedMs: number
  /** Size when last used. */
  cachedPartitions: number
  /** As `PARTITIONS_MAX` counts: now, and when last used. */
  weight: number
  cachedWeight: number
  /** Answers the request that waits for data in the session's name, if there is one; the session has moved on, or ended. */
  supersede: (() => void) | undefined
}

/** For how many partitions one counts in `FetchSession.weight`. */
export function weightOf({ topicKey }: FetchPartition): number {
  return Math.ceil(Math.max(1, topicKey.length) / TOPIC_NAME_LENGTH_MAX)
}

export function nextEpoch(epoch: number): number {
  if (epoch < 0) return FINAL_EPOCH
  return epoch === SESSION_ID_MAX ? 1 : epoch + 1
}

/** The sessions of one broker, at most `max.incremental.fetch.session.cache.slots`. */
export class FetchSessions {
  /** The least recently used first. */
  readonly #sessions = new Map<number, FetchSession>()
  #partitions = 0
  #weight = 0

  get size(): number {
    return this.#sessions.size
  }

  get partitions(): number {
    return this.#partitions
  }

  get(sessionId: number): FetchSession | undefined {
    return this.#sessions.get(sessionId)
  }

  remove(sessionId: number): void {
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return
    this.#sessions.delete(sessionId)
    this.#partitions -= session.cachedPartitions
    this.#weight -= session.cachedWeight
    session.supersede?.()
  }

  /** The session is used. False when it has grown beyond what there is place for: then it has ended. */
  touch(session: FetchSession, nowMs: number): boolean {
    this.#partitions += session.partitions.size - session.cachedPartitions
    this.#weight += session.weight - session.cachedWeight
    session.cachedPartitions = session.partitions.size
    session.cachedWeight = session.weight
    session.lastUsedMs = nowMs
    this.#sessions.delete(session.sessionId)
    this.#sessions.set(session.sessionId, session)
    if (this.#weight <= PARTITIONS_MAX) return true
    this.remove(session.sessionId)
    return false
  }

  /** A new session, or undefined when there is no place: the client is told id 0 and sends full requests. */
  create(
    partitions: Map<string, FetchPartition>,
    options: { readonly usesTopicIds: boolean; readonly slots: number; readonly nowMs: number },
  ): FetchSession | undefined {
    const { usesTopicIds, slots, nowMs } = options
    let weight = 0
    for (const partition of partitions.values()) weight += weightOf(partition)
    if (slots <= 0 || this.#weight + weight > PARTITIONS_MAX) return undefined
    if (this.#sessions.size >= slots && !this.#evict(partitions.size, nowMs)) return undefined
    const session: FetchSession = {
      sessionId: this.#newId(),
      usesTopicIds,
      partitions,
      epoch: nextEpoch(INITIAL_EPOCH),
      createdMs: nowMs,
      lastUsedMs: nowMs,
      cachedPartitions: 0,
      weight,
      cachedWeight: 0,
      supersede: undefined,
    }
    this.touch(session, nowMs)
    return session
  }

  /**
   * Makes place as Kafka does: for anyone in the place of a session long unused, else for a larger session in that of the
   * smallest one, unless that is young.
   */
  #evict(size: number, nowMs: number): boolean {
    let smallest: FetchSession | undefined
    for (const session of this.#sessions.values()) {
      if (nowMs - session.lastUsedMs > EVICTION_MS) {
        this.remove(session.sessionId)
        return true
      }
      if (nowMs - session.createdMs <= EVICTION_MS) continue
      if (smallest === undefined || session.cachedPartitions < smallest.cachedPartitions) smallest = session
    }
    if (smallest === undefined || smallest.cachedPartitions >= size) return false
    this.remove(smallest.sessionId)
    return true
  }

  #newId(): number {
    for (;;) {
      const id = randomInt(1, SESSION_ID_MAX)
      if (!this.#sessions.has(id)) return id
    }
  }
}
