import { join } from 'node:path'
import { Child, waitUntil } from '../../interop/support/index.ts'

/** What the connections of one attack do: see attacker.js. */
export interface Attack {
  readonly count?: number
  readonly frames?: readonly Buffer[]
  readonly repeat?: number
  readonly read?: boolean
  readonly window?: number
  readonly trickleMs?: number
  readonly split?: number
  readonly reconnect?: boolean
  readonly address?: string | readonly string[]
  readonly atOnce?: number
}

export interface AttackerStatus {
  /** Connections that are open now, were ever open, were refused (closed before a byte went either way), have ended. */
  readonly open: number
  readonly opened: number
  readonly refused: number
  readonly closed: number
  readonly bytesSent: number
  readonly bytesRead: number
  readonly answers: number
  /** How often each code of a socket's error came. */
  readonly errors: Readonly<Record<string, number>>
}

/** A process that attacks a broker. */
export class Attacker {
  readonly #child: Child

  constructor() {
    this.#child = new Child({ command: process.execPath, args: [join(import.meta.dirname, 'attacker.js')] })
  }

  attack(port: number, { frames = [], ...attack }: Attack): void {
    this.#order({ op: 'open', port, ...attack, frames: frames.map((frame) => frame.toString('base64')) })
  }

  status(): Promise<AttackerStatus> {
    return this.#ask('status')
  }

  /** Ends all connections. */
  close(): Promise<AttackerStatus> {
    return this.#ask('close')
  }

  end(): Promise<void> {
    return this.#child.kill()
  }

  async #ask(op: 'status' | 'close'): Promise<AttackerStatus> {
    const count = this.#child.stdout.length
    this.#order({ op })
    await waitUntil(
      `the attacker's answer to ${op}`,
      () => {
        if (this.#child.hasEnded) throw new Error(`the attacker ended\n${this.#child.tail()}`)
        return this.#child.stdout.length > count
      },
      { details: () => this.#child.tail() },
    )
    return JSON.parse(this.#child.stdout[count]!) as AttackerStatus
  }

  #order(order: object): void {
    this.#child.write(`${JSON.stringify(order)}\n`)
  }
}
