import { Random } from '../../simulation/random.ts'
import { Machine } from './machine.ts'
import type { ScenarioStep, Transcript } from './transcript.ts'
import { parseTranscript } from './transcript.ts'

const ACTORS = ['a', 'b', 'c', 'd']
const STEPS = 40
/** Longer than any of these plays. */
const TIMEOUTS = 'session=60000 rebalance=60000'

/**
 * A conversation without rhyme or reason, with the state machine's answers: right requests, wrong generations, old ids, other protocols,
 * in any order. What it says holds for every broker: that is the test. No deadlines in it, and nothing whose answer depends on when
 * Kafka has written its records.
 */
export async function randomTranscript(seed: number): Promise<Transcript> {
  const random = new Random(seed)
  const transcript = parseTranscript('topics t=2 u=1\n\nm > Heartbeat v0')
  const machine = new Machine(transcript)
  await machine.start()
  const author = new Author(random)
  const steps: ScenarioStep[] = []
  while (steps.length < STEPS) {
    const line = author.nextLine()
    if (line === undefined) continue
    if (isStaticPending(line, machine)) continue
    const leader = leaderOf(machine)
    await machine.act(line)
    const outputs = machine.takeOutputs()
    if (isArbitrary(leader, machine) || isLeftUnanswered(line, outputs)) break
    author.hear(line, outputs)
    steps.push({ line, above: [], outputs })
  }
  await machine.stop()
  return { ...transcript, title: `random conversation ${seed}`, steps }
}

function leaderOf({ group }: Machine) {
  const leader = group?.members.get(group.leaderId ?? '')
  return leader && { memberId: leader.memberId, instanceId: leader.groupInstanceId }
}

/** Which of several members leads when the leader is gone, is up to the order of Kafka's map of random ids. */
function isArbitrary(before: ReturnType<typeof leaderOf>, machine: Machine): boolean {
  const after = leaderOf(machine)
  if (before === undefined || after === undefined || after.memberId === before.memberId) return false
  const isReplacement = after.instanceId !== null && after.instanceId === before.instanceId
  return !isReplacement && machine.group!.members.size > 1
}

/** Kafka throws where a static member brings an id that was given to a dynamic one, and says UNKNOWN_SERVER_ERROR. */
function isStaticPending(line: string, machine: Machine): boolean {
  const name = /JoinGroup .*member=(\$\S+) instance=/.exec(line)?.[1]
  return name !== undefined && machine.group?.pendingMembers.has(machine.idOf(name)) === true
}

/** Kafka forgets the waiting sync of a member that another connection removes; here it is answered. */
function isLeftUnanswered(line: string, outputs: readonly string[]): boolean {
  const actor = line.split(' ')[0]
  return outputs.some((output) => /^\w+ < SyncGroup UNKNOWN_MEMBER_ID/.test(output) && !output.startsWith(`${actor} `))
}

class Author {
  readonly #random: Random
  /** All member ids by the connection that they were given to; the latest last. */
  readonly #names = new Map<string, string[]>()
  /** Connections whose request waits: they cannot say anything else. */
  readonly #waiting = new Set<string>()
  readonly #instances = new Map<string, string | undefined>()
  #generation = 0

  constructor(random: Random) {
    this.#random = random
    for (const actor of ACTORS) this.#instances.set(actor, random.chance(0.4) ? `i${random.between(1, 2)}` : undefined)
  }

