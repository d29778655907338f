import { type ByteSink, FrameAssembler, FrameCredit, FrameSizeError } from '../../net/index.ts'

/** Until a peer has shown that it speaks Kafka's protocol, it is not believed to have more to say than this. */
const HANDSHAKE_BYTES_MAX = 4 * 1024 * 1024
/** As large as an answer can be: `fetch.max.bytes` and one batch beyond it are less. */
const ANSWER_BYTES_MAX = 2 ** 30

/** Answers that are received at the same time, over all connections, take so much before their bytes have come. */
const credit = new FrameCredit(512 * 1024 * 1024)

/** Cuts what a socket receives into frames. A frame that is handed out is nobody else's memory. */
export class IncomingFrames implements ByteSink {
  #assembler = new FrameAssembler(HANDSHAKE_BYTES_MAX, credit)
  #onFrame: (frame: Buffer) => void = () => {}
  #onBroken: (error: Error) => void = () => {}
  #isBroken = false

  start(onFrame: (frame: Buffer) => void, onBroken: (error: Error) => void): void {
    this.#onFrame = onFrame
    this.#onBroken = onBroken
  }

  /** The handshake is over; no part of a frame is there. */
  trust(): void {
    this.#assembler = new FrameAssembler(ANSWER_BYTES_MAX, credit)
  }

  room(): Buffer | undefined {
    return this.#assembler.room()
  }

  filled(bytes: number): void {
    this.#assembler.filled(bytes)
    this.#drain()
  }

  received(chunk: Buffer): void {
    if (this.#isBroken) return
    this.#assembler.push(chunk)
    this.#drain()
  }

  discard(): void {
    this.#isBroken = true
    this.#assembler.discard()
  }

  #drain(): void {
    try {
      for (let frame = this.#assembler.next(); frame !== undefined; frame = this.#assembler.next()) {
        this.#onFrame(frame)
        if (this.#isBroken) return
      }
    } catch (error) {
      this.discard()
      this.#onBroken(error instanceof FrameSizeError ? explained(error) : (error as Error))
    }
  }
}

/** A TLS record of type alert or handshake begins with 0x15 or 0x16 and the version 3.x. */
function explained(error: FrameSizeError): Error {
  const first = (error.frameBytes >>> 16) & 0xffff
  const isTls = first === 0x1503 || first === 0x1603
  if (!isTls) return error
  return new Error('it answers in TLS: set securityProtocol to SSL or SASL_SSL', { cause: error })
}
