/** A size prefix that no request has: the connection is of another protocol, broken or hostile. */
export class FrameSizeError extends Error {
  readonly frameBytes: number

  constructor(frameBytes: number, maxFrameBytes: number) {
    super(`a frame of ${frameBytes} bytes is outside of 0 to ${maxFrameBytes}`)
    this.name = 'FrameSizeError'
    this.frameBytes = frameBytes
  }
}

/**
 * Memory that frames may take before their bytes have arrived, over all connections. Where it is used up a frame
 * still comes in, but its buffer grows with what arrives: a peer that claims 100 MB and sends nothing costs little.
 */
export class FrameCredit {
  #freeBytes: number

  constructor(bytes: number) {
    this.#freeBytes = bytes
  }

  take(bytes: number): boolean {
    if (bytes > this.#freeBytes) return false
    this.#freeBytes -= bytes
    return true
  }

  give(bytes: number): void {
    this.#freeBytes += bytes
  }
}

const PREFIX_BYTES = 4
/** Allocated without credit as soon as a frame begins. */
const FIRST_BYTES = 16 * 1024
/** A smaller rest of a frame comes with what is behind it, in one read. */
const ROOM_BYTES_MIN = 16 * 1024

/**
 * Cuts a stream of bytes into frames: four bytes of size, then as many bytes.
 *
 * Bytes come in chunks that are the caller's again as soon as all frames have been taken out of them (`push`), or right
 * into the frame that is being received (`room`, `filled`): so a large one is received without a copy. A frame that
 * comes out is nobody else's, since it may be kept for long (a batch in the tail of a log).
 */
export class FrameAssembler {
  readonly #maxFrameBytes: number
  readonly #credit: FrameCredit
  #chunk: Buffer | undefined
  #at = 0
  /** Of the frame that is being received; -1 while its prefix is incomplete. */
  #frameBytes = -1
  #prefix = 0
  #prefixBytes = 0
  #frame: Buffer | undefined
  #filledBytes = 0
  /** A frame that `filled` has completed. */
  #complete: Buffer | undefined
  #creditBytes = 0

  constructor(maxFrameBytes: number, credit: FrameCredit) {
    this.#maxFrameBytes = maxFrameBytes
    this.#credit = credit
  }

  /** Bytes held for a frame that is not complete, and of a chunk whose frames were not all taken. */
  get partialBytes(): number {
    const chunkBytes = this.#chunk === undefined ? 0 : this.#chunk.length - this.#at
    return this.#frame === undefined ? chunkBytes : this.#frame.length + chunkBytes
  }

  /** Takes the chunk; `next` must have returned undefined since the last one. */
  push(chunk: Buffer): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** Where the next bytes of a large frame belong; undefined when they are to come by `push`. */
  room(): Buffer | undefined {
    const frame = this.#frame
    if (frame === undefined || this.#chunk !== undefined) return undefined
    if (frame.length - this.#filledBytes < ROOM_BYTES_MIN) return undefined
    return frame.subarray(this.#filledBytes)
  }

  /** So many bytes were put into the last `room`. */
  filled(bytes: number): void {
    this.#filledBytes += bytes
    if (this.#filledBytes === this.#frameBytes) this.#complete = this.#frame
  }

  /** Copies what is left of the chunk, whose memory is about to be used for something else. */
  keepChunk(): void {
    if (this.#chunk === undefined) return
    this.#chunk = Buffer.from(this.#chunk.subarray(this.#at))
    this.#at = 0
  }

  /**
   * The next whole frame, without its size prefix.
   * @throws FrameSizeError for a size outside of the limit.
   */
  next(): Buffer | undefined {
    if (this.#complete !== undefined) return this.#take(this.#complete)
    const chunk = this.#chunk
    if (chunk === undefined) return undefined
    if (this.#frameBytes < 0 && !this.#readPrefix(chunk)) return this.#chunkDone()
    const frame = this.#frame === undefined ? this.#whole(chunk) : this.#continue(chunk, this.#frame)
    if (frame === undefined) return this.#chunkDone()
    this.#frameBytes = -1
    if (this.#at === chunk.length) this.#chunkDone()
    return frame
  }

  /** Gives up what is half received. */
  discard(): void {
    this.#chunk = undefined
    this.#frame = undefined
    this.#complete = undefined
    this.#returnCredit()
  }

  #take(frame: Buffer): Buffer {
    this.#complete = undefined
    this.#frame = undefined
    this.#frameBytes = -1
    this.#returnCredit()
    return frame
  }

  #chunkDone(): undefined {
    this.#chunk = undefined
  }

  #readPrefix(chunk: Buffer): boolean {
    if (this.#prefixBytes === 0 && chunk.length - this.#at >= PREFIX_BYTES) {
      this.#prefix = chunk.readInt32BE(this.#at)
      this.#at += PREFIX_BYTES
    } else {
      while (this.#prefixBytes < PREFIX_BYTES) {
        if (this.#at === chunk.length) return false
        this.#prefix = (this.#prefix << 8) | chunk[this.#at++]!
        this.#prefixBytes++
      }
    }
    const frameBytes = this.#prefix
    if (frameBytes < 0 || frameBytes > this.#maxFrameBytes) throw new FrameSizeError(frameBytes, this.#maxFrameBytes)
    this.#frameBytes = frameBytes
    this.#prefix = 0
    this.#prefixBytes = 0
    return true
  }

  /** The frame when the chunk has all of it; otherwise begins one over several chunks. */
  #whole(chunk: Buffer): Buffer | undefined {
    const end = this.#at + this.#frameBytes
    // Nothing is allocated for a size alone.
    if (end > chunk.length) return this.#at === chunk.length ? undefined : this.#begin(chunk)
    const frame = Buffer.from(chunk.subarray(this.#at, end))
    this.#at = end
    return frame
  }

  #begin(chunk: Buffer): undefined {
    const bytes = this.#frameBytes
    const here = chunk.length - this.#at
    let capacity = bytes
    if (bytes > FIRST_BYTES) {
      if (this.#credit.take(bytes)) this.#creditBytes = bytes
      else capacity = Math.min(bytes, Math.max(FIRST_BYTES, here * 2))
    }
    this.#frame = Buffer.allocUnsafeSlow(capacity)
    chunk.copy(this.#frame, 0, this.#at)
    this.#filledBytes = here
    this.#at = chunk.length
  }

  #continue(chunk: Buffer, frame: Buffer): Buffer | undefined {
    const bytes = Math.min(chunk.length - this.#at, this.#frameBytes - this.#filledBytes)
    let target = frame
    if (this.#filledBytes + bytes > frame.length) {
      target = Buffer.allocUnsafeSlow(Math.min(this.#frameBytes, Math.max(frame.length * 2, this.#filledBytes + bytes)))
      frame.copy(target, 0, 0, this.#filledBytes)
      this.#frame = target
    }
    chunk.copy(target, this.#filledBytes, this.#at, this.#at + bytes)
    this.#filledBytes += bytes
    this.#at += bytes
    if (this.#filledBytes < this.#frameBytes) return undefined
    this.#frame = undefined
    this.#returnCredit()
    return target
  }

  #returnCredit(): void {
    if (this.#creditBytes > 0) this.#credit.give(this.#creditBytes)
    this.#creditBytes = 0
  }
}
