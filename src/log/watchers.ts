import type { IsolationLevel, Unwatch } from './partition-log.ts'

interface Watcher {
  readonly offset: number
  readonly isolation: IsolationLevel
  readonly fn: () => void
}

/** Those who wait for a partition to have more than they have read. */
export class Watchers {
  readonly #waiting = new Set<Watcher>()

  get size(): number {
    return this.#waiting.size
  }

  add(offset: number, isolation: IsolationLevel, fn: () => void): Unwatch {
    const watcher = { offset, isolation, fn }
    this.#waiting.add(watcher)
    return () => {
      this.#waiting.delete(watcher)
    }
  }

  /** Calls, once, everyone who can now see more than before. */
  notify(highWatermark: number, lastStableOffset: number): void {
    for (const watcher of this.#waiting) {
      if (watcher.offset >= (watcher.isolation === 0 ? highWatermark : lastStableOffset)) continue
      this.#waiting.delete(watcher)
      watcher.fn()
    }
  }

  /** Calls those whose offset is outside `[logStartOffset, logEndOffset]`: a read now tells them so. */
  notifyOutside(logStartOffset: number, logEndOffset: number): void {
    for (const watcher of this.#waiting) {
      if (watcher.offset >= logStartOffset && watcher.offset <= logEndOffset) continue
      this.#waiting.delete(watcher)
      watcher.fn()
    }
  }

  notifyAll(): void {
    this.notifyOutside(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  }
}
