import { Worker } from 'node:worker_threads'
import { loadCodecs, WireError } from '../../wire/index.ts'
import type { ProduceProblem } from './produce-problem.ts'
import { type RecordWork, workOnRecords } from './record-work.ts'
import type { WorkAnswer, WorkMessage } from './record-worker.ts'

/** Smaller batches are done at once: handing one over costs about a tenth of a millisecond, and so does this. */
const HANDED_OVER_BYTES_MIN = 16 * 1024
/** So are those whose records turn out to be longer than this. */
const UNPACKED_HERE_BYTES_MAX = 256 * 1024

type Result = Buffer | ProduceProblem | undefined

interface Waiting {
  resolve(result: Result): void
  reject(error: Error): void
}

/**
 * One thread for the codecs and records of large batches, so that heartbeats are answered while it works. Started by the first
 * of them; does not keep the process alive. Gives results in the order of the calls.
 */
export class RecordThread {
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #nextId = 1

  /** As `workOnRecords`; may take the batch's memory only by copying it. */
  run(batch: Buffer, work: RecordWork): Result | Promise<Result> {
    if (workerFile === undefined) return whenLoaded(batch, work, () => workOnRecords(batch, work))
    if (batch.length >= HANDED_OVER_BYTES_MIN) return this.#handOver(batch, work)
    return whenLoaded(batch, work, () => {
      try {
        return workOnRecords(batch, { ...work, unpackedBytesMax: UNPACKED_HERE_BYTES_MAX })
      } catch (error) {
        if (error instanceof WireError) return this.#handOver(batch, work)
        throw error
      }
    })
  }

  #handOver(batch: Buffer, work: RecordWork): Promise<Result> {
    const id = this.#nextId++
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      // A view would take its whole buffer along.
      const copy = Uint8Array.prototype.slice.call(batch)
      const message: WorkMessage = { id, batch: copy, work }
      const worker = this.#started()
      worker.ref()
      worker.postMessage(message, [copy.buffer as ArrayBuffer])
    })
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker
    // Not with this process's own flags: `node --input-type=module --eval` may not be said of a file.
    const execArgv = isTypeScript ? process.execArgv : []
    const worker = new Worker(workerFile!, { execArgv })
    worker.on('message', (answer: WorkAnswer) => this.#answered(answer))
    worker.on('error', (error) => this.#failed(worker, error))
    worker.on('exit', (code) => this.#failed(worker, new Error(`the thread for records ended with ${code}`)))
    this.#worker = worker
    return worker
  }

  #answered(answer: WorkAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    // An idle thread does not keep the process alive.
    if (this.#waiting.size === 0) this.#worker?.unref()
    if ('failure' in answer) waiting?.reject(new Error(answer.failure))
    else if (answer.batch === undefined) waiting?.resolve(answer.problem)
    else waiting?.resolve(Buffer.from(answer.batch.buffer, answer.batch.byteOffset, answer.batch.byteLength))
  }

  /** The next batch starts another thread. */
  #failed(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

function whenLoaded(batch: Buffer, work: RecordWork, then: () => Result | Promise<Result>): Result | Promise<Result> {
  return needsLoading(batch, work) ? loadCodecs().then(then) : then()
}

/** zstd may have to be loaded first; nothing else has. */
function needsLoading(batch: Buffer, { wanted }: RecordWork): boolean {
  return wanted === 'zstd' || (batch[ATTRIBUTES_LOW_BYTE]! & 0x07) === ZSTD
}

const ATTRIBUTES_LOW_BYTE = 22
const ZSTD = 4

const isTypeScript = import.meta.url.endsWith('.ts')

/** Undefined where Node cannot start it: from TypeScript sources before Node 22.18. There the work is done at once. */
const workerFile = fileOfWorker()

function fileOfWorker(): URL | undefined {
  const runsTypeScript = 'typescript' in process.features && process.features.typescript !== false
  if (isTypeScript && !runsTypeScript) return undefined
  return new URL(isTypeScript ? './record-worker.ts' : './record-worker.js', import.meta.url)
}
