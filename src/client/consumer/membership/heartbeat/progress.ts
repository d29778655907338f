import type { Cancel, Clock } from '../../../../platform/index.ts'

/** What both threads know at once, whatever messages wait for a turn of the event loop. */
export class SharedProgress {
  /** How often the application has asked; how often it was put out because it had not. */
  readonly shared: Int32Array

  constructor(shared: Int32Array) {
    this.shared = shared
  }

  get value(): number {
    return Atomics.load(this.shared, 0)
  }

  touch(): void {
    Atomics.add(this.shared, 0, 1)
  }

  get evictions(): number {
    return Atomics.load(this.shared, 1)
  }

  /** Of the loop, with its report. */
  evicted(): void {
    Atomics.add(this.shared, 1, 1)
  }
}

/**
 * Tells the heartbeat loop, in whatever thread, that the application asks for records: a number in shared memory that grows. The loop looks
 * whether it has grown, so that no clocks need to agree.
 */
export class Progress extends SharedProgress {
  readonly #clock: Clock
  readonly #intervalMs: number
  #timer: Cancel | undefined

  constructor(
    clock: Clock,
    {
      heartbeatIntervalMs,
      maxPollIntervalMs,
    }: { readonly heartbeatIntervalMs: number; readonly maxPollIntervalMs: number },
  ) {
    super(new Int32Array(new SharedArrayBuffer(8)))
    this.#clock = clock
    // Well before who waits would be put out, however short that time is.
    this.#intervalMs = Math.min(heartbeatIntervalMs, maxPollIntervalMs / 4)
  }

  /** As long as it waits, each interval counts as asking: if the event loop turns. */
  waiting(isWaiting: boolean): void {
    if (!isWaiting) {
      this.#timer?.cancel()
      this.#timer = undefined
      return
    }
    this.#timer ??= this.#clock.at(this.#clock.monotonicMs() + this.#intervalMs, () => {
      this.#timer = undefined
      this.touch()
      this.waiting(true)
    })
  }
}
