import { Buffer } from 'node:buffer'
import { onFirstUse } from './on-first-use.ts'
import { WireError } from './wire-error.ts'

interface Zstd {
  compress(bytes: Uint8Array, level: number): Buffer
  /** `capacity` bounds the output. */
  decompressFrame(frame: Buffer, capacity: number): Buffer
}

/** node:zlib has zstd from Node 22.15 on; its types, of Node 20, do not know that. */
interface ZlibWithZstd {
  readonly zstdCompressSync?: (
    bytes: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>> },
  ) => Buffer
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer
}

const FRAME_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const BLOCK_BYTES_MAX = 128 * 1024
/** zstd's own, and Kafka's. */
const DEFAULT_LEVEL = 3
/** ZSTD_c_compressionLevel, as node:zlib takes it from Node 22.15 on. */
const LEVEL_PARAMETER = 100

const zlib = onFirstUse<ZlibWithZstd>('node:zlib')
let zstd: Zstd | undefined
let loading: Promise<void> | undefined

/**
 * Loads what compression needs and Node does not have: zstd as WebAssembly, on Node before 22.15. Without it zstd, and
 * only zstd, throws. Costs nothing where Node has zstd, and nothing the second time: whoever may meet such records waits for it first, so
 * that a process that meets none need not load it.
 */
export function loadCodecs(): Promise<void> {
  zstd ??= nativeZstd()
  if (zstd !== undefined) return Promise.resolve()
  loading ??= loadWasm()
  return loading
}

export function compressZstd(bytes: Uint8Array, level = DEFAULT_LEVEL): Buffer {
  return loaded().compress(bytes, level)
}

export function decompressZstd(bytes: Buffer, maxBytes: number): Buffer {
  const library = loaded()
  const parts: Buffer[] = []
  let total = 0
  let at = 0
  while (at < bytes.length) {
    const frame = measureFrame(bytes, at)
    const left = maxBytes - total
    if (frame.contentBytes !== undefined && frame.contentBytes > left) throw oversized(maxBytes)
    if (!frame.isSkippable) {
      const part = library.decompressFrame(bytes.subarray(at, frame.end), Math.min(frame.outputBytesMax, left))
      parts.push(part)
      total += part.length
      if (total > maxBytes) throw oversized(maxBytes)
    }
    at = frame.end
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total)
}

interface Frame {
  readonly end: number
  readonly isSkippable: boolean
  /** Length of the output if the header tells it. */
  readonly contentBytes: number | undefined
  /** The output cannot be longer: a block yields at most 128 KB. Libraries are given room for this, not for a bomb. */
  readonly outputBytesMax: number
}

/** Walks the blocks of one frame (RFC 8878, 3.1.1). */
function measureFrame(bytes: Buffer, start: number): Frame {
  const magic = uint(bytes, start, 4)
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
    const end = start + 8 + uint(bytes, start + 4, 4)
    if (end > bytes.length) throw truncated()
    return { end, isSkippable: true, contentBytes: 0, outputBytesMax: 0 }
  }
  if (magic !== FRAME_MAGIC) throw new WireError('MALFORMED', 'no zstd frame')
  const descriptor = uint(bytes, start + 4, 1)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const hasChecksum = (descriptor & 0x04) !== 0
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeFlag = descriptor >> 6
  const contentSizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag
  let at = start + 5 + (isSingleSegment ? 0 : 1) + dictionaryIdBytes
  const contentBytes = readContentBytes(bytes, at, contentSizeBytes)
  at += contentSizeBytes
  let outputBytesMax = 0
  let isLast = false
  while (!isLast) {
    const header = uint(bytes, at, 3)
    isLast = (header & 1) === 1
    const type = (header >> 1) & 3
    const size = header >> 3
    if (type === 3 || size > BLOCK_BYTES_MAX) throw new WireError('MALFORMED', 'a zstd block is malformed')
    const [rawBlock, rleBlock] = [0, 1]
    outputBytesMax += type === rawBlock || type === rleBlock ? size : BLOCK_BYTES_MAX
    at += 3 + (type === rleBlock ? 1 : size)
  }
  const end = at + (hasChecksum ? 4 : 0)
  if (end > bytes.length) throw truncated()
  if (contentBytes !== undefined && contentBytes > outputBytesMax) {
    throw new WireError('MALFORMED', `a zstd frame claims ${contentBytes} bytes`)
  }
  return { end, isSkippable: false, contentBytes, outputBytesMax: contentBytes ?? outputBytesMax }
}

function readContentBytes(bytes: Buffer, at: number, size: number): number | undefined {
  switch (size) {
    case 0:
      return undefined
    case 2:
      return uint(bytes, at, 2) + 256
    case 8:
      return uint(bytes, at, 4) + uint(bytes, at + 4, 4) * 0x1_0000_0000
    default:
      return uint(bytes, at, size)
  }
}

function uint(bytes: Buffer, at: number, size: number): number {
  if (size > bytes.length - at) throw truncated()
  return bytes.readUIntLE(at, size)
}

function loaded(): Zstd {
  zstd ??= nativeZstd()
  if (zstd === undefined) throw new Error('zstd is not loaded: await loadCodecs() first')
  return zstd
}

function nativeZstd(): Zstd | undefined {
  const { zstdCompressSync, zstdDecompressSync } = zlib()
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined
  return {
    compress: (bytes, level) => zstdCompressSync(bytes, { params: { [LEVEL_PARAMETER]: level } }),
    decompressFrame(frame, capacity) {
      try {
        return zstdDecompressSync(frame, { maxOutputLength: Math.max(capacity, 1) })
      } catch (error) {
        if (error instanceof RangeError) throw oversized(capacity)
        throw new WireError('MALFORMED', 'not zstd data', { cause: error })
      }
    },
  }
}

async function loadWasm(): Promise<void> {
  const wasm = await import('@bokuweb/zstd-wasm')
  await wasm.init()
  zstd = {
    compress: (bytes, level) => asBuffer(wasm.compress(asBuffer(bytes), level)),
    decompressFrame(frame, capacity) {
      try {
        return asBuffer(wasm.decompress(frame, { defaultHeapSize: Math.max(capacity, 1) }))
      } catch (error) {
        // The library throws zstd's error code as text; 70 is dstSize_tooSmall.
        if (error instanceof Error && error.message.endsWith('-70')) throw oversized(capacity)
        throw new WireError('MALFORMED', 'not zstd data', { cause: error })
      }
    },
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function oversized(maxBytes: number): WireError {
  return new WireError('OVERSIZED', `zstd data exceeds ${maxBytes} bytes`)
}

function truncated(): WireError {
  return new WireError('MALFORMED', 'a zstd frame is cut off')
}
