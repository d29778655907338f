import { decompress, loadCodecs, WireError } from '../../../wire/index.ts'
import type { BatchView } from './batch-view.ts'

/** Most bytes that the records of one batch may have: what a broker lets in is 1 MB as a rule, and packs no better than this. */
const UNPACKED_BYTES_MAX = 256 * 1024 * 1024
/**
 * Packed batches from here on are unpacked by libuv's threads where Node has the codec there: gzip takes some 4 ms for a batch of 1 MB. Below, the way there
 * and back costs more than it saves; snappy and lz4 take a fraction of a millisecond.
 */
const ASYNC_BYTES_MIN = 16 * 1024

/** node:zlib has zstd from Node 22.15 on; its types, of Node 20, do not know that. */
type ZstdDecompress = (
  bytes: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, result: Buffer) => void,
) => void
interface ZlibWithZstd {
  readonly zstdDecompress?: ZstdDecompress
}

/** Not loaded with the client: it takes milliseconds, and most topics are packed otherwise, or not at all. */
const zlib = () => process.getBuiltinModule('node:zlib')

/** Begins to unpack elsewhere, or to load what unpacking needs; nothing for what is quick. Calls `done` when the view can be read, or has its failure. */
export function beginUnpacking(view: BatchView, done: () => void): void {
  if (view.unpacked !== undefined || view.unpacking !== undefined || view.failure !== undefined) return
  const work = workElsewhere(view)
  if (work === undefined) return
  view.unpacking = work
    .then(
      (bytes) => {
        view.unpacked = bytes
      },
      (error) => {
        view.failure = error
      },
    )
    .then(() => {
      view.unpacking = undefined
      done()
    })
}

/** Here and now, where nothing is under way. Leaves `unpacked` or `failure`. */
export function unpack(view: BatchView): void {
  if (view.unpacked !== undefined || view.failure !== undefined) return
  try {
    view.unpacked = decompress(view.compression, view.packed, { maxBytes: UNPACKED_BYTES_MAX })
  } catch (error) {
    view.failure = error
  }
}

function workElsewhere({ compression, packed }: BatchView): Promise<Buffer | undefined> | undefined {
  const isLarge = packed.length >= ASYNC_BYTES_MIN
  if (compression === 'gzip' && isLarge) return inThread((options, done) => zlib().gunzip(packed, options, done))
  if (compression === 'zstd') {
    const { zstdDecompress } = zlib() as unknown as ZlibWithZstd
    if (zstdDecompress === undefined) return isZstdLoaded ? undefined : loadZstd()
    if (isLarge) return inThread((options, done) => zstdDecompress(packed, options, done))
  }
  return undefined
}

let isZstdLoaded = false

async function loadZstd(): Promise<undefined> {
  await loadCodecs()
  isZstdLoaded = true
}

function inThread(
  start: (options: { maxOutputLength: number }, done: (error: Error | null, result: Buffer) => void) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    start({ maxOutputLength: UNPACKED_BYTES_MAX }, (error, result) => {
      if (error === null) return resolve(result)
      reject(new WireError(error instanceof RangeError ? 'OVERSIZED' : 'MALFORMED', error.message, { cause: error }))
    })
  })
}
