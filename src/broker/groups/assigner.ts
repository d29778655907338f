import { Worker } from 'node:worker_threads'
import { type ServerAssignment, serverAssignors } from '../../assignor/index.ts'
import type { Cancel, Clock } from '../../platform/index.ts'
import type { AssignRequest } from './assign-worker.ts'

/** How long the thread is kept when there is nothing to do. */
const IDLE_MS = 10_000

interface Job {
  readonly request: AssignRequest
  readonly resolve: (assignment: ServerAssignment) => void
  readonly reject: (error: Error) => void
}

/** Computes large assignments in a thread of its own, one after the other. The thread is there only while it is needed. */
export class Assigner {
  readonly #clock: Clock
  #worker: Worker | undefined
  #jobs: Job[] = []
  #idle: Cancel | undefined
  #stopped = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  assign(request: AssignRequest): Promise<ServerAssignment> {
    // Sources that are run as they are (tests) cannot be loaded by a thread.
    if (import.meta.url.endsWith('.ts')) {
      return new Promise((resolve) => setImmediate(resolve)).then(() =>
        serverAssignors[request.assignor].assign(request.input),
      )
    }
    return new Promise((resolve, reject) => {
      if (this.#stopped) return reject(new Error('the broker stops'))
      this.#idle?.cancel()
      this.#jobs.push({ request, resolve, reject })
      this.#worker ??= this.#start()
      this.#worker.postMessage(request)
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#idle?.cancel()
    this.#fail(new Error('the broker stops'))
    await this.#end()
  }

  #start(): Worker {
    // Not with this process's own flags: `node --input-type=module --eval` may not be said of a file.
    const worker = new Worker(new URL('./assign-worker.js', import.meta.url), { execArgv: [] })
    worker.unref()
    worker.on('message', (assignment: ServerAssignment) => {
      this.#jobs.shift()?.resolve(assignment)
      if (this.#jobs.length > 0 || this.#stopped) return
      this.#idle = this.#clock.at(this.#clock.monotonicMs() + IDLE_MS, () => void this.#end())
    })
    const failed = (error: Error): void => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      this.#fail(error)
    }
    worker.on('error', (error) => failed(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', (code) => failed(new Error(`the thread for assignments ended with ${code}`)))
    return worker
  }

  #fail(error: Error): void {
    for (const { reject } of this.#jobs.splice(0)) reject(error)
  }

  async #end(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}
