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

/**
 * Cuts a stream of chunks into frames: four bytes of size, then as many bytes.
 *
 * A frame that comes out may be kept for long (a batch in the tail of a log), so a small one is copied out of its
 * chunk, which would otherwise be kept with it. A large one is copied once, as it arrives.
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
  #creditBytes = 0

  constructor(maxFrameBytes: number, credit: FrameCredit) {
    this.#maxFrameBytes = maxFrameBytes
    this.#credit = credit
  }

  /** Bytes held for a frame that is not complete. */
  get partialBytes(): number {
    return this.#frame === undefined ? 0 : this.#frame.length
  }

  /** Takes the chunk; `next` must have returned undefined since the last one. */
  push(chunk: Buffer): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /**
   * The next whole frame, without its size prefix.
   * @throws FrameSizeError for a size outside of the limit.
   */
  next(): Buffer | undefined {
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
    this.#returnCredit()
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
    const view = chunk.subarray(this.#at, end)
    this.#at = end
    // Keeping a view keeps the whole chunk: worth it only where the frame is most of it.
    return view.length * 2 >= chunk.buffer.byteLength ? view : Buffer.from(view)
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
