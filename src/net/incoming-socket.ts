import { Buffer } from 'node:buffer'
import { Socket, type SocketConstructorOpts } from 'node:net'

/** Who takes the bytes of a socket. */
export interface ByteSink {
  /** Where the next bytes shall go, if their place is known already. */
  room(): Buffer | undefined
  /** So many bytes are in `room`. */
  filled(bytes: number): void
  /** Bytes that had no room. The memory is used again after the call. */
  received(chunk: Buffer): void
}

/** One read of a socket whose next bytes have no place yet; used by all sockets, one after another. */
const SCRATCH = Buffer.allocUnsafeSlow(64 * 1024)

const NOTHING: ByteSink = { room: () => undefined, filled() {}, received() {} }

/** What `net.Socket` keeps to itself: the TCP handle under it. */
interface WithHandle {
  _handle: { useUserBuffer?: unknown } | null
}

/**
 * An accepted socket that is read into buffers of ours (`onread` of `node:net`) instead of a new one for each read: a large frame comes
 * without a copy, and reading leaves no garbage. Node offers that to clients only, so the handle goes into a new socket; where that does
 * not work, bytes come by 'data' as usual.
 */
export class IncomingSocket {
  readonly socket: Socket
  #sink: ByteSink = NOTHING

  /** @param accepted of a server with `pauseOnConnect`; not to be used any more. */
  constructor(accepted: Socket) {
    this.socket = this.#takeOver(accepted) ?? accepted
  }

  /** Begins to read. */
  start(sink: ByteSink): void {
    this.#sink = sink
    const { socket } = this
    if (!this.#isTakenOver) socket.on('data', (chunk: Buffer) => this.#sink.received(chunk))
    socket.resume()
  }

  #isTakenOver = false

  #takeOver(accepted: Socket): Socket | undefined {
    const { _handle: handle } = accepted as unknown as WithHandle
    if (typeof handle?.useUserBuffer !== 'function') return undefined
    ;(accepted as unknown as WithHandle)._handle = null
    this.#isTakenOver = true
    const options = {
      handle,
      allowHalfOpen: true,
      pauseOnCreate: true,
      readable: true,
      writable: true,
      onread: {
        buffer: () => this.#sink.room() ?? SCRATCH,
        callback: (bytes: number, buffer: Buffer) => {
          if (buffer === SCRATCH) this.#sink.received(SCRATCH.subarray(0, bytes))
          else this.#sink.filled(bytes)
          return true
        },
      },
    }
    return new Socket(options as unknown as SocketConstructorOpts)
  }
}
