import { Buffer } from 'node:buffer'
import type * as Snappy from 'snappy'
import { onFirstUse } from './on-first-use.ts'
import { Reader } from './reader.ts'
import { WireError } from './wire-error.ts'

const snappy = onFirstUse<typeof Snappy>('snappy')

/** Header of the stream format of xerial's snappy-java, which Kafka's Java client writes: magic, version, minimum. */
const XERIAL_HEADER = Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex')
const XERIAL_MAGIC_BYTES = 8
const XERIAL_BLOCK_BYTES = 32 * 1024

export function compressSnappy(bytes: Uint8Array): Buffer {
  const parts: Buffer[] = [XERIAL_HEADER]
  for (let at = 0; at < bytes.length; at += XERIAL_BLOCK_BYTES) {
    const block = snappy().compressSync(bytes.subarray(at, at + XERIAL_BLOCK_BYTES))
    const size = Buffer.allocUnsafe(4)
    size.writeInt32BE(block.length)
    parts.push(size, block)
  }
  return Buffer.concat(parts)
}

/** Reads xerial's stream format and, as librdkafka and others may send, one bare Snappy block. */
export function decompressSnappy(bytes: Buffer, maxBytes: number): Buffer {
  if (!startsXerial(bytes, 0)) return decompressBlock(bytes, maxBytes)
  const parts: Buffer[] = []
  let total = 0
  let at = XERIAL_HEADER.length
  while (at < bytes.length) {
    // Streams may have been concatenated: snappy-java skips a header between blocks, and so do we.
    if (startsXerial(bytes, at)) {
      at += XERIAL_HEADER.length
      continue
    }
    if (bytes.length - at < 4) throw new WireError('MALFORMED', 'a snappy block has no size')
    const size = bytes.readInt32BE(at)
    at += 4
    if (size < 0 || size > bytes.length - at) throw new WireError('MALFORMED', `a snappy block has size ${size}`)
    const block = decompressBlock(bytes.subarray(at, at + size), maxBytes - total)
    parts.push(block)
    total += block.length
    at += size
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total)
}

function startsXerial(bytes: Buffer, at: number): boolean {
  if (bytes.length - at < XERIAL_HEADER.length) return false
  return bytes.compare(XERIAL_HEADER, 0, XERIAL_MAGIC_BYTES, at, at + XERIAL_MAGIC_BYTES) === 0
}

/** A block begins with the length of its output, so a bomb is known before it is unpacked. */
function decompressBlock(block: Buffer, maxBytes: number): Buffer {
  const length = new Reader(block).uvarint()
  if (length > maxBytes) throw new WireError('OVERSIZED', `snappy data of ${length} bytes exceeds the limit`)
  // The densest element is a copy of 64 bytes in three: more cannot come of the input, whatever the length claims.
  if (length > block.length * 32) throw new WireError('MALFORMED', `snappy data claims ${length} bytes`)
  try {
    return snappy().uncompressSync(block, { asBuffer: true }) as Buffer
  } catch (error) {
    throw new WireError('MALFORMED', 'not snappy data', { cause: error })
  }
}
