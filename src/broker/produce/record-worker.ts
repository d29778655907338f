import { parentPort } from 'node:worker_threads'
import { loadCodecs } from '../../wire/index.ts'
import type { ProduceProblem } from './produce-problem.ts'
import { type RecordWork, workOnRecords } from './record-work.ts'

/** The thread of `RecordWorker`: takes batches, gives them back recompressed or says what is wrong with them. */
export interface WorkMessage {
  readonly id: number
  readonly batch: Uint8Array
  readonly work: RecordWork
}

export type WorkAnswer =
  | { readonly id: number; readonly batch?: Uint8Array; readonly problem?: ProduceProblem }
  | { readonly id: number; readonly failure: string }

const port = parentPort
if (port === null) throw new Error('this file is the start of a worker thread')

port.on('message', async ({ id, batch, work }: WorkMessage) => {
  try {
    await loadCodecs()
    const result = workOnRecords(Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength), work)
    if (result === undefined) port.postMessage({ id } satisfies WorkAnswer)
    else if (!Buffer.isBuffer(result)) port.postMessage({ id, problem: result } satisfies WorkAnswer)
    else port.postMessage({ id, batch: result } satisfies WorkAnswer, [result.buffer as ArrayBuffer])
  } catch (error) {
    port.postMessage({ id, failure: error instanceof Error ? String(error.stack) : String(error) } satisfies WorkAnswer)
  }
})
