import type { Buffer } from 'node:buffer'
import type * as Lz4 from 'lz4-napi'
import { onFirstUse } from './on-first-use.ts'
import { WireError } from './wire-error.ts'

const lz4 = onFirstUse<typeof Lz4>('lz4-napi')

const FRAME_MAGIC = 0x184d2204

export function compressLz4(bytes: Buffer): Buffer {
  return lz4().compressFrameSync(bytes)
}

/** The library cannot bound its output, so the frame's size is computed first, from its block tokens. */
export function decompressLz4(bytes: Buffer, maxBytes: number): Buffer {
  const length = lz4FrameLength(bytes)
  if (length > maxBytes) throw new WireError('OVERSIZED', `lz4 data of ${length} bytes exceeds ${maxBytes}`)
  try {
    return lz4().decompressFrameSync(bytes)
  } catch (error) {
    throw new WireError('MALFORMED', 'not lz4 data', { cause: error })
  }
}

/** Length of the output of a frame (LZ4 frame format 1.6), which its header need not tell. */
function lz4FrameLength(bytes: Buffer): number {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== FRAME_MAGIC) throw new WireError('MALFORMED', 'no lz4 frame')
  const flags = bytes[4]!
  const hasBlockChecksum = (flags & 0x10) !== 0
  const hasContentSize = (flags & 0x08) !== 0
  const hasDictionary = (flags & 0x01) !== 0
  let at = 6 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1
  let length = 0
  for (;;) {
    if (bytes.length - at < 4) throw truncated()
    const word = bytes.readUInt32LE(at)
    at += 4
    if (word === 0) return length
    const blockBytes = word & 0x7fffffff
    if (blockBytes > bytes.length - at) throw truncated()
    const isStored = word >>> 31 === 1
    length += isStored ? blockBytes : lz4BlockLength(bytes, at, at + blockBytes)
    at += blockBytes + (hasBlockChecksum ? 4 : 0)
  }
}

/** Walks the sequences of a block: a token, literals, a match; lengths of 15 go on in the bytes that follow. */
function lz4BlockLength(bytes: Buffer, from: number, end: number): number {
  let at = from
  let length = 0
  while (at < end) {
    const token = bytes[at++]!
    let literals = token >> 4
    if (literals === 15) {
      let more = 255
      while (more === 255) {
        if (at >= end) throw truncated()
        more = bytes[at++]!
        literals += more
      }
    }
    at += literals
    length += literals
    if (at >= end) break // the last sequence has no match
    at += 2
    let match = (token & 15) + 4
    if ((token & 15) === 15) {
      let more = 255
      while (more === 255) {
        if (at >= end) throw truncated()
        more = bytes[at++]!
        match += more
      }
    }
    length += match
  }
  return length
}

function truncated(): WireError {
  return new WireError('MALFORMED', 'an lz4 frame is cut off')
}
