import type { ConnectionContext } from '../handler.ts'

/**
 * Runs the tasks of one connection one after the other, where a task takes more than its turn. Nothing is kept for
 * connections whose tasks are done at once.
 */
export class InOrder {
  readonly #tails = new WeakMap<ConnectionContext, Promise<unknown>>()

  /** Whether an earlier task of the connection is under way. */
  isBusy(connection: ConnectionContext): boolean {
    return this.#tails.has(connection)
  }

  /** Runs `task` when those before it are done; those after it wait for it. */
  run<T>(connection: ConnectionContext, task: () => Promise<T> | T): Promise<T> {
    const before = this.#tails.get(connection)
    const running = before === undefined ? Promise.resolve(task()) : before.then(task)
    const tail = running.then(ignore, ignore).then(() => {
      if (this.#tails.get(connection) === tail) this.#tails.delete(connection)
    })
    this.#tails.set(connection, tail)
    return running
  }
}

function ignore(): void {}
