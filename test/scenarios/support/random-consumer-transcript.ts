import { Random } from '../../simulation/random.ts'
import { Machine } from './machine.ts'
import type { ScenarioStep, Transcript } from './transcript.ts'
import { parseTranscript } from './transcript.ts'

const ACTORS = ['a', 'b', 'c', 'd'] as const
const STEPS = 50

/**
 * The same for a group of the consumer protocol: right and wrong epochs, partitions given up at once, late or never, static members that
 * come back too early. One topic, because draws between topics are decided by their random ids.
 */
export async function randomConsumerTranscript(seed: number): Promise<Transcript> {
  const random = new Random(seed)
  const transcript = parseTranscript('topics t=5\n\nm > Heartbeat v0')
  const machine = new Machine(transcript)
  await machine.start()
  const members = ACTORS.map((name) => new Member(name, random))
  const steps: ScenarioStep[] = []
  while (steps.length < STEPS) {
    const member = random.pick(members)
    const line = random.chance(0.9) ? member.nextLine() : odd(random, member.memberId)
    await machine.act(line)
    const outputs = machine.takeOutputs()
    member.hear(line, outputs)
    steps.push({ line, above: [], outputs })
  }
  await machine.stop()
  return { ...transcript, title: `random conversation ${seed} with the consumer protocol`, steps }
}

function odd(random: Random, memberId: string): string {
  return random.pick([
    'probe > ConsumerGroupDescribe v1',
    'probe > ListGroups v5',
    'probe > DeleteGroups v2',
    'probe > OffsetFetch v9 offsets=t-0,t-1',
    `probe > Heartbeat v4 gen=1 member=${memberId}`,
    `probe > SyncGroup v4 gen=1 member=${memberId}`,
    `probe > LeaveGroup v5 members=/i${random.between(1, 2)}`,
    'probe > OffsetDelete v0 offsets=t-0',
    'probe > ConsumerGroupHeartbeat v1 member=nobody epoch=1',
  ])
}

class Member {
  readonly #actor: string
  readonly #random: Random
  readonly #instance: string
  #restarts = 0
  #epoch = 0
  #owned: readonly number[] = []
  #target: readonly number[] = []

  constructor(actor: string, random: Random) {
    this.#actor = actor
    this.#random = random
    this.#instance = random.chance(0.4) ? ` instance=i${random.between(1, 2)}` : ''
  }

  /** A static member that comes back has another. */
  get memberId(): string {
    return this.#restarts === 0 ? this.#actor : `${this.#actor}${this.#restarts}`
  }

  nextLine(): string {
    const random = this.#random
    switch (random.pick(['beat', 'beat', 'beat', 'beat', 'full', 'join', 'leave', 'commit', 'old', 'restart'])) {
      case 'join':
        return this.#join()
      case 'leave':
        return this.#say(`epoch=${this.#instance !== '' && random.chance(0.6) ? -2 : -1}`)
      case 'commit':
        return `${this.#actor} > OffsetCommit v9 member=${this.memberId} gen=${this.#someEpoch()} offsets=t-0:${random.between(0, 99)}`
      case 'old':
        return this.#say(`epoch=${this.#someEpoch()} owned=${this.#list()}`)
      case 'full':
        if (this.#epoch <= 0) return this.#join()
        return this.#say(`epoch=${this.#epoch} rebalance=60000 topics=${this.#topics()} owned=${this.#list()}`)
      case 'restart':
        if (this.#instance === '' || random.chance(0.5)) return this.#beat()
        this.#restarts++
        this.#owned = []
        return this.#join()
      default:
        return this.#beat()
    }
  }

  hear(line: string, outputs: readonly string[]): void {
    const reply = outputs.find((output) => output.startsWith(`${this.#actor} < ConsumerGroupHeartbeat `))
    if (reply === undefined || !line.startsWith(`${this.#actor} > `)) return
    const [, epoch, assignment] = /NONE member=\S+ epoch=(-?\d+)(?: \[(?:t-([\d+]+))?\])?/.exec(reply) ?? []
    if (epoch === undefined) {
      if (/FENCED_MEMBER_EPOCH|UNKNOWN_MEMBER_ID/.test(reply)) this.#epoch = 0
      return
    }
    this.#epoch = Math.max(Number(epoch), 0)
    if (this.#epoch === 0) this.#owned = []
    else if (/\[.*\]/.test(reply)) {
      this.#target = assignment === undefined ? [] : assignment.split('+').map(Number)
      // What is new it takes at once; what it has to give up, when it likes.
      this.#owned = [...new Set([...this.#owned, ...this.#target])].sort()
    }
  }

  #beat(): string {
    if (this.#epoch <= 0) return this.#join()
    if (this.#random.chance(0.4)) return this.#say(`epoch=${this.#epoch}`)
    if (this.#random.chance(0.7)) this.#owned = this.#target
    return this.#say(`epoch=${this.#epoch} owned=${this.#list()}`)
  }

  #join(): string {
    this.#owned = []
    const assignor = this.#random.chance(0.2) ? ' assignor=range' : ''
    return this.#say(`epoch=0 rebalance=60000 topics=${this.#topics()} owned=${assignor}`)
  }

  #say(what: string): string {
    return `${this.#actor} > ConsumerGroupHeartbeat v1 member=${this.memberId}${this.#instance} ${what}`
  }

  #list(): string {
    return this.#owned.map((partition) => `t-${partition}`).join(',')
  }

  #topics(): string {
    return this.#random.pick(['t', 't', 't', 't,none', 'none'])
  }

  #someEpoch(): number {
    return this.#epoch + this.#random.pick([0, 0, -1, 1])
  }
}
