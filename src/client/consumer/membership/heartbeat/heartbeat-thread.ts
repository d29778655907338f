import type { Worker } from 'node:worker_threads'
import type { FromThread, ToThread } from './thread-messages.ts'

type Unaddressed = ToThread extends infer M ? (M extends ToThread ? Omit<M, 'loop'> : never) : never

interface Listener {
  readonly onMessage: (message: FromThread) => void
  /** The thread could not start, or died: nothing comes any more. */
  readonly onFailure: (error: Error) => void
}

/** The thread that sends the heartbeats of all consumers of this process. It is there as long as one needs it. */
class HeartbeatThread {
  readonly #file: URL
  readonly #listeners = new Map<number, Listener>()
  #worker: Worker | undefined
  #loops = 0

  constructor(file: URL) {
    this.#file = file
  }

  /** @throws what `new Worker` throws where threads are not allowed */
  open(listener: Listener): number {
    this.#worker ??= this.#start()
    const loop = ++this.#loops
    this.#listeners.set(loop, listener)
    return loop
  }

  post(loop: number, message: Unaddressed): void {
    if (this.#listeners.has(loop)) this.#worker?.postMessage({ ...message, loop })
  }

  async close(loop: number): Promise<void> {
    this.post(loop, { type: 'close' })
    this.#listeners.delete(loop)
    if (this.#listeners.size > 0) return
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #start(): Worker {
    const { Worker } = process.getBuiltinModule('node:worker_threads')
    // Not with this process's own flags: `node --input-type=module --eval` may not be said of a file.
    const worker = new Worker(this.#file, { execArgv: [], name: 'kohort heartbeats' })
    // The consumers keep the process alive, where they should.
    worker.unref()
    worker.on('message', (message: FromThread) => this.#listeners.get(message.loop)?.onMessage(message))
    const failed = (error: Error): void => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      const listeners = [...this.#listeners.values()]
      this.#listeners.clear()
      for (const { onFailure } of listeners) onFailure(error)
    }
    worker.on('error', (error) => failed(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', (code) => failed(new Error(`the heartbeat thread ended with ${code}`)))
    return worker
  }
}

export type { HeartbeatThread }

const threads = new Map<string, HeartbeatThread>()

/** The thread of this file; undefined where Node cannot start one: from TypeScript sources before Node 22.18. */
export function heartbeatThread(file: URL | undefined = workerFile()): HeartbeatThread | undefined {
  if (file === undefined) return undefined
  let thread = threads.get(file.href)
  if (thread === undefined) {
    thread = new HeartbeatThread(file)
    threads.set(file.href, thread)
  }
  return thread
}

function workerFile(): URL | undefined {
  const isTypeScript = import.meta.url.endsWith('.ts')
  const runsTypeScript = 'typescript' in process.features && process.features.typescript !== false
  if (isTypeScript && !runsTypeScript) return undefined
  return new URL(isTypeScript ? './heartbeat-worker.ts' : './heartbeat-worker.js', import.meta.url)
}
