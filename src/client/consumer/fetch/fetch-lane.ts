import type { PartitionState } from '../partition-state.ts'
import { FetchSession, type SessionPartition, type SessionRequest } from './fetch-session.ts'

interface UnderWay {
  readonly asked: ReadonlyMap<PartitionState, SessionPartition>
  /** Bytes set aside for the answer. */
  readonly reservedBytes: number
  readonly sinceMs: number
  /** When the broker answers at the latest, with what it has. */
  readonly untilMs: number
}

/** One way to ask a node: a fetch at a time. */
export class FetchLane {
  readonly purpose: 'fetch' | 'fetch-aside'
  readonly session: FetchSession
  #underWay: UnderWay | undefined

  constructor(purpose: 'fetch' | 'fetch-aside') {
    this.purpose = purpose
    // Aside are asked few partitions, for a moment: the broker need not remember them.
    this.session = new FetchSession({ isKept: purpose === 'fetch' })
  }

  get underWay(): UnderWay | undefined {
    return this.#underWay
  }

  /** Whether the answer that is awaited will have what this partition wants. */
  covers({ state, seeks, fetchOffset }: SessionPartition): boolean {
    const asked = this.#underWay?.asked.get(state)
    return asked !== undefined && asked.seeks === seeks && asked.fetchOffset === fetchOffset
  }

  begin(
    wanted: readonly SessionPartition[],
    times: Pick<UnderWay, 'reservedBytes' | 'sinceMs' | 'untilMs'>,
  ): { readonly request: SessionRequest; readonly usesTopicIds: boolean } {
    this.#underWay = { ...times, asked: new Map(wanted.map((partition) => [partition.state, partition])) }
    return this.session.next(wanted)
  }

  end(): void {
    this.#underWay = undefined
  }
}

/** A node, and what is asked of it. */
export class FetchNode {
  readonly nodeId: number
  /** All partitions of the node, in a session. */
  readonly main = new FetchLane('fetch')
  /** Partitions that cannot wait for the end of the main fetch, which waits for others; over a connection of its own, since a broker answers in order. */
  readonly aside = new FetchLane('fetch-aside')
  hasAnswered = false
  failures = 0
  retryAtMs = 0
  /** Monotonic time until which the node asked for quiet. */
  throttledUntilMs = 0

  constructor(nodeId: number) {
    this.nodeId = nodeId
  }

  get reservedBytes(): number {
    return (this.main.underWay?.reservedBytes ?? 0) + (this.aside.underWay?.reservedBytes ?? 0)
  }

  get isWaiting(): boolean {
    return this.main.underWay !== undefined || this.aside.underWay !== undefined
  }
}
