/** Lets reads of files run side by side, and changes of their names run when none does. */
export class ReadBarrier {
  #reads = 0
  /** Set while a change waits or runs: reads wait for it. */
  #change: Promise<void> | undefined
  #onReadsEnded: (() => void) | undefined

  async read<T>(work: () => Promise<T>): Promise<T> {
    while (this.#change !== undefined) await this.#change
    this.#reads++
    try {
      return await work()
    } finally {
      this.#reads--
      if (this.#reads === 0) this.#onReadsEnded?.()
    }
  }

  /** Runs `work` when the reads under way have ended; others wait for its end. One change at a time. */
  async change(work: () => Promise<void>): Promise<void> {
    let goOn = (): void => {}
    this.#change = new Promise((resolve) => {
      goOn = resolve
    })
    try {
      if (this.#reads > 0) {
        await new Promise<void>((resolve) => {
          this.#onReadsEnded = resolve
        })
      }
      await work()
    } finally {
      this.#onReadsEnded = undefined
      this.#change = undefined
      goOn()
    }
  }
}
