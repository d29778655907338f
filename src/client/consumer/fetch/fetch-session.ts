import type { FetchRequestInput, FetchResponse } from '../../../wire/index.ts'
import { ZERO_UUID } from '../../../wire/index.ts'
import type { PartitionState } from '../partition-state.ts'

/** A partition as it was asked for last: what an answer about it belongs to. */
export interface SessionPartition {
  readonly state: PartitionState
  /** `state.seeks` at the time: an answer to a question from before a seek is dropped. */
  readonly seeks: number
  readonly topicId: string | undefined
  readonly fetchOffset: bigint
  readonly currentLeaderEpoch: number
  readonly partitionMaxBytes: number
}

export type SessionRequest = Pick<FetchRequestInput, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'>

const NO_SESSION = 0
const FINAL_EPOCH = -1
const FIRST_EPOCH = 0
const EPOCH_MAX = 2 ** 31 - 1

/**
 * The client's half of an incremental fetch session with one node (KIP-227, Java's FetchSessionHandler). Pure: `next` tells what to send so that the broker
 * knows the partitions wanted, `answered` and `failed` what came of it. Only one request is under way at a time. Where it is not kept, each request names all
 * its partitions, and the broker remembers nothing.
 */
export class FetchSession {
  readonly #isKept: boolean
  #sessionId = NO_SESSION
  #epoch = FIRST_EPOCH
  /** Requests name topics by id, from version 13 on. A session does the one or the other. */
  #usesTopicIds = false
  #partitions = new Map<string, SessionPartition>()

  constructor({ isKept = true }: { readonly isKept?: boolean } = {}) {
    this.#isKept = isKept
  }

  get sessionId(): number {
    return this.#sessionId
  }

  get epoch(): number {
    return this.#epoch
  }

  /** How many partitions the broker is asked about. */
  get size(): number {
    return this.#partitions.size
  }

  get isOpen(): boolean {
    return this.#sessionId !== NO_SESSION
  }

  /** What to send so that exactly these partitions are asked for. */
  next(wanted: readonly SessionPartition[]): { readonly request: SessionRequest; readonly usesTopicIds: boolean } {
    const usesTopicIds = wanted.every(({ topicId }) => topicId !== undefined)
    if (this.#epoch !== FIRST_EPOCH && usesTopicIds !== this.#usesTopicIds && wanted.length > 0) this.#beginAnew()
    this.#usesTopicIds = usesTopicIds
    const before = this.#partitions
    this.#partitions = new Map(wanted.map((partition) => [partition.state.name, partition]))
    const isFull = this.#epoch === FIRST_EPOCH
    const changed = isFull ? wanted : wanted.filter((now) => isChanged(before.get(now.state.name), now))
    const request: SessionRequest = {
      sessionId: this.#sessionId,
      sessionEpoch: this.#isKept ? this.#epoch : FINAL_EPOCH,
      topics: byTopic(changed).map(([first, partitions]) => ({
        topic: first.state.topic,
        topicId: first.topicId ?? ZERO_UUID,
        partitions: partitions.map((partition) => ({
          partition: partition.state.partition,
          currentLeaderEpoch: partition.currentLeaderEpoch,
          fetchOffset: partition.fetchOffset,
          partitionMaxBytes: partition.partitionMaxBytes,
        })),
      })),
      forgottenTopicsData: isFull ? [] : this.#forgotten(before),
    }
    return { request, usesTopicIds }
  }

  /** The partition an answer speaks of, as it was asked for last; undefined when it was not asked for. */
  partitionsOf(): {
    byName(topic: string, partition: number): SessionPartition | undefined
    byId(id: string, partition: number): SessionPartition | undefined
  } {
    const names = new Map<string, string>()
    for (const { topicId, state } of this.#partitions.values())
      if (topicId !== undefined) names.set(topicId, state.topic)
    const byName = (topic: string, partition: number) => this.#partitions.get(`${topic}-${partition}`)
    return {
      byName,
      byId: (id, partition) => {
        const name = names.get(id)
        return name === undefined ? undefined : byName(name, partition)
      },
    }
  }

  /** @returns whether the answer speaks for the partitions; else the next request begins a new session. */
  answered({ errorCode, sessionId }: Pick<FetchResponse, 'errorCode' | 'sessionId'>): boolean {
    if (errorCode !== 0) {
      // Kafka keeps the id where the session may still be there (71, 103, 106), so that the new one takes its place.
      if (errorCode === SESSION_ID_NOT_FOUND) this.#sessionId = NO_SESSION
      this.#beginAnew()
      return false
    }
    if (sessionId === NO_SESSION || !this.#isKept) {
      // A broker without room for a session, or from before version 7: full requests from now on.
      this.#sessionId = NO_SESSION
      this.#epoch = FIRST_EPOCH
    } else if (this.#epoch === FIRST_EPOCH) {
      this.#sessionId = sessionId
      this.#epoch = 1
    } else this.#epoch = this.#epoch === EPOCH_MAX ? 1 : this.#epoch + 1
    return true
  }

  /** No answer came: the broker may have taken the request or not. The next one closes the session and begins another. */
  failed(): void {
    this.#beginAnew()
  }

  /** The request that ends the session, so that the broker may forget it; undefined where there is none. */
  close(): SessionRequest | undefined {
    if (!this.isOpen) return undefined
    const sessionId = this.#sessionId
    this.#sessionId = NO_SESSION
    this.#beginAnew()
    return { sessionId, sessionEpoch: FINAL_EPOCH, topics: [], forgottenTopicsData: [] }
  }

  #beginAnew(): void {
    this.#epoch = FIRST_EPOCH
    this.#partitions = new Map()
  }

  /** What the session has, and shall have no more; also a topic of that name and another id. */
  #forgotten(before: ReadonlyMap<string, SessionPartition>): NonNullable<SessionRequest['forgottenTopicsData']> {
    const gone: SessionPartition[] = []
    for (const [name, partition] of before) {
      const now = this.#partitions.get(name)
      if (now === undefined || now.topicId !== partition.topicId) gone.push(partition)
    }
    return byTopic(gone).map(([first, partitions]) => ({
      topic: first.state.topic,
      topicId: first.topicId ?? ZERO_UUID,
      partitions: partitions.map(({ state }) => state.partition),
    }))
  }
}

const SESSION_ID_NOT_FOUND = 70

function isChanged(before: SessionPartition | undefined, now: SessionPartition): boolean {
  return (
    before === undefined ||
    before.fetchOffset !== now.fetchOffset ||
    before.currentLeaderEpoch !== now.currentLeaderEpoch ||
    before.partitionMaxBytes !== now.partitionMaxBytes ||
    before.topicId !== now.topicId
  )
}

/** Topics in the order of their first partition; of each all partitions, in their order. */
function byTopic(
  partitions: readonly SessionPartition[],
): (readonly [SessionPartition, readonly SessionPartition[]])[] {
  const topics = new Map<string, SessionPartition[]>()
  for (const partition of partitions) {
    const key = partition.topicId ?? partition.state.topic
    const list = topics.get(key)
    if (list === undefined) topics.set(key, [partition])
    else list.push(partition)
  }
  return Array.from(topics.values(), (list) => [list[0]!, list] as const)
}
