import type { PartitionLog } from '../../log/index.ts'
import type { FetchRequest, FetchResponseInput } from '../../wire/index.ts'

export type FetchPartitionRequest = FetchRequest['topics'][number]['partitions'][number]
export type FetchPartitionAnswer = FetchResponseInput['responses'][number]['partitions'][number]

/** A partition that a client fetches; in a session it outlives the request. */
export class FetchPartition {
  /** Name of the topic, or its id from Fetch 13 on: as the client says it. */
  readonly topicKey: string
  readonly partition: number
  /** Of a topic said by id: set once the id is known, and kept when the topic goes (INCONSISTENT_TOPIC_ID). */
  topicName: string | undefined
  fetchOffset = 0n
  currentLeaderEpoch = -1
  lastFetchedEpoch = -1
  maxBytes = 0
  /** As last told to the client of a session: what has not changed is not told again. */
  toldHighWatermark = -1n
  toldLogStartOffset = -1n

  constructor(topicKey: string, request: FetchPartitionRequest) {
    this.topicKey = topicKey
    this.partition = request.partition
    this.update(request)
  }

  update(request: FetchPartitionRequest): void {
    this.fetchOffset = request.fetchOffset
    this.currentLeaderEpoch = request.currentLeaderEpoch
    this.lastFetchedEpoch = request.lastFetchedEpoch
    this.maxBytes = Math.max(0, request.partitionMaxBytes)
  }
}

export interface FetchAnswer {
  readonly target: FetchPartition
  readonly answer: FetchPartitionAnswer
  readonly sizeBytes: number
  /** Where the bytes come from, if there are any. */
  readonly log?: PartitionLog
}

export function partitionKey(topicKey: string, partition: number): string {
  return `${topicKey}:${partition}`
}
