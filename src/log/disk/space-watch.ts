import type { Cancel, Clock, Logger } from '../../platform/index.ts'
import type { DiskError } from './disk.ts'

/** Small writes may find a place while large ones do not: it is over when none has been refused for so long. */
const OVER_MS = 2_000
/** And it is thought to be over after this time: when nobody writes, nobody notices that there is space again. */
const QUIET_MS = 10_000
const REMIND_MS = 60_000

/** Tells that the disk is full: once when it begins, once a minute while it lasts, and once when it is over. */
export class SpaceWatch {
  readonly #clock: Clock
  readonly #logger: Logger
  #refusals = 0
  #fullSinceMs: number | undefined
  #lastRefusalMs = 0
  #toldMs = 0
  #timer: Cancel | undefined

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock
    this.#logger = logger
  }

  get isFull(): boolean {
    return this.#fullSinceMs !== undefined
  }

  /** Something could not be written for want of space. */
  refused(error: DiskError): void {
    const nowMs = this.#clock.monotonicMs()
    this.#refusals++
    this.#lastRefusalMs = nowMs
    if (this.#fullSinceMs !== undefined) return
    this.#fullSinceMs = nowMs
    this.#toldMs = nowMs
    this.#logger.error({ err: error }, 'the disk is full: writes are refused until it has space')
    this.#checkLater()
  }

  /** Something was written. Costs nothing while all is well. */
  written(): void {
    if (this.#fullSinceMs === undefined || this.#clock.monotonicMs() - this.#lastRefusalMs < OVER_MS) return
    this.#end('the disk has space again: writes are accepted')
  }

  #end(message: string): void {
    this.#timer?.cancel()
    const fields = this.#fields
    this.#fullSinceMs = undefined
    this.#refusals = 0
    this.#logger.info(fields, message)
  }

  get #fields(): object {
    return { refusals: this.#refusals, fullForMs: Math.round(this.#clock.monotonicMs() - this.#fullSinceMs!) }
  }

  #checkLater(): void {
    this.#timer = this.#clock.at(this.#clock.monotonicMs() + QUIET_MS, () => this.#check())
  }

  #check(): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#lastRefusalMs >= QUIET_MS) {
      this.#end(`no write was refused for ${QUIET_MS / 1000} s: the disk has space again, or nobody writes`)
      return
    }
    if (nowMs - this.#toldMs >= REMIND_MS) {
      this.#toldMs = nowMs
      this.#logger.error(this.#fields, 'the disk is still full: writes are refused until it has space')
    }
    this.#checkLater()
  }
}