  nextLine(): string | undefined {
    const random = this.#random
    const actor = random.pick(ACTORS)
    switch (
      random.pick(['join', 'join', 'join', 'sync', 'sync', 'sync', 'heartbeat', 'commit', 'fetch', 'leave', 'odd'])
    ) {
      case 'join':
        return this.#waiting.has(actor) ? undefined : `${actor} > ${this.#join(actor)}`
      case 'sync':
        return this.#waiting.has(actor)
          ? undefined
          : this.#known(actor, (name) => `${actor} > ${this.#sync(actor, name)}`)
      case 'heartbeat':
        return this.#known(
          actor,
          (name) => `probe > Heartbeat v4 gen=${this.#someGeneration()} member=${name}${this.#instance(actor)}`,
        )
      case 'commit':
        return random.chance(0.2)
          ? `probe > OffsetCommit v8 offsets=t-0:${random.between(0, 99)}`
          : this.#known(
              actor,
              (name) =>
                `probe > OffsetCommit v${random.pick([8, 9])} gen=${this.#someGeneration()} member=${name}${this.#instance(actor)} offsets=t-${random.between(0, 1)}:${random.between(0, 99)}`,
            )
      case 'fetch':
        return `probe > OffsetFetch v8 ${random.pick(['all', 'offsets=t-0,t-1,u-0'])}`
      case 'leave':
        return random.chance(0.3)
          ? `probe > LeaveGroup v5 members=/i${random.between(1, 3)}`
          : this.#known(actor, (name) => `probe > LeaveGroup v${random.pick([3, 5])} members=${name}`)
      default:
        return random.pick([
          `probe > DeleteGroups v2`,
          `probe > OffsetDelete v0 offsets=t-0,u-0`,
          `probe > JoinGroup v9 ${TIMEOUTS} type=connect protocols=range(t)`,
          `probe > JoinGroup v9 ${TIMEOUTS} protocols=unheard-of(t)`,
          `probe > Heartbeat v4 gen=${this.#generation} member=nobody`,
          `probe > SyncGroup v5 gen=${this.#generation} member=nobody`,
        ])
    }
  }

  hear(line: string, outputs: readonly string[]): void {
    const [, actor, api] = /^(\w+) > (\w+)/.exec(line)!
    const replies = outputs.filter((output) => / < /.test(output))
    if ((api === 'JoinGroup' || api === 'SyncGroup') && actor !== 'probe') this.#waiting.add(actor!)
    for (const reply of replies) {
      const [, to, what] = /^(\w+) < (\w+)/.exec(reply)!
      if (what === 'JoinGroup' || what === 'SyncGroup') this.#waiting.delete(to!)
      const name = /member=(\$\S+)/.exec(reply)?.[1]
      const names = this.#names.get(to!) ?? []
      if (name !== undefined && !names.includes(name)) this.#names.set(to!, [...names, name])
      const generation = /gen=(\d+)/.exec(reply)?.[1]
      if (generation !== undefined) this.#generation = Number(generation)
    }
  }

  #join(actor: string): string {
    const random = this.#random
    const instance = this.#instance(actor)
    const version = instance === '' ? random.pick([3, 4, 7, 9]) : random.pick([5, 7, 8, 9])
    const names = this.#names.get(actor) ?? []
    const name =
      names.length === 0 || random.chance(0.25)
        ? ''
        : ` member=${random.chance(0.85) ? names.at(-1) : random.pick(names)}`
    const protocols = random.pick([
      'range(t)',
      'range(t)',
      'range(t u),roundrobin(t)',
      'roundrobin(t),range(t)',
      'range(u)',
    ])
    return `JoinGroup v${version} ${TIMEOUTS}${name}${instance} protocols=${protocols}`
  }

  #sync(actor: string, name: string): string {
    const all = [...this.#names.values()].map((names) => names.at(-1)!)
    const assign = this.#random.chance(0.8)
      ? ` assign=${all.map((other) => `${other}=>for-${other.slice(1)}`).join(',')}`
      : ''
    return `SyncGroup v4 gen=${this.#someGeneration()} member=${name}${this.#instance(actor)}${assign}`
  }

  #known(actor: string, line: (name: string) => string): string | undefined {
    const names = this.#names.get(actor)
    return names && line(this.#random.chance(0.9) ? names.at(-1)! : this.#random.pick(names))
  }

  #instance(actor: string): string {
    const instance = this.#instances.get(actor)
    return instance === undefined || this.#random.chance(0.05) ? '' : ` instance=${instance}`
  }

  #someGeneration(): number {
    return this.#random.chance(0.9) ? this.#generation : this.#generation - 1
  }
}
