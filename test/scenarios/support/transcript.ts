/** A line that makes something happen, and what came out of it. */
export interface ScenarioStep {
  readonly line: string
  /** Comments and blank lines above it. */
  readonly above: readonly string[]
  readonly outputs: readonly string[]
}

export interface Transcript {
  readonly title: string
  readonly head: readonly string[]
  readonly config: Readonly<Record<string, string>>
  readonly topics: ReadonlyMap<string, number>
  readonly onlyMachine: boolean
  readonly skips: ReadonlySet<string>
  readonly steps: readonly ScenarioStep[]
  readonly tail: readonly string[]
}

export type Action =
  | { readonly kind: 'request'; readonly actor: string; readonly request: string }
  | { readonly kind: 'close'; readonly actor: string }
  | { readonly kind: 'wait'; readonly what: string; readonly actor: string | undefined }
  | { readonly kind: 'delete-topic'; readonly topic: string }
  /** Creates it, or gives it more partitions. */
  | { readonly kind: 'set-topic'; readonly topic: string; readonly partitionCount: number }
  | { readonly kind: 'restart' }

export function parseTranscript(text: string): Transcript {
  const head: string[] = []
  const config: Record<string, string> = {}
  const topics = new Map<string, number>()
  const skips = new Set<string>()
  let onlyMachine = false
  const steps: { line: string; above: string[]; outputs: string[] }[] = []
  let above: string[] = []
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('  ')) {
      const step = steps.at(-1)
      if (step === undefined) throw new Error(`output before any command: '${line}'`)
      step.outputs.push(line.trim())
    } else if (line === '' || line.startsWith('#')) {
      above.push(line)
    } else if (steps.length === 0 && /^(config|topics|only|skip) /.test(line)) {
      head.push(...above, line)
      above = []
      const [, word, rest] = /^(\w+) (.*)$/.exec(line)!
      for (const item of rest!.split(' ')) {
        const [key, value] = item.split('=')
        if (word === 'config') config[key!] = value!
        if (word === 'topics') topics.set(key!, Number(value))
      }
      if (word === 'only') onlyMachine = true
      if (word === 'skip') skips.add(rest!.split(':')[0]!)
    } else {
      steps.push({ line, above, outputs: [] })
      above = []
    }
  }
  const title = (head[0] ?? steps[0]?.above[0] ?? '').replace(/^# */, '')
  return { title, head, config, topics, onlyMachine, skips, steps, tail: above }
}

export function parseAction(line: string): Action {
  let match = /^(\w+) > (.+)$/.exec(line)
  if (match !== null) return { kind: 'request', actor: match[1]!, request: match[2]! }
  match = /^(\w+) closes$/.exec(line)
  if (match !== null) return { kind: 'close', actor: match[1]! }
  match = /^wait (session|rebalance) of (\w+)$/.exec(line)
  if (match !== null) return { kind: 'wait', what: match[1]!, actor: match[2]! }
  match = /^wait (initial delay|offset expiry|a moment|new member timeout)$/.exec(line)
  if (match !== null) return { kind: 'wait', what: match[1]!, actor: undefined }
  match = /^delete topic (\w+)$/.exec(line)
  if (match !== null) return { kind: 'delete-topic', topic: match[1]! }
  match = /^topic ([\w-]+)=(\d+)$/.exec(line)
  if (match !== null) return { kind: 'set-topic', topic: match[1]!, partitionCount: Number(match[2]) }
  if (line === 'restart') return { kind: 'restart' }
  throw new Error(`no command: '${line}'`)
}

/** Gives ids their names: the first member id of connection m1 is $m1, its next one $m1.2. */
export class Names {
  readonly #names = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  /** A JoinGroup answered this connection with a member id. */
  learn(actor: string, memberId: string): void {
    if (memberId === '' || this.#names.has(memberId)) return
    const count = (this.#counts.get(actor) ?? 0) + 1
    this.#counts.set(actor, count)
    this.#names.set(memberId, count === 1 ? `$${actor}` : `$${actor}.${count}`)
  }

  /** Any text that has an id in another guise: a group's or a topic's real name. */
  add(real: string, name: string): void {
    this.#names.set(real, name)
  }

  alias(text: string): string {
    for (const [real, name] of this.#names) text = text.replaceAll(real, name)
    // A member whose join still waits has an id that only others have been told.
    return text.replace(/\b([\w.]+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '$?$1')
  }

  /** The opposite: `$m1` becomes the id. */
  resolve(text: string): string {
    const reals = new Map([...this.#names].map(([real, name]) => [name, real]))
    return text.replace(/\$\w+(?:\.\d+)?/g, (name) => {
      const real = reals.get(name)
      if (real === undefined) throw new Error(`nobody is called ${name} yet`)
      return real
    })
  }
}

/** Timeouts that a transcript may wait for, as its own requests and config set them. */
export class Timeouts {
  readonly #config: Readonly<Record<string, string>>
  readonly #sessions = new Map<string, number>()
  readonly #rebalances = new Map<string, number>()

  constructor(config: Readonly<Record<string, string>>) {
    this.#config = config
  }

  sawJoin(actor: string, version: number, body: Record<string, unknown>): void {
    this.#sessions.set(actor, body.sessionTimeoutMs as number)
    this.#rebalances.set(actor, (version >= 1 ? body.rebalanceTimeoutMs : body.sessionTimeoutMs) as number)
  }

  sawConsumerHeartbeat(actor: string, body: Record<string, unknown>): void {
    this.#sessions.set(actor, Number(this.#config['group.consumer.session.timeout.ms'] ?? 45_000))
    const rebalanceTimeoutMs = body.rebalanceTimeoutMs as number
    if (rebalanceTimeoutMs !== -1) this.#rebalances.set(actor, rebalanceTimeoutMs)
  }

  ms(what: string, actor: string | undefined): number {
    switch (what) {
      case 'session':
        return this.#sessions.get(actor!)!
      case 'rebalance':
        return this.#rebalances.get(actor!)!
      case 'initial delay':
        return Number(this.#config['group.initial.rebalance.delay.ms'])
      case 'offset expiry':
        return Number(this.#config['offsets.retention.check.interval.ms'])
      case 'new member timeout':
        return 300_000
      case 'a moment':
        return 10
      default:
        throw new Error(`transcripts do not wait for ${what}`)
    }
  }
}

/** What every transcript runs under unless it says otherwise. */
export const defaultConfig: Readonly<Record<string, string>> = {
  'group.consumer.assignment.interval.ms': '0',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '100',
  'offsets.retention.check.interval.ms': '600000',
  'offsets.topic.num.partitions': '4',
}
