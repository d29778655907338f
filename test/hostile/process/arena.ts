import { type Broker, startBroker, waitUntil } from '../../interop/support/index.ts'
import { type Attack, Attacker, type AttackerStatus } from './attacker.ts'
import { canMeasure, resetPeak, residentMbOf } from './memory.ts'
import { type Latency, latencyOf, Neighbour } from './neighbour.ts'

/** What an attack did, as it is printed. */
export interface Siege {
  readonly status: AttackerStatus
  /** MB resident before, the most during, and when the attackers have gone; 0 where it cannot be measured. */
  readonly residentMb: { readonly before: number; readonly peak: number; readonly after: number }
  /** Of the neighbour, in milliseconds. */
  readonly quiet: Latency
  readonly data: Latency
  readonly heartbeat: Latency
}

export interface SiegeOptions {
  /** Several attacks run side by side. */
  readonly attacks: readonly Attack[]
  /** The attack is over when this holds and the neighbour has had its rounds. Default: at once. */
  readonly until?: (status: AttackerStatus) => boolean
  /** Rounds that the neighbour shall have had under attack; default 60. */
  readonly rounds?: number
}

/** A broker in a process of its own, an ordinary client beside it, and attackers. */
export class Arena {
  readonly broker: Broker
  readonly #neighbour: Neighbour
  readonly #attacker = new Attacker()

  private constructor(broker: Broker, neighbour: Neighbour) {
    this.broker = broker
    this.#neighbour = neighbour
  }

  static async open(set: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Promise<Arena> {
    const broker = await startBroker({ target: 'kohort', set, args: ['--topic', 'neighbour:1', ...args] })
    try {
      return new Arena(broker, await Neighbour.start(broker.port))
    } catch (error) {
      await broker.stop()
      throw error
    }
  }

  /** Attacks, and says what it did to the broker and to the neighbour. @throws when the broker or the neighbour fell. */
  async besiege(name: string, { attacks, until = () => true, rounds = 60 }: SiegeOptions): Promise<Siege> {
    const { broker } = this
    const quiet = latencyOf((await this.#neighbourTakes(40)).data)
    const before = this.#resident().now
    if (canMeasure) resetPeak(broker.pid)
    for (const attack of attacks) this.#attacker.attack(broker.port, attack)
    const served = this.#neighbourTakes(rounds)
    let status = await this.#attacker.status()
    await waitUntil(
      `the end of the attack "${name}"`,
      async () => {
        this.#alive()
        status = await this.#attacker.status()
        return until(status)
      },
      { deadlineMs: 120_000, details: () => `${JSON.stringify(status)}\n${this.broker.logs.slice(-20).join('\n')}` },
    )
    const { data, heartbeat } = await served
    status = await this.#attacker.status()
    const { peak } = this.#resident()
    await this.#attacker.close()
    await this.#neighbourTakes(20)
    const after = this.#resident().now
    const siege = {
      status,
      residentMb: { before, peak, after },
      quiet,
      data: latencyOf(data),
      heartbeat: latencyOf(heartbeat),
    }
    console.info(`${name}: ${shown(siege)}`)
    return siege
  }

  /** Lines that the broker logged as errors: its own mistakes. */
  mistakes(): readonly string[] {
    return this.broker.logs.filter((line) => line.includes('"level":50') || line.includes('"level":60'))
  }

  async close(): Promise<void> {
    await this.#attacker.end()
    await this.#neighbour.end()
    await this.broker.stop()
  }

  /** The neighbour's next so many rounds. */
  async #neighbourTakes(rounds: number): Promise<{ readonly data: number[]; readonly heartbeat: number[] }> {
    const done = this.#neighbour.rounds()
    const from = { data: done.data.length, heartbeat: done.heartbeat.length }
    await waitUntil(
      `${rounds} rounds of the neighbour`,
      () => {
        this.#alive()
        const { data, heartbeat } = this.#neighbour.rounds()
        return data.length - from.data >= rounds && heartbeat.length - from.heartbeat >= rounds
      },
      { deadlineMs: 60_000, details: () => this.broker.logs.slice(-20).join('\n') },
    )
    const now = this.#neighbour.rounds()
    return { data: now.data.slice(from.data), heartbeat: now.heartbeat.slice(from.heartbeat) }
  }

  #alive(): void {
    if (this.broker.exitCode === undefined) return
    throw new Error(`the broker ended with ${this.broker.exitCode}\n${this.broker.logs.slice(-40).join('\n')}`)
  }

  #resident(): { readonly now: number; readonly peak: number } {
    return canMeasure ? residentMbOf(this.broker.pid) : { now: 0, peak: 0 }
  }
}

function shown({ status, residentMb, quiet, data, heartbeat }: Siege): string {
  const { before, peak, after } = residentMb
  const ms = ({ p50, p99, max }: Latency): string => `p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} max ${max.toFixed(1)}`
  const { opened, open, refused, closed, bytesSent, bytesRead, answers } = status
  return (
    `RSS ${before} -> peak ${peak} -> ${after} MB; neighbour's write and read ${ms(data)} ms (quiet ${ms(quiet)}), heartbeat ${ms(heartbeat)} ms; ` +
    `${opened} connections (${open} open, ${refused} refused, ${closed} closed), ${mb(bytesSent)} MB sent, ${mb(bytesRead)} MB and ${answers} answers read`
  )
}

function mb(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}
