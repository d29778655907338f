import { onAbort } from '../../on-abort.ts'

/** Several may wait for the same thing to be done, each as long as its signal lets it. */
export class Pending {
  readonly #waiting = new Set<() => void>()

  /** Resolves when it is done, or at the abort; does not reject. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const done = (): void => {
        this.#waiting.delete(done)
        forget?.()
        resolve()
      }
      this.#waiting.add(done)
      const forget = signal && onAbort(signal, done)
    })
  }

  done(): void {
    for (const done of [...this.#waiting]) done()
  }
}
