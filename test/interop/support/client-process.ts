import { Child, type Command } from './child.ts'
import type { ClientEvent } from './client.ts'
import { waitUntil } from './wait.ts'

/** A record that a consumer saw. */
export type SeenRecord = Extract<ClientEvent, { event: 'record' }>

/** A client program that runs, and everything it said. */
export class ClientProcess {
  readonly name: string
  readonly events: ClientEvent[] = []
  readonly #child: Child
  readonly #owned = new Set<string>()

  constructor(name: string, command: Command) {
    this.name = name
    const parse = command.parse ?? parseJsonLine
    this.#child = new Child(command, (line, stream) => {
      const event = parse(line, stream)
      if (event !== undefined) this.#take({ at: Date.now(), ...event } as ClientEvent)
    })
  }

  /** Partitions that it holds by its own account, sorted. */
  get owned(): readonly string[] {
    return [...this.#owned].sort(byTopicThenPartition)
  }

  get records(): readonly SeenRecord[] {
    return this.eventsOf('record')
  }

  eventsOf<E extends ClientEvent['event']>(event: E): readonly Extract<ClientEvent, { event: E }>[] {
    return this.events.filter((e): e is Extract<ClientEvent, { event: E }> => e.event === event)
  }

  /** Assignments, revocations and losses so far: a rebalance seen by a client adds to them. */
  get rebalanceEventCount(): number {
    return this.events.filter((e) => e.event === 'assigned' || e.event === 'revoked' || e.event === 'lost').length
  }

  async waitFor(description: string, condition: () => boolean, deadlineMs?: number): Promise<void> {
    await waitUntil(
      `${this.name}: ${description}`,
      () => {
        const value = condition()
        if (!value && this.#child.hasEnded) throw new Error(`${this.name} ended early: ${this.summary()}`)
        return value
      },
      { ...(deadlineMs === undefined ? {} : { deadlineMs }), details: () => this.summary() },
    )
  }

  /** Asks it to close as an orderly program does (SIGTERM), and waits until it has. */
  async close(): Promise<void> {
    this.#child.signal('SIGTERM')
    await this.#child.ended()
    if (!this.events.some((e) => e.event === 'closed')) {
      throw new Error(`${this.name} ended without closing: ${this.summary()}`)
    }
  }

  /** Waits until it has finished by itself. */
  async finished(): Promise<void> {
    const code = await this.#child.ended()
    if (code !== 0) throw new Error(`${this.name} ended with ${code}: ${this.summary()}`)
  }

  get hasEnded(): boolean {
    return this.#child.hasEnded
  }

  kill(): Promise<void> {
    return this.#child.kill()
  }

  /** Stops it in the middle of whatever it does, connections open, as a long garbage collection or a paused VM. */
  freeze(): void {
    this.#child.signal('SIGSTOP')
  }

  thaw(): void {
    this.#child.signal('SIGCONT')
  }

  summary(): string {
    const talk = this.events.filter((e) => e.event !== 'record' && e.event !== 'delivered' && e.event !== 'committed')
    const lines = talk.slice(-12).map((e) => JSON.stringify(e))
    const seen = `${this.name}: owns [${this.owned}], saw ${this.records.length} records`
    const complaints = this.#child.stderr.slice(-8).map((line) => line.slice(0, 300))
    return [seen, ...lines, ...complaints].join('\n')
  }

  #take(event: ClientEvent): void {
    this.events.push(event)
    if (event.event === 'assigned') for (const partition of event.partitions) this.#owned.add(partition)
    if (event.event === 'revoked' || event.event === 'lost') {
      for (const partition of event.partitions) this.#owned.delete(partition)
    }
    if (event.event === 'closed') this.#owned.clear()
  }
}

/** Sorts `topic-2` before `topic-10`. */
export function byTopicThenPartition(a: string, b: string): number {
  const [topicA, topicB] = [a.slice(0, a.lastIndexOf('-')), b.slice(0, b.lastIndexOf('-'))]
  if (topicA !== topicB) return topicA < topicB ? -1 : 1
  return Number(a.slice(a.lastIndexOf('-') + 1)) - Number(b.slice(b.lastIndexOf('-') + 1))
}

function parseJsonLine(line: string, stream: 'stdout' | 'stderr'): Readonly<Record<string, unknown>> | undefined {
  if (stream === 'stderr' || !line.startsWith('{')) return undefined
  return JSON.parse(line) as Readonly<Record<string, unknown>>
}
