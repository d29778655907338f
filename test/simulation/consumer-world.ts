import assert from 'node:assert/strict'
import { type AssignorName, serverAssignors } from '../../src/assignor/index.ts'
import {
  decodeRecord,
  type Effect,
  type EffectResult,
  type Group,
  type GroupConfig,
  ShardCoordinator,
} from '../../src/coordinator/index.ts'
import { type Logger, silentLogger } from '../../src/platform/index.ts'
import { GroupRuntime } from '../../src/runtime/index.ts'
import { type ProcessClock, VirtualClock } from '../../src/testing/virtual-clock.ts'
import { SimulatedShardDisk } from '../runtime/simulated-shard-log.ts'
import { TestTopics } from '../support/topics.ts'
import { ClassicConsumer } from './classic-consumer.ts'
import { checkRest, hardStateOf, OwnerCheck } from './consumer-checks.ts'
import { ConsumerClient } from './consumer-client.ts'
import { Random } from './random.ts'
import { matchesAll, type Network, type SimulatedMember } from './simulated-member.ts'

const SESSION_MS = 10_000
const MEMBERS_MAX = 6
const TOPICS = ['orders', 'orders-eu', 'payments', 'audit']
const REGEXES = ['orders.*', '.*s']

/** Which protocols the members of a world speak: one of them, both, or more and more of one while the others go. */
type Mix = 'consumer' | 'classic' | 'both' | 'upgrade' | 'downgrade'

/** One group, its members of both protocols and their network, in virtual time. What goes wrong is drawn from the seed. */
export class ConsumerWorld {
  readonly random: Random
  readonly #clock = new VirtualClock()
  readonly #disk = new SimulatedShardDisk(false)
  readonly #topics = new TestTopics()
  readonly #config: GroupConfig
  #image = this.#topics.image()
  #process: ProcessClock
  #runtime: GroupRuntime
  #members: SimulatedMember[] = []
  /** Subscriptions of static members. */
  readonly #programs = new Map<string, readonly string[] | string>()
  readonly #owners = new OwnerCheck()
  readonly #mix: Mix
  readonly #classicAssignor: AssignorName
  /** Requests that the broker has taken and not answered. */
  readonly #unanswered = new Set<object>()
  /** The runtime guards itself against throws; what they find has to come out nevertheless. */
  #failure: unknown
  #names = 0
  #calm = false
  #turns = 0
  faults = 0
  rebalances = 0
  conversions = 0

