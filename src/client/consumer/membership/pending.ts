/** Several may wait for the same thing to be done, each as long as its signal lets it. */
export class Pending {
  readonly #waiting = new Set<() => void>()

  /** Resolves when it is done, or at the abort; does not reject. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const done = (): void => {
        this.#waiting.delete(done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal?.addEventListener('abort', done, { once: true })
    })
  }

  done(): void {
    for (const done of [...this.#waiting]) done()
  }
}
