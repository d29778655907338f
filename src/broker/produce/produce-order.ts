import type { ConnectionContext } from '../handler.ts'

/**
 * Keeps the order of produce requests on a connection where one of them cannot be appended at once: those behind it wait
 * until it has called append. Nothing is kept for connections whose batches all go straight through.
 */
export class ProduceOrder {
  readonly #tails = new WeakMap<ConnectionContext, Promise<unknown>>()

  /** Whether an earlier request of the connection has not called append yet. */
  isBusy(connection: ConnectionContext): boolean {
    return this.#tails.has(connection)
  }

  /** Runs `prepare` when those before it are done; those after it wait for it. */
  run<T>(connection: ConnectionContext, prepare: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(connection)
    const running = before === undefined ? prepare() : before.then(prepare, prepare)
    const tail = running.then(ignore, ignore).then(() => {
      if (this.#tails.get(connection) === tail) this.#tails.delete(connection)
    })
    this.#tails.set(connection, tail)
    return running
  }
}

function ignore(): void {}
