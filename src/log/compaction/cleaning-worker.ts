import { Buffer } from 'node:buffer'
import { parentPort } from 'node:worker_threads'
import { loadCodecs } from '../../wire/index.ts'
import type { AbortedTransaction } from '../transactions.ts'
import { type CleaningParameters, CleaningWork, type FilteredChunk, UncleanableError } from './cleaning-work.ts'

/** The thread of `ThreadedCleaning`: one pass at a time, an answer to each request. */
export type ThreadRequest =
  | { readonly kind: 'begin'; readonly parameters: CleaningParameters }
  | { readonly kind: 'index' | 'filter'; readonly chunk: Uint8Array }
  | { readonly kind: 'indexedTo'; readonly offset: number }
  | { readonly kind: 'end' }

export type ThreadAnswer =
  | { readonly kind: 'begun' }
  | { readonly kind: 'indexed'; readonly hasRoom: boolean }
  | { readonly kind: 'end'; readonly offset: number }
  | { readonly kind: 'filtered'; readonly chunk: Omit<FilteredChunk, 'bytes'> & { readonly bytes: Uint8Array } }
  | { readonly kind: 'ended'; readonly abortedWithBatches: readonly AbortedTransaction[] }
  | { readonly kind: 'uncleanable'; readonly offset: number; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }

const port = parentPort
if (port === null) throw new Error('this file is the start of a worker thread')

let work: CleaningWork | undefined

port.on('message', async (request: ThreadRequest) => {
  try {
    if (request.kind === 'begin') {
      await loadCodecs()
      work = new CleaningWork(request.parameters)
      port.postMessage({ kind: 'begun' } satisfies ThreadAnswer)
    } else {
      const answer = workOn(request, work!)
      port.postMessage(answer, answer.kind === 'filtered' ? [answer.chunk.bytes.buffer as ArrayBuffer] : [])
    }
  } catch (error) {
    port.postMessage(failureOf(error))
  }
})

function workOn(request: Exclude<ThreadRequest, { readonly kind: 'begin' }>, current: CleaningWork): ThreadAnswer {
  switch (request.kind) {
    case 'index':
      return { kind: 'indexed', hasRoom: current.index(bufferOf(request.chunk)) }
    case 'indexedTo':
      current.indexedTo(request.offset)
      return { kind: 'end', offset: current.endOffset }
    case 'filter':
      return { kind: 'filtered', chunk: current.filter(bufferOf(request.chunk)) }
    case 'end':
      work = undefined
      return { kind: 'ended', abortedWithBatches: current.abortedWithBatches }
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function failureOf(error: unknown): ThreadAnswer {
  if (error instanceof UncleanableError) return { kind: 'uncleanable', offset: error.offset, message: error.message }
  return { kind: 'failed', message: error instanceof Error ? String(error.stack) : String(error) }
}