  constructor(seed: number) {
    this.random = new Random(seed)
    const { random } = this
    this.#mix = random.pick(['consumer', 'both', 'both', 'upgrade', 'upgrade', 'downgrade', 'downgrade', 'classic'])
    this.#classicAssignor = random.pick(['range', 'roundrobin', 'cooperative-sticky', 'cooperative-sticky'])
    for (const name of TOPICS.slice(0, random.between(1, 3))) this.#topics.set(name, random.between(1, 5))
    this.#image = this.#topics.image()
    this.#config = {
      groupMinSessionTimeoutMs: 100,
      groupMaxSessionTimeoutMs: 1_800_000,
      groupMaxSize: 100,
      groupInitialRebalanceDelayMs: 0,
      offsetMetadataMaxBytes: 4096,
      offsetsRetentionMs: 1_000_000_000,
      offsetsRetentionCheckIntervalMs: 600_000_000,
      consumer: {
        groupMaxSize: 100,
        assignors: ['uniform', 'range'],
        // Where groups do not go back, classic members stay in a consumer group.
        migrationPolicy: random.chance(0.8) ? 'BIDIRECTIONAL' : 'UPGRADE',
        regexRefreshIntervalMs: 600_000,
        assignmentIntervalMs: random.pick([0, 100, 1_000]),
        // Some worlds have every assignment computed elsewhere.
        inlineAssignmentCostMax: random.chance(0.3) ? 0 : 12_000,
        groups: () => ({ sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 3_000 }),
        membersOnNode: () => 1,
      },
    }
    this.#process = this.#clock.forProcess()
    this.#runtime = this.#start()
  }

  get group(): Group | undefined {
    return this.#runtime.coordinatorOf(0)?.groups.get('g')
  }

  async turn(): Promise<void> {
    const { random } = this
    this.#turns++
    if (this.#members.length < MEMBERS_MAX && random.chance(0.2)) this.#addMember()
    if (random.chance(0.05)) this.#pickMember()?.leave()
    if (random.chance(0.05)) this.#resubscribe()
    if (this.#mix !== 'consumer' && this.#mix !== 'classic' && random.chance(0.15)) this.#replaceMember()
    await this.#advance(random.between(1, 1_500))
  }

  async fault(): Promise<void> {
    this.faults++
    const { random } = this
    switch (random.between(0, 6)) {
      case 0:
        return this.#crash()
      case 1:
        this.#disk.fail()
        return this.#settle()
      case 2:
        // A long pause of a member: it may be evicted, and learns of it when it is back.
        this.#pickMember()?.pause(random.between(1_000, 2 * SESSION_MS))
        return
      case 3:
        this.#pickMember()?.kill()
        return
      case 4: {
        const name = random.pick(TOPICS)
        this.#topics.set(name, (this.#image.partitionCount(name) ?? 0) + random.between(1, 2))
        return this.#topicsChanged([])
      }
      case 5: {
        const names = this.#topics.names()
        if (names.length < 2) return
        const name = random.pick(names)
        this.#topics.delete(name)
        return this.#topicsChanged([name])
      }
      case 6:
        this.#pickMember()?.restart(random.chance(0.7))
    }
  }

  /** Nothing goes wrong any more: the group has to come to rest, with every partition consumed once. */
  async calmDown(): Promise<void> {
    this.#calm = true
    // What dead processes had sent arrives, and may fence the living who have their instance ids.
    await this.#advance(5_000)
    if (this.#members.every((member) => !member.isAlive)) this.#addMember()
    for (let passed = 0; passed < 120_000; passed += 1_000) await this.#advance(1_000)
    const alive = this.#members.filter((member) => member.isAlive)
    checkRest(this.group, alive, this.#image)
    assert.equal(this.#unanswered.size, 0, `${this.#unanswered.size} requests are not answered`)
    this.#checkReplay()
  }

  async stop(): Promise<void> {
    for (const member of this.#members) member.kill()
    this.#disk.flush()
    await this.#runtime.stop()
  }

  #start(): GroupRuntime {
    const life = this.#process
    const runtime = new GroupRuntime({
      clock: this.#process,
      logger: this.#logger(),
      shardCount: 1,
      openShardLog: async () => this.#disk.open(),
      config: () => this.#config,
      randomId: () => `id${++this.#names}`,
      topics: () => this.#image,
      onEvent: (event) => {
        if (event.type === 'rebalance-completed') this.rebalances++
        if (event.type === 'group-converted') this.conversions++
      },
      runEffect: (effect) =>
        new Promise((resolve) => {
          life.at(this.#clock.monotonicMs() + this.random.between(0, 500), () => resolve(this.#resultOf(effect)))
        }),
      beforeTick: () => {},
    })
    runtime.start()
    return runtime
  }

  #resultOf(effect: Effect): EffectResult {
    const { groupId } = effect
    if (effect.type === 'assign') {
      // Sent to another thread, and back.
      const assignment = structuredClone(serverAssignors[effect.assignor].assign(structuredClone(effect.input)))
      const { groupEpoch, assignmentId } = effect
      return { type: 'assigned', groupId, groupEpoch, assignmentId, assignment }
    }
    const matches = new Map(
      effect.regexes.map((regex) => [regex, new Set(this.#topics.names().filter((name) => matchesAll(regex, name)))]),
    )
    const timestampMs = this.#clock.wallMs()
    return { type: 'regexes-evaluated', groupId, matches, version: this.#image.version, timestampMs }
  }

  #addMember(): void {
    const { random } = this
    const instanceId = random.chance(0.3) ? `i${random.between(1, 2)}` : null
    const isTaken = this.#members.some((member) => member.isAlive && member.instanceId === instanceId)
    if (instanceId !== null && isTaken) return
    // Who comes back under an instance id is the same program: a classic group does not ask it again what it subscribes to (KIP-345).
    const before = instanceId === null ? undefined : this.#programs.get(instanceId)
    const subscription = before ?? this.#someTopics()
    if (instanceId !== null) this.#programs.set(instanceId, subscription)
    this.#startMember(instanceId, subscription)
  }

  #startMember(instanceId: string | null, subscription: readonly string[] | string): void {
    const network = this.#network()
    const member =
      typeof subscription === 'string' || !this.#isClassicNext()
        ? new ConsumerClient(network, instanceId, subscription)
        : new ClassicConsumer(network, { instanceId, assignor: this.#classicAssignor }, subscription)
    this.#members.push(member)
    member.start()
  }

  /** A rolling update: a process ends, and another takes its place. */
  #replaceMember(): void {
    const member = this.#pickMember()
    if (member === undefined) return
    if (this.random.chance(0.5)) member.leave()
    else member.kill()
    this.#startMember(member.instanceId, member.subscription)
  }

  #isClassicNext(): boolean {
    const progress = Math.min(this.#turns / 40, 1)
    switch (this.#mix) {
      case 'consumer':
        return false
      case 'classic':
        return true
      case 'both':
        return this.random.chance(0.5)
      case 'upgrade':
        return this.random.chance(1 - progress)
      case 'downgrade':
        return this.random.chance(progress)
    }
  }

  #resubscribe(): void {
    const member = this.#pickMember()
    const subscription = this.#someTopics()
    // A classic member looks for the topics of an expression itself.
    if (member === undefined || (member.protocol === 'classic' && typeof subscription === 'string')) return
    member.subscribe(subscription)
    if (member.instanceId !== null) this.#programs.set(member.instanceId, subscription)
  }

  #network(): Network {
    const { random } = this
    return {
      nowMs: () => this.#clock.monotonicMs(),
      at: (ms, fn) => this.#clock.at(this.#clock.monotonicMs() + ms, fn),
      delayMs: () => (this.#calm ? 5 : random.pick([1, 5, 50, 700])),
      loses: () => !this.#calm && random.chance(0.08),
      revocationMs: () => (this.#calm ? 10 : random.between(0, 1_500)),
      newMemberId: () => `m${++this.#names}`,
      topics: () => this.#image,
      submit: (command, done) => {
        const request = {}
        this.#unanswered.add(request)
        const sent = this.#runtime.submit(command, (response) => {
          assert.ok(this.#unanswered.delete(request), `${command.type} is answered twice, or after it was given up`)
          done(response)
        })
        // Several steps may share a flush.
        if (this.#calm || random.chance(0.8)) this.#disk.flush()
        const cancel = (): void => {
          this.#unanswered.delete(request)
          sent.cancel()
        }
        return { cancel }
      },
      changed: () => this.#check(),
    }
  }

  #pickMember(): SimulatedMember | undefined {
    this.#members = this.#members.filter((member) => member.isAlive)
    return this.#members.length === 0 ? undefined : this.random.pick(this.#members)
  }

  #someTopics(): readonly string[] | string {
    const { random } = this
    if (this.#mix !== 'classic' && random.chance(0.2)) return random.pick(REGEXES)
    const topics = TOPICS.filter(() => random.chance(0.6))
    return topics.length === 0 ? ['orders'] : topics
  }

  async #crash(): Promise<void> {
    this.#process.kill()
    this.#disk.crash()
    this.#unanswered.clear()
    this.#process = this.#clock.forProcess()
    this.#runtime = this.#start()
    await this.#settle()
  }

  async #topicsChanged(deleted: readonly string[]): Promise<void> {
    this.#image = this.#topics.image()
    this.#runtime.topicsChanged(deleted)
    await this.#settle()
  }

  async #advance(ms: number): Promise<void> {
    const endMs = this.#clock.monotonicMs() + ms
    for (;;) {
      const nextMs = this.#clock.nextTimerMs
      if (nextMs === undefined || nextMs > endMs) break
      this.#clock.advance(Math.max(nextMs - this.#clock.monotonicMs(), 0))
      await this.#settle()
    }
    this.#clock.advance(endMs - this.#clock.monotonicMs())
    this.#disk.flush()
    await this.#settle()
  }

  /** Promises of loads and effects. */
  async #settle(): Promise<void> {
    for (let i = 0; i < 6; i++) await Promise.resolve()
    this.#check()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
    this.#owners.check(this.group, this.#members)
  }

  #logger(): Logger {
    const error: Logger['error'] = (fields) => {
      const { err } = fields as { err?: unknown }
      if (!(err instanceof Error && err.message.includes('simulated disk'))) this.#failure ??= err
    }
    return { ...silentLogger, error }
  }

  /** What the log says is what the coordinator has. */
  #checkReplay(): void {
    const shadow = new ShardCoordinator({ config: () => this.#config, topics: () => this.#image })
    for (const [offset, { key, value }] of this.#disk.durable.entries()) {
      shadow.apply(decodeRecord(key, value)!, { offset: BigInt(offset) })
    }
    assert.deepEqual(hardStateOf(shadow), hardStateOf(this.#runtime.coordinatorOf(0)))
  }
}
