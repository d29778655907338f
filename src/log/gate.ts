/** Lets at most `limit` pieces of work run at a time; the others wait in order. With limit 1 it is a mutex. */
export class Gate {
  readonly #limit: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whoever comes now waits. */
  get isFull(): boolean {
    return this.#running >= this.#limit
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return await work()
    } finally {
      // The place is handed over, so that nobody who comes now overtakes.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
