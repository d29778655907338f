import { Buffer } from 'node:buffer'
import { writeInt64 } from '../batch.ts'
import { encodeSwap, SWAP_BYTES } from '../compaction/segment-swap.ts'
import type { AppendOp, MarkOp, Operation } from '../operation.ts'
import type { Partition } from '../partition.ts'
import type { TailBatch } from '../tail.ts'
import {
  crcOf,
  crcWithBatch,
  entryKey,
  FRAME_HEADER_BYTES,
  FRAME_KINDS,
  type FrameKind,
  frameBytes,
  setFrameCrc,
  writeFrameHeader,
} from './wal-frame.ts'

type WrittenOp = Exclude<Operation, MarkOp>

/**
 * Turns operations into frames for one write. Small batches are copied into chunks and live there from now on, so that the tail in memory
 * does not hold the large chunk that they were read in; large ones go out of their own buffers.
 */
export class FrameStager {
  /** Of the last staged frame. */
  sequence: number
  /** Its crc. */
  crc: number
  incarnation: number
  flushedSequence: number

  readonly #keys = new WeakMap<Partition, Buffer>()
  #begun: { readonly sequence: number; readonly crc: number }
  #buffers: Buffer[] = []
  #bytes = 0

  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  #at = 0
  /** What lies from here to `#at` is in no buffer of the write yet. */
  #writeFrom = 0
  /** What lies from here to `#at` is not in the frame's crc yet. */
  #crcFrom = 0
  #frameCrc = 0

  constructor(start: { readonly sequence: number; readonly crc: number; readonly incarnation: number }) {
    this.sequence = start.sequence
    this.crc = start.crc
    this.incarnation = start.incarnation
    this.flushedSequence = start.sequence
    this.#begun = start
  }

  /** Bytes staged since `begin`. */
  get bytes(): number {
    return this.#bytes
  }

  begin(): void {
    this.#begun = { sequence: this.sequence, crc: this.crc }
    this.#buffers = []
    this.#bytes = 0
    this.#writeFrom = this.#at
  }

  end(): { readonly buffers: readonly Buffer[]; readonly bytes: number } {
    this.#closeWrite()
    return { buffers: this.#buffers, bytes: this.#bytes }
  }

  /** The write since `begin` has failed: the next frame takes the place and number of its first one, in a new incarnation. */
  rollback(): void {
    this.sequence = this.#begun.sequence
    this.crc = this.#begun.crc
    this.incarnation++
  }

  sizeOf(op: WrittenOp): number {
    return frameBytes(this.#payloadBytes(op))
  }

  add(op: WrittenOp): void {
    const payloadBytes = this.#payloadBytes(op)
    this.#reserve(FRAME_HEADER_BYTES)
    const chunk = this.#chunk
    const at = this.#at
    this.sequence++
    writeFrameHeader(chunk, at, {
      kind: FRAME_KINDS[op.kind] satisfies FrameKind,
      payloadBytes,
      sequence: this.sequence,
      flushedSequence: this.flushedSequence,
      incarnation: this.incarnation,
      previousCrc: this.crc,
      entryCount: op.kind === 'append' ? op.batches.length : op.kind === 'drop' ? op.partitions.length : 1,
    })
    this.#at += FRAME_HEADER_BYTES
    this.#crcFrom = at + 8
    this.#frameCrc = 0
    this.#addPayload(op)
    this.#addToCrc()
    this.crc = this.#frameCrc
    setFrameCrc(chunk, at, this.crc)
    const padding = frameBytes(payloadBytes) - FRAME_HEADER_BYTES - payloadBytes
    this.#reserve(padding)
    this.#chunk.fill(0, this.#at, this.#at + padding)
    this.#at += padding
    this.#bytes += frameBytes(payloadBytes)
  }

  #payloadBytes(op: WrittenOp): number {
    switch (op.kind) {
      case 'append':
        return this.#appendBytes(op)
      case 'logStart':
      case 'truncate':
        return this.#keyOf(op.partition).length + 8
      case 'drop':
        return op.partitions.reduce((sum, partition) => sum + this.#keyOf(partition).length, 0)
      case 'swap':
        return this.#keyOf(op.partition).length + SWAP_BYTES
    }
  }

  #appendBytes(op: AppendOp): number {
    let bytes = 0
    for (const batch of op.batches) bytes += this.#keyOf(batch.partition).length + batch.bytes.length
    return bytes
  }

  #addPayload(op: WrittenOp): void {
    switch (op.kind) {
      case 'append':
        for (const batch of op.batches) this.#addBatch(batch)
        return
      case 'logStart':
      case 'truncate':
        this.#copy(this.#keyOf(op.partition))
        this.#reserve(8)
        writeInt64(this.#chunk, this.#at, op.offset)
        this.#at += 8
        return
      case 'drop':
        for (const partition of op.partitions) this.#copy(this.#keyOf(partition))
        return
      case 'swap':
        this.#copy(this.#keyOf(op.partition))
        this.#copy(encodeSwap(op.swap))
    }
  }

  #addBatch(batch: TailBatch): void {
    const { bytes } = batch
    this.#copy(this.#keyOf(batch.partition))
    const isSmall = bytes.length <= COPIED_BYTES_MAX
    const pinsMuch = bytes.length <= CHUNK_BYTES && bytes.length * 8 <= bytes.buffer.byteLength
    if (isSmall || pinsMuch) {
      batch.bytes = this.#copy(bytes)
      return
    }
    this.#addToCrc()
    this.#closeWrite()
    this.#buffers.push(bytes)
    this.#frameCrc = crcWithBatch(bytes, this.#frameCrc)
  }

  #copy(bytes: Buffer): Buffer {
    this.#reserve(bytes.length)
    const start = this.#at
    bytes.copy(this.#chunk, start)
    this.#at += bytes.length
    return this.#chunk.subarray(start, this.#at)
  }

  /** Makes sure that the next `bytes` lie in one chunk. */
  #reserve(bytes: number): void {
    if (this.#chunk.length - this.#at >= bytes) return
    this.#addToCrc()
    this.#closeWrite()
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes))
    this.#at = 0
    this.#writeFrom = 0
    this.#crcFrom = 0
  }

  #addToCrc(): void {
    if (this.#crcFrom < this.#at) this.#frameCrc = crcOf(this.#chunk.subarray(this.#crcFrom, this.#at), this.#frameCrc)
    this.#crcFrom = this.#at
  }

  #closeWrite(): void {
    if (this.#writeFrom < this.#at) this.#buffers.push(this.#chunk.subarray(this.#writeFrom, this.#at))
    this.#writeFrom = this.#at
  }

  #keyOf(partition: Partition): Buffer {
    let key = this.#keys.get(partition)
    if (key === undefined) {
      key = entryKey(partition.identity)
      this.#keys.set(partition, key)
    }
    return key
  }
}

const CHUNK_BYTES = 256 * 1024
const COPIED_BYTES_MAX = 16 * 1024
