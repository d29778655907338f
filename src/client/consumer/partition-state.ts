import type { KafkaError } from '../kafka-error.ts'
import type { ResetStrategy } from './reset-strategy.ts'

/**
 * What a partition waits for (Java's FetchStates):
 * - `initializing`: for its committed offset, or a seek;
 * - `resetting`: for ListOffsets;
 * - `validating`: for OffsetForLeaderEpoch, since its leader changed (KIP-320);
 * - `fetching`: for nothing: it has a position that is believed.
 */
export type PartitionPhase = 'initializing' | 'resetting' | 'validating' | 'fetching'

export interface Position {
  /** Of the next record to hand out. */
  readonly offset: bigint
  /** Leader epoch of the record before it; -1 when it is not known, and truncation cannot be found. */
  readonly offsetEpoch: number
}

export interface LeaderAndEpoch {
  /** -1 for none. */
  readonly leaderId: number
  /** -1 where the broker does not tell. */
  readonly leaderEpoch: number
}

export const noLeader: LeaderAndEpoch = { leaderId: -1, leaderEpoch: -1 }

/**
 * One partition, for as long as it is assigned: an assignment after a revocation makes a new object, so that who holds an old one (a fetch under
 * way, a handler) is told apart by identity. Pure.
 */
export class PartitionState {
  readonly topic: string
  readonly partition: number
  /** `topic-partition`, as Kafka prints it. */
  readonly name: string
  /** Of the assignment that gave it: rises with each. */
  readonly assignmentEpoch: number
  /** It came to be after the group had begun: without a committed offset it is read from its beginning (the pain of KIP-842). */
  readonly isBornLater: boolean
  readonly #abort = new AbortController()
  /** As the signal says, which is slow to ask. */
  #isRevoking = false
  phase: PartitionPhase = 'initializing'
  paused = false
  /** The listener that is told of it is at work: until it is done nothing is fetched, wherever it seeks. */
  isHeld = false
  /**
   * Rises whenever what is fetched or handed out may not go on as it was: seek, reset, pause, resume, revocation. Who hands out records one by one
   * compares one number for each.
   */
  version = 0
  /** Rises when the position changes otherwise than by handing out: what was fetched before is of no use. */
  seeks = 0
  leader: LeaderAndEpoch = noLeader
  /** Of `phase` resetting. */
  reset: ResetStrategy = { kind: 'none' }
  /** Why it cannot go on without a `seek`: no offset and no strategy to find one. */
  failure: KafkaError | undefined
  /** Requests for reset and validation wait until then. */
  retryAtMs = 0
  /** From the last fetch; -1n before. */
  highWatermark = -1n
  lastStableOffset = -1n
  logStartOffset = -1n
  /** What the application committed itself since the last seek: processed, whatever it still has in its hands. */
  committedHere: { readonly offset: bigint; readonly leaderEpoch: number } | undefined
  /** KIP-392; undefined: the leader. */
  preferredReplica: number | undefined
  preferredUntilMs = 0
  /** The position, in parts, so that handing out a record writes a small number and makes no bigint. */
  #base = -1n
  #delta = 0
  #offsetEpoch = -1

  constructor(options: {
    readonly topic: string
    readonly partition: number
    readonly assignmentEpoch: number
    readonly isBornLater?: boolean
  }) {
    this.topic = options.topic
    this.partition = options.partition
    this.name = `${options.topic}-${options.partition}`
    this.assignmentEpoch = options.assignmentEpoch
    this.isBornLater = options.isBornLater ?? false
  }

  /** Aborts when the partition is to be given up, with the reason. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** It will go, or is gone: nothing more is handed out. */
  get isRevoking(): boolean {
    return this.#isRevoking
  }

  get hasPosition(): boolean {
    return this.#base >= 0n
  }

  /** undefined before the first. */
  get position(): Position | undefined {
    if (!this.hasPosition) return undefined
    return { offset: this.#base + BigInt(this.#delta), offsetEpoch: this.#offsetEpoch }
  }

  get isFetchable(): boolean {
    return this.phase === 'fetching' && !this.paused && !this.isHeld && !this.isRevoking
  }

  /** Records of a batch are handed out from here on: `delivered` counts from this base. */
  enterBatch(baseOffset: bigint, delta: number, leaderEpoch: number): void {
    this.#base = baseOffset
    this.#delta = delta
    this.#offsetEpoch = leaderEpoch
  }

  /** The next record is `delta` behind the base of the batch entered last. For each record: one write. */
  delivered(delta: number): void {
    this.#delta = delta
  }

  /** The position moves without a new beginning: over offsets without records, behind a batch. */
  advanceTo(offset: bigint, leaderEpoch: number): void {
    this.#base = offset
    this.#delta = 0
    this.#offsetEpoch = leaderEpoch
  }

  /** Elsewhere, by the application, a committed offset, a reset or a truncation. Validated first where its epoch is known and not the leader's. */
  seek(offset: bigint, offsetEpoch = -1): void {
    this.advanceTo(offset, offsetEpoch)
    this.#moved()
    this.phase = this.#isDoubtful() ? 'validating' : 'fetching'
  }

  /** The position is to be found by ListOffsets. */
  requestReset(strategy: ResetStrategy): void {
    this.reset = strategy
    this.#base = -1n
    this.#moved()
    this.phase = 'resetting'
  }

  /** What OffsetForLeaderEpoch has confirmed. */
  validated(): void {
    if (this.phase === 'validating') this.phase = 'fetching'
  }

  /**
   * The leader, as metadata or an answer tell it. A newer epoch makes the position doubtful: the log may have been cut (KIP-320).
   * Ignored when it is older than what is known.
   */
  setLeader(leader: LeaderAndEpoch): void {
    const { leaderId, leaderEpoch } = this.leader
    if (leader.leaderEpoch >= 0 && leader.leaderEpoch < leaderEpoch) return
    if (leader.leaderId === leaderId && leader.leaderEpoch === leaderEpoch) return
    this.leader = leader
    this.preferredReplica = undefined
    if (this.phase !== 'fetching' || !this.#isDoubtful()) return
    this.phase = 'validating'
    this.retryAtMs = 0
  }

  pause(): void {
    if (this.paused) return
    this.paused = true
    this.version++
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.version++
  }

  /** It will go: nothing more is handed out, handlers are told. */
  beginRevoke(reason: unknown): void {
    if (this.#isRevoking) return
    this.#isRevoking = true
    this.version++
    this.#abort.abort(reason)
  }

  /** The leader may have another log than the one the position is of. Where its epoch is the same, it has not. */
  #isDoubtful(): boolean {
    return this.#offsetEpoch >= 0 && this.leader.leaderEpoch > this.#offsetEpoch
  }

  #moved(): void {
    this.version++
    this.seeks++
    this.failure = undefined
    this.committedHere = undefined
    this.retryAtMs = 0
    this.preferredReplica = undefined
  }
}
