import assert from 'node:assert/strict'
import { serverAssignors } from '../../src/assignor/index.ts'
import {
  ConsumerGroup,
  decodeRecord,
  type Effect,
  type EffectResult,
  type GroupConfig,
  ShardCoordinator,
} from '../../src/coordinator/index.ts'
import { silentLogger } from '../../src/platform/index.ts'
import { GroupRuntime } from '../../src/runtime/index.ts'
import { type ProcessClock, VirtualClock } from '../../src/testing/virtual-clock.ts'
import { SimulatedShardDisk } from '../runtime/simulated-shard-log.ts'
import { TestTopics } from '../support/topics.ts'
import { ConsumerClient, type Network } from './consumer-client.ts'
import { Random } from './random.ts'

const SESSION_MS = 10_000
const MEMBERS_MAX = 6
const TOPICS = ['orders', 'orders-eu', 'payments', 'audit']
const REGEXES = ['orders.*', '.*s']

/** One consumer group, its members and their network, in virtual time. What goes wrong is drawn from the seed. */
export class ConsumerWorld {
  readonly random: Random
  readonly #clock = new VirtualClock()
  readonly #disk = new SimulatedShardDisk(false)
  readonly #topics = new TestTopics()
  readonly #config: GroupConfig
  #image = this.#topics.image()
  #process: ProcessClock
  #runtime: GroupRuntime
  #members: ConsumerClient[] = []
  #names = 0
  #calm = false
  faults = 0
  rebalances = 0

  constructor(seed: number) {
    this.random = new Random(seed)
    const { random } = this
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
        migrationPolicy: 'BIDIRECTIONAL',
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

  get group(): ConsumerGroup | undefined {
    const group = this.#runtime.coordinatorOf(0)?.groups.get('g')
    return group instanceof ConsumerGroup ? group : undefined
  }

  async turn(): Promise<void> {
    const { random } = this
    if (this.#members.length < MEMBERS_MAX && random.chance(0.2)) this.#addMember()
    if (random.chance(0.05)) this.#pickMember()?.leave()
    if (random.chance(0.05)) this.#pickMember()?.subscribe(this.#someTopics())
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
    if (this.#members.every((member) => !member.isAlive)) this.#addMember()
    for (let passed = 0; passed < 120_000; passed += 1_000) await this.#advance(1_000)
    const alive = this.#members.filter((member) => member.isAlive)
    const group = this.group
    assert.ok(group !== undefined, 'the group is gone')
    assert.equal(group.state, 'Stable', `the group is ${group.state} after two calm minutes`)
    assert.deepEqual([...group.members.keys()].sort(), alive.map(({ memberId }) => memberId).sort())
    for (const member of alive) {
      const told: string[] = [...group.members.get(member.memberId)!.assigned].flatMap(([topicId, partitions]) =>
        partitions.map((partition) => `${topicId}-${partition}`),
      )
      assert.deepEqual([...member.owned].sort(), told.sort(), `${member.memberId} does not own what it was given`)
    }
    const owned = alive.flatMap((member) => [...member.owned])
    const wanted = new Set(
      alive.flatMap((member) =>
        this.#topics
          .names()
          .filter((name) => member.wants(name))
          .flatMap((name) =>
            Array.from({ length: this.#image.partitionCount(name)! }, (_, i) => `${this.#image.topicId(name)}-${i}`),
          ),
      ),
    )
    assert.deepEqual(owned.sort(), [...wanted].sort(), 'not every partition is consumed, or one twice')
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
      logger: silentLogger,
      shardCount: 1,
      openShardLog: async () => this.#disk.open(),
      config: () => this.#config,
      randomId: () => `id${++this.#names}`,
      topics: () => this.#image,
      onEvent: (event) => {
        if (event.type === 'rebalance-completed') this.rebalances++
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
    const network: Network = {
      nowMs: () => this.#clock.monotonicMs(),
      at: (ms, fn) => this.#clock.at(this.#clock.monotonicMs() + ms, fn),
      delayMs: () => (this.#calm ? 5 : random.pick([1, 5, 50, 700])),
      loses: () => !this.#calm && random.chance(0.08),
      revocationMs: () => (this.#calm ? 10 : random.between(0, 1_500)),
      newMemberId: () => `m${++this.#names}`,
      submit: (command, done) => {
        const sent = this.#runtime.submit(command, done)
        // Several steps may share a flush.
        if (this.#calm || random.chance(0.8)) this.#disk.flush()
        return sent
      },
      changed: () => this.#checkOwners(),
    }
    const instanceId = random.chance(0.3) ? `i${random.between(1, 2)}` : null
    if (instanceId !== null && this.#members.some((member) => member.isAlive && member.instanceId === instanceId))
      return
    const member = new ConsumerClient(network, instanceId, this.#someTopics())
    this.#members.push(member)
    member.start()
  }

  #pickMember(): ConsumerClient | undefined {
    this.#members = this.#members.filter((member) => member.isAlive)
    return this.#members.length === 0 ? undefined : this.random.pick(this.#members)
  }

  #someTopics(): readonly string[] | string {
    const { random } = this
    if (random.chance(0.2)) return random.pick(REGEXES)
    const topics = TOPICS.filter(() => random.chance(0.6))
    return topics.length === 0 ? ['orders'] : topics
  }

  async #crash(): Promise<void> {
    this.#process.kill()
    this.#disk.crash()
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
    this.#checkOwners()
  }

  /** The rule of KIP-848: no partition is owned by two members of the group, as the members see it, ever. */
  #checkOwners(): void {
    const { group } = this
    if (group === undefined) return
    const owners = new Map<string, string>()
    for (const member of this.#members) {
      // Who was evicted does not know it yet: its partitions are another's, and its commits are refused.
      if (!member.isAlive || !group.members.has(member.memberId)) continue
      for (const partition of member.owned) {
        const other = owners.get(partition)
        assert.equal(other, undefined, `${partition} is owned by ${other} and ${member.memberId}`)
        owners.set(partition, member.memberId)
      }
    }
  }

  /** What the log says is what the coordinator has. */
  #checkReplay(): void {
    const shadow = new ShardCoordinator({ config: () => this.#config, topics: () => this.#image })
    for (const [offset, { key, value }] of this.#disk.durable.entries()) {
      shadow.apply(decodeRecord(key, value)!, { offset: BigInt(offset) })
    }
    assert.deepEqual(hardStateOf(shadow.groups.get('g')), hardStateOf(this.group))
  }
}

export function matchesAll(regex: string, name: string): boolean {
  return new RegExp(`^(?:${regex})$`).test(name)
}

function hardStateOf(group: unknown): unknown {
  if (!(group instanceof ConsumerGroup)) return group
  const { groupEpoch, assignmentEpoch, metadataHash, state, members, targets, subscriptions } = group
  return {
    groupEpoch,
    assignmentEpoch,
    metadataHash,
    state,
    members: [...members].sort(([a], [b]) => (a < b ? -1 : 1)),
    targets: [...targets].sort(([a], [b]) => (a < b ? -1 : 1)),
    topics: [...subscriptions.topicNames].sort(([a], [b]) => (a < b ? -1 : 1)),
    regexes: [...subscriptions.resolved].sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}
