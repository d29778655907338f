import type { Cancel } from '../platform/index.ts'

/** A peer that has taken nothing for so long is ended, the most patient last, when the memory for answers runs out. */
const STALL_MS = 5_000
/** How often that is looked at while it is so. */
const CHECK_MS = 500

/** One that answers are kept for. */
export interface AnswerHolder {
  readonly pendingResponseBytes: number
  /** When its peer last took something, or when the oldest of what waits for it was there. */
  readonly pendingSinceMs: number
  destroy(closeReason: 'memory', reason: string): void
}

export interface AnswerBudgetOptions {
  /** Bytes of answers that all connections together may hold. */
  maxBytes(): number
  nowMs(): number
  after(delayMs: number, fn: () => void): Cancel
  holders(): Iterable<AnswerHolder>
}

/**
 * Memory for answers that peers have not taken yet, over all connections, and for records on their way into one.
 *
 * Who can choose how much to read asks `freeBytes` first, and waits in turn where there is too little (`whenFree`). What comes
 * otherwise is counted; beyond the limit the connections whose peers have taken nothing for the longest time are ended, so the
 * limit holds whatever peers do. Below it nobody is ended but those that hold up others: who has taken nothing for five
 * seconds while somebody waits or less than an eighth is free.
 */
export class AnswerBudget {
  readonly #options: AnswerBudgetOptions
  readonly #waiting = new Set<Waiter>()
  #heldBytes = 0
  #reservedBytes = 0
  #check: Cancel | undefined
  #isEnforcing = false
  #wakeScheduled = false

  constructor(options: AnswerBudgetOptions) {
    this.#options = options
  }

  /** Of answers that peers have not taken. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  get maxBytes(): number {
    return this.#options.maxBytes()
  }

  /** May be negative. */
  get freeBytes(): number {
    return this.maxBytes - this.#heldBytes - this.#reservedBytes
  }

  /** Answers grew, or peers have taken some. */
  held(deltaBytes: number): void {
    this.#heldBytes += deltaBytes
    if (deltaBytes < 0) this.#freed()
    else if (this.freeBytes < this.maxBytes / 8) this.#tight()
  }

  /** For bytes that are being read and are in no answer yet; give them back with `release`. */
  reserve(bytes: number): void {
    this.#reservedBytes += bytes
  }

  release(bytes: number): void {
    this.#reservedBytes -= bytes
    this.#freed()
  }

  /** Calls `fn` in a later turn, when so many bytes are free and those who came before have been called; returns what forgets it. */
  whenFree(bytes: number, fn: () => void): () => void {
    const waiter = { bytes, fn }
    this.#waiting.add(waiter)
    this.#scheduleCheck()
    this.#freed()
    return () => {
      this.#waiting.delete(waiter)
    }
  }

  #freed(): void {
    if (this.#waiting.size === 0 || this.#wakeScheduled) return
    this.#wakeScheduled = true
    setImmediate(() => {
      this.#wakeScheduled = false
      const [first] = this.#waiting
      if (first === undefined || this.freeBytes < first.bytes) return
      this.#waiting.delete(first)
      first.fn()
      // One a turn: what this one takes is known by the next.
      this.#freed()
    })
  }

  #tight(): void {
    this.#scheduleCheck()
    if (this.#heldBytes <= this.maxBytes || this.#isEnforcing) return
    this.#isEnforcing = true
    // The sockets first take what they can.
    setImmediate(() => {
      this.#isEnforcing = false
      this.#end(this.#heldBytes - this.maxBytes, Number.POSITIVE_INFINITY)
    })
  }

  #scheduleCheck(): void {
    if (this.#check !== undefined) return
    this.#check = this.#options.after(CHECK_MS, () => {
      this.#check = undefined
      const isTight = this.freeBytes < this.maxBytes / 8
      if (!isTight && this.#waiting.size === 0) return
      this.#end(this.maxBytes / 4 - this.freeBytes, this.#options.nowMs() - STALL_MS)
      this.#scheduleCheck()
    })
  }

  /** Ends connections that hold `bytes` together, of those whose peers have taken nothing since `beforeMs`, the longest first. */
  #end(bytes: number, beforeMs: number): void {
    if (bytes <= 0) return
    const stalled = [...this.#options.holders()].filter(
      ({ pendingResponseBytes, pendingSinceMs }) => pendingResponseBytes > 0 && pendingSinceMs < beforeMs,
    )
    stalled.sort((a, b) => a.pendingSinceMs - b.pendingSinceMs)
    let rest = bytes
    for (const holder of stalled) {
      if (rest <= 0) return
      rest -= holder.pendingResponseBytes
      holder.destroy('memory', 'its answers were not taken, and have used up the memory for answers')
    }
  }
}

interface Waiter {
  readonly bytes: number
  readonly fn: () => void
}
