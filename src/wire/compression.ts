import { Buffer } from 'node:buffer'
import type * as Zlib from 'node:zlib'
import { compressLz4, decompressLz4 } from './lz4.ts'
import { onFirstUse } from './on-first-use.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'
import { WireError } from './wire-error.ts'
import { compressZstd, decompressZstd } from './zstd.ts'

const zlib = onFirstUse<typeof Zlib>('node:zlib')

/** Kafka's names, in the order of their numbers in a batch's attributes. */
export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export type CompressionType = (typeof compressionTypes)[number]

export interface DecompressOptions {
  /** Most bytes that the output may have. Beyond it the answer is an error, and the bomb is not allocated. */
  readonly maxBytes: number
}

export interface CompressOptions {
  /** gzip 1 to 9, zstd up to 22; default the codec's own. snappy has no levels, and our lz4 library only one. */
  readonly level?: number | undefined
}

/** Compresses in the framing that Kafka's Java client writes, which every client reads. */
export function compress(type: CompressionType, bytes: Uint8Array, { level }: CompressOptions = {}): Buffer {
  switch (type) {
    case 'none':
      return asBuffer(bytes)
    case 'gzip':
      return zlib().gzipSync(bytes, level === undefined ? {} : { level })
    case 'snappy':
      return compressSnappy(bytes)
    case 'lz4':
      return compressLz4(asBuffer(bytes))
    case 'zstd':
      return compressZstd(bytes, level)
  }
}

/**
 * Decompresses what any Kafka client writes. Synchronous: move large inputs off the event loop.
 * @throws WireError `OVERSIZED` beyond `maxBytes`, `MALFORMED` for bytes that are not of this type.
 */
export function decompress(type: CompressionType, bytes: Uint8Array, { maxBytes }: DecompressOptions): Buffer {
  switch (type) {
    case 'none':
      if (bytes.length > maxBytes) throw new WireError('OVERSIZED', `${bytes.length} bytes exceed ${maxBytes}`)
      return asBuffer(bytes)
    case 'gzip':
      return gunzip(bytes, maxBytes)
    case 'snappy':
      return decompressSnappy(asBuffer(bytes), maxBytes)
    case 'lz4':
      return decompressLz4(asBuffer(bytes), maxBytes)
    case 'zstd':
      return decompressZstd(asBuffer(bytes), maxBytes)
  }
}

function gunzip(bytes: Uint8Array, maxBytes: number): Buffer {
  try {
    return zlib().gunzipSync(bytes, { maxOutputLength: Math.max(maxBytes, 1) })
  } catch (error) {
    const oversized = error instanceof RangeError
    if (oversized) throw new WireError('OVERSIZED', `gzip data exceeds ${maxBytes} bytes`, { cause: error })
    throw new WireError('MALFORMED', 'not gzip data', { cause: error })
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
