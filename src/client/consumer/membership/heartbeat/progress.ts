import type { Cancel, Clock } from '../../../../platform/index.ts'

/**
 * Tells the heartbeat loop, in whatever thread, that the application asks for records: a number in shared memory that grows. The loop looks
 * whether it has grown, so that no clocks need to agree.
 */
export class Progress {
  readonly shared = new Int32Array(new SharedArrayBuffer(4))
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
    this.#clock = clock
    // Well before who waits would be put out, however short that time is.
    this.#intervalMs = Math.min(heartbeatIntervalMs, maxPollIntervalMs / 4)
  }

  get value(): number {
    return Atomics.load(this.shared, 0)
  }

  touch(): void {
    Atomics.add(this.shared, 0, 1)
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
