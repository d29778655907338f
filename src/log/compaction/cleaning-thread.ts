import { Buffer } from 'node:buffer'
import { Worker } from 'node:worker_threads'
import { loadCodecs } from '../../wire/index.ts'
import type { AbortedTransaction } from '../transactions.ts'
import { type CleaningParameters, CleaningWork, type FilteredChunk, UncleanableError } from './cleaning-work.ts'
import type { ThreadAnswer, ThreadRequest } from './cleaning-worker.ts'

/** Does the work of one pass at a time, one call at a time. Chunks are its own from the call on. */
export interface CleaningThread {
  begin(parameters: CleaningParameters): Promise<void>
  /** `CleaningWork.index`: false when the map is full. */
  index(chunk: Buffer): Promise<boolean>
  /** All segments up to `offset` have been given to `index`. Answers where the pass ends. */
  indexedTo(offset: number): Promise<number>
  filter(chunk: Buffer): Promise<FilteredChunk>
  end(): Promise<readonly AbortedTransaction[]>
  /** Lets memory and thread go. */
  close(): Promise<void>
}

/** In this thread, a chunk a turn of the event loop: for small logs, and where Node cannot start a thread from TypeScript. */
export class InlineCleaning implements CleaningThread {
  #work: CleaningWork | undefined

  async begin(parameters: CleaningParameters): Promise<void> {
    await loadCodecs()
    this.#work = new CleaningWork(parameters)
  }

  async index(chunk: Buffer): Promise<boolean> {
    await nextTurn()
    return this.#work!.index(chunk)
  }

  async indexedTo(offset: number): Promise<number> {
    this.#work!.indexedTo(offset)
    return this.#work!.endOffset
  }

  async filter(chunk: Buffer): Promise<FilteredChunk> {
    await nextTurn()
    return this.#work!.filter(chunk)
  }

  async end(): Promise<readonly AbortedTransaction[]> {
    const { abortedWithBatches } = this.#work!
    this.#work = undefined
    return abortedWithBatches
  }

  async close(): Promise<void> {
    this.#work = undefined
  }
}

/** In a thread of its own, so that nothing waits for it however large the log. */
export class ThreadedCleaning implements CleaningThread {
  readonly #worker: Worker
  #waiting: { readonly resolve: (answer: ThreadAnswer) => void; readonly reject: (error: Error) => void } | undefined
  #failure: Error | undefined

  /** Undefined where threads cannot run this code. */
  static start(): ThreadedCleaning | undefined {
    return workerFile === undefined ? undefined : new ThreadedCleaning(workerFile)
  }

  private constructor(file: URL) {
    this.#worker = new Worker(file)
    // The process need not live for it.
    this.#worker.unref()
    this.#worker.on('message', (answer: ThreadAnswer) => {
      const waiting = this.#waiting
      this.#waiting = undefined
      waiting?.resolve(answer)
    })
    this.#worker.on('error', (error) => this.#failed(error))
    this.#worker.on('exit', (code) => this.#failed(new Error(`the cleaner's thread ended with ${code}`)))
  }

  async begin(parameters: CleaningParameters): Promise<void> {
    await this.#ask({ kind: 'begin', parameters })
  }

  async index(chunk: Buffer): Promise<boolean> {
    const answer = await this.#ask({ kind: 'index', chunk }, chunk)
    return answer.kind === 'indexed' && answer.hasRoom
  }

  async indexedTo(offset: number): Promise<number> {
    const answer = await this.#ask({ kind: 'indexedTo', offset })
    if (answer.kind !== 'end') throw new Error('no end from the cleaner')
    return answer.offset
  }

  async filter(chunk: Buffer): Promise<FilteredChunk> {
    const answer = await this.#ask({ kind: 'filter', chunk }, chunk)
    if (answer.kind !== 'filtered') throw new Error('no batches from the cleaner')
    return { ...answer.chunk, bytes: bufferOf(answer.chunk.bytes) }
  }

  async end(): Promise<readonly AbortedTransaction[]> {
    const answer = await this.#ask({ kind: 'end' })
    return answer.kind === 'ended' ? answer.abortedWithBatches : []
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  async #ask(request: ThreadRequest, handedOver?: Buffer): Promise<ThreadAnswer> {
    if (this.#failure !== undefined) throw this.#failure
    const answer = await new Promise<ThreadAnswer>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#worker.postMessage(request, handedOver === undefined ? [] : [handedOver.buffer as ArrayBuffer])
    })
    if (answer.kind === 'uncleanable') throw new UncleanableError(answer.offset, answer.message)
    if (answer.kind === 'failed') throw new Error(answer.message)
    return answer
  }

  #failed(error: Error): void {
    this.#failure ??= error
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}

/** What came from another thread is a Uint8Array. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Undefined where Node cannot start it: from TypeScript sources before Node 22.18. */
const workerFile = fileOfWorker()

function fileOfWorker(): URL | undefined {
  const isTypeScript = import.meta.url.endsWith('.ts')
  const runsTypeScript = 'typescript' in process.features && process.features.typescript !== false
  if (isTypeScript && !runsTypeScript) return undefined
  return new URL(isTypeScript ? './cleaning-worker.ts' : './cleaning-worker.js', import.meta.url)
}
