import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGunzip, gzip } from 'node:zlib'
import type { Context } from 'hono'
import { acceptsGzip } from './accept.ts'
import { contentTypes, type ExpositionFormat } from './exposition.ts'

/** A page in two parts: a long one that is kept packed, for whoever asks next, and one that is written for each reader. */
export interface PageParts {
  /** Pieces of a gzip file; several members one after the other. */
  readonly packed: readonly Buffer[]
  /** What follows. */
  readonly text: string
}

const UNPACKED_BYTES = 1024 * 1024
const pack = promisify(gzip)

/**
 * Sends a page as fast as its reader takes it. Most readers, Prometheus among them, take gzip: the long part goes to them as it is kept, a twentieth
 * of its length. For others it is unpacked on the way, by a thread.
 */
export function answerPage(context: Context, page: PageParts, format: ExpositionFormat): Response {
  const headers = { 'Content-Type': contentTypes[format], Vary: 'Accept, Accept-Encoding' }
  if (context.req.method === 'HEAD') return context.body(null, 200, headers)
  if (!acceptsGzip(context.req.header('Accept-Encoding'))) return context.body(streamOf(unpacked(page)), 200, headers)
  return context.body(streamOf(packed(page)), 200, { ...headers, 'Content-Encoding': 'gzip' })
}

async function* packed({ packed: pieces, text }: PageParts): AsyncGenerator<Buffer> {
  yield* pieces
  yield await pack(text)
}

async function* unpacked({ packed: pieces, text }: PageParts): AsyncGenerator<Buffer> {
  if (pieces.length > 0) yield* Readable.from(pieces).pipe(createGunzip({ chunkSize: UNPACKED_BYTES }))
  yield Buffer.from(text)
}

function streamOf(chunks: AsyncIterable<Buffer>): ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(chunks, { highWaterMark: 1 })) as ReadableStream<Uint8Array>
}
