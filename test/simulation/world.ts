import assert from 'node:assert/strict'
import type {
  ClassicGroup,
  CoordinatorRecord,
  GroupCommand,
  GroupConfig,
  GroupEvent,
  GroupResponses,
} from '../../src/coordinator/index.ts'
import { decodeRecord, encodeRecord, ShardCoordinator, shardOfGroup } from '../../src/coordinator/index.ts'
import type { Logger } from '../../src/platform/index.ts'
import { silentLogger } from '../../src/platform/index.ts'
import { GroupRuntime } from '../../src/runtime/index.ts'
import type { ProcessClock } from '../../src/testing/virtual-clock.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { SimulatedShardDisk } from '../runtime/simulated-shard-log.ts'
import { anyTopics } from '../support/topics.ts'
import type { ClientOptions, Wire } from './client.ts'
import { Client } from './client.ts'
import { Random } from './random.ts'

const SHARDS = 3
const TOPICS = ['t', 'u', 'v']
const GROUPS = ['alpha', 'beta', 'gamma', 'delta']

const everyTopic = anyTopics()

/**
 * Brokers that die, disks that lose what was not flushed, clients that freeze, and clocks that jump; and what must hold nevertheless. All
 * from one seed.
 */
export class World implements Wire {
  readonly clock = new VirtualClock()
  readonly random: Random
  readonly config: GroupConfig
  readonly disks = Array.from({ length: SHARDS }, () => new SimulatedShardDisk(false))
  clients: Client[] = []
  faults = 0
  answered = 0
  readonly events: GroupEvent[] = []
  /** The runtime guards itself against its listeners; what they find has to come out nevertheless. */
  #failure: unknown
  readonly #logger: Logger = {
    ...silentLogger,
    error: (fields) => {
      const { err } = fields as { err?: unknown }
      if (!(err instanceof Error && err.message.includes('simulated disk'))) this.#failure ??= err
    },
  }
  #process: ProcessClock
  #runtime: GroupRuntime
  /** Sent, but lying in a socket. */
  #inbox: (() => void)[] = []
  #held = false
  #open = new Set<{ client: Client; handle?: { cancel(): void } }>()
  #life = 0
  #names = 0
  #ids = 0
  /** What the log says, replayed as it grows. */
  readonly #shadows: ShardCoordinator[] = []
  /** By group, generation and partition: who was told that it owns it. */
  readonly #owners = new Map<string, string>()
  /** By group and partition: everything that was ever durable. */
  readonly #durableOffsets = new Map<string, Set<bigint>>()

  constructor(seed: number) {
    this.random = new Random(seed)
    this.config = {
      groupMinSessionTimeoutMs: 100,
      groupMaxSessionTimeoutMs: 1_800_000,
      groupMaxSize: this.random.chance(0.2) ? 3 : 1000,
      groupInitialRebalanceDelayMs: this.random.pick([0, 100, 1000]),
      offsetMetadataMaxBytes: 4096,
      offsetsRetentionMs: this.random.pick([10_000, 1_000_000]),
      offsetsRetentionCheckIntervalMs: this.random.pick([1_000, 600_000]),
    }
    for (const [shard, disk] of this.disks.entries()) {
      this.#shadows.push(this.#emptyCoordinator())
      disk.onAppend = ({ key, value }) => {
        const record = decodeRecord(key, value)
        assert(record !== undefined)
        this.#shadows[shard]!.apply(record, { offset: BigInt(disk.durable.length + disk.unflushed) })
      }
      disk.onLost = () => this.#rebuildShadow(shard)
    }
    this.#process = this.clock.forProcess()
    this.#runtime = this.#startRuntime()
    for (let i = this.random.between(1, 6); i > 0; i--) this.addClient()
  }

  nowMs(): number {
    return this.clock.monotonicMs()
  }

  submit<C extends GroupCommand>(
    client: Client,
    command: C,
    done: (response: GroupResponses[C['type']]) => void,
  ): void {
    const life = this.#life
    const open: { client: Client; handle?: { cancel(): void } } = { client }
    this.#open.add(open)
    let answers = 0
    const deliver = (): void => {
      if (life !== this.#life || !this.#open.has(open)) return
      const handle = this.#runtime.submit(command, (response) => {
        assert.equal(++answers, 1, 'a ticket was answered twice')
        assert(this.#open.delete(open), 'an answer after the connection was closed')
        assert.equal(life, this.#life, 'a dead broker answered')
        this.answered++
        done(response)
      })
      open.handle = handle
    }
    if (this.#held) this.#inbox.push(deliver)
    else deliver()
  }

  cut(client: Client): void {
    for (const open of [...this.#open]) {
      if (open.client !== client) continue
      this.#open.delete(open)
      open.handle?.cancel()
    }
  }

  assigned(client: Client, generationId: number, partitions: readonly string[]): void {
    const { groupId } = client.options
    const durable = this.#durableGeneration(groupId, generationId, client.memberId)
    assert(durable, `${client.options.name} was told of generation ${generationId} of ${groupId}, which is not durable`)
    // An owner that was replaced by another process of the same static member owns nothing any more.
    const owner = client.options.instanceId ?? client.memberId
    for (const partition of partitions) {
      const key = `${groupId} ${generationId} ${partition}`
      const other = this.#owners.get(key) ?? owner
      assert.equal(other, owner, `${partition} of ${groupId} has two owners in generation ${generationId}`)
      this.#owners.set(key, owner)
    }
  }

  committed(client: Client, partition: string, offset: bigint): void {
    const { groupId } = client.options
    assert(this.#durable(groupId, partition).has(offset), `a commit was answered before it was durable`)
  }

  fetched(client: Client, partition: string, offset: bigint): void {
    if (offset === -1n) return
    assert(this.#durable(client.options.groupId, partition).has(offset), 'an offset was seen that is not durable')
  }

  addClient(options: Partial<ClientOptions> = {}): Client {
    const name = `c${++this.#names}`
    const sessionTimeoutMs = this.random.pick([1_000, 3_000, 10_000])
    const client = new Client(
      {
        name,
        groupId: this.random.pick(GROUPS),
        instanceId: this.random.chance(0.3) ? `i${this.random.between(1, 3)}` : null,
        apiVersion: this.random.pick([3, 4, 5, 7, 9]),
        sessionTimeoutMs,
        // Shorter than the time between heartbeats, and a member cannot learn of a rebalance in time.
        rebalanceTimeoutMs: sessionTimeoutMs * this.random.pick([1, 2, 5]),
        topics: this.#someTopics(),
        // After a restart only the chosen protocol is known: all begin with the same, so that nobody is inconsistent then.
        protocols: this.random.pick([['range'], ['range', 'sticky']]),
        ...options,
      },
      this,
      this.random,
    )
    // Static membership began with version 5.
    const fixed = client.options.instanceId !== null && client.options.apiVersion < 5
    if (fixed) return this.addClient({ ...options, apiVersion: 7 })
    // A second process of a static member takes the first one's place.
    this.clients.push(client)
    return client
  }

  /** Some time passes, and everybody acts. */
  async turn(): Promise<void> {
    this.clock.advance(this.random.between(0, 250))
    for (const client of this.clients) client.act()
    for (const disk of this.disks) if (this.random.chance(0.5)) disk.flush()
    await settle()
    this.check()
  }

  async fault(): Promise<void> {
    this.faults++
    const client = this.clients.length === 0 ? undefined : this.random.pick(this.clients)
    switch (this.random.between(0, 11)) {
      case 0:
        return this.crash()
      case 1:
        this.random.pick(this.disks).fail()
        return
      case 2:
        return this.pause(this.random.between(100, 15_000))
      case 3:
        this.clock.setWall(this.clock.wallMs() + this.random.between(-3_600_000, 3_600_000))
        return
      case 4:
        if (client !== undefined) client.frozenUntilMs = this.nowMs() + this.random.between(100, 15_000)
        return
      case 5:
        client?.reconnect()
        return
      case 6:
        client?.leave(client.options.instanceId === null && this.random.chance(0.7))
        this.clients = this.clients.filter((other) => other.phase !== 'gone')
        return
      case 7:
        client?.subscribe(this.#someTopics())
        return
      case 8:
        if (client !== undefined) client.slownessMs = this.random.pick([0, 100, 3_000])
        return
      case 9:
        this.#runtime.topicsChanged([this.random.pick(TOPICS)])
        return
      default:
        if (this.clients.length < 8) this.addClient()
    }
  }

  /** The process dies: nothing that was not flushed survives, and every connection is gone. */
  async crash(): Promise<void> {
    this.#life++
    this.#process.kill()
    for (const disk of this.disks) disk.crash()
    this.#open.clear()
    this.#inbox = []
    this.#process = this.clock.forProcess()
    this.#runtime = this.#startRuntime()
    for (const client of this.clients) client.reconnect()
    if (this.random.chance(0.5)) await settle()
  }

  /** The process stands still; the clients do not, and what they send lies in the sockets. */
  async pause(ms: number): Promise<void> {
    this.#held = true
    for (let passed = 0; passed < ms; passed += 250) {
      this.clock.pause(Math.min(250, ms - passed))
      for (const client of this.clients) client.act()
    }
    // The timers fire first, as in Node.
    this.clock.advance(0)
    this.#drain()
    this.#held = false
    await settle()
  }

  /** From now on nothing breaks. Everybody alive must be in a stable group before long. */
  async calmDown(): Promise<void> {
    for (const client of this.clients) {
      client.slownessMs = 0
      client.frozenUntilMs = 0
    }
    const boundMs = this.nowMs() + 90_000
    while (!this.#isStable()) {
      assert(this.nowMs() < boundMs, `not stable in time:\n${this.describe()}`)
      this.clock.advance(100)
      for (const client of this.clients) client.act()
      this.clients = this.clients.filter((client) => client.phase !== 'gone')
      for (const disk of this.disks) disk.flush()
      await settle()
      this.check()
    }
  }

  async stop(): Promise<void> {
    for (const disk of this.disks) disk.flush()
    await this.#runtime.stop()
    for (const client of this.clients) this.cut(client)
    assert.equal(this.#open.size, 0)
    assert.equal(this.clock.pendingTimers, 0, 'a timer is left')
  }

  /** Replay equals live state, and the live view of a settled group is what was persisted. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
    for (const [shard, shadow] of this.#shadows.entries()) {
      const live = this.#runtime.coordinatorOf(shard)
      if (live === undefined) continue
      assert.deepEqual(hardState(live), hardState(shadow), `shard ${shard} differs from its log`)
      for (const group of live.groups.values()) checkGroup(group as ClassicGroup)
    }
  }

  describe(): string {
    const groups = this.#shadows.flatMap((_, shard) =>
      [...(this.#runtime.coordinatorOf(shard)?.groups.values() ?? [])].map(
        (group) => `${group.groupId} ${group.state} ${[...(group as ClassicGroup).members.keys()].join(' ')}`,
      ),
    )
    const clients = this.clients.map(
      ({ options, phase, memberId }) => `${options.name} ${options.groupId} ${options.instanceId} ${phase} ${memberId}`,
    )
    return [...groups, ...clients].join('\n')
  }

  #isStable(): boolean {
    return this.clients.every((client) => {
      const group = this.#runtime
        .coordinatorOf(shardOfGroup(client.options.groupId, SHARDS))
        ?.groups.get(client.options.groupId)
      if (this.config.groupMaxSize < 1000 && client.phase === 'joining') return group?.state === 'Stable'
      return group?.state === 'Stable' && client.phase === 'stable' && client.generationId === group.generationId
    })
  }

  #startRuntime(): GroupRuntime {
    const life = this.#life
    const runtime = new GroupRuntime({
      clock: this.#process,
      logger: this.#logger,
      shardCount: SHARDS,
      openShardLog: async (shard) => this.disks[shard]!.open(),
      config: () => this.config,
      randomId: () => `id${++this.#ids}`,
      topics: () => everyTopic,
      onEvent: (event) => {
        assert.equal(life, this.#life)
        this.events.push(event)
        if (event.type === 'group-deleted') this.#forgetOwners(event.groupId)
      },
      beforeTick: () => this.#drain(),
    })
    runtime.start()
    return runtime
  }

  /** A group that is gone begins again with generation 1. */
  #forgetOwners(groupId: string): void {
    for (const key of [...this.#owners.keys()]) if (key.startsWith(`${groupId} `)) this.#owners.delete(key)
  }

  #drain(): void {
    const inbox = this.#inbox
    this.#inbox = []
    for (const deliver of inbox) deliver()
  }

  #someTopics(): string[] {
    const topics = TOPICS.filter(() => this.random.chance(0.5))
    return topics.length === 0 ? ['t'] : topics
  }

  #emptyCoordinator(): ShardCoordinator {
    return new ShardCoordinator({ config: () => this.config, topics: () => everyTopic })
  }

  #rebuildShadow(shard: number): void {
    const shadow = this.#emptyCoordinator()
    for (const [offset, { key, value }] of this.disks[shard]!.durable.entries()) {
      shadow.apply(decodeRecord(key, value)!, { offset: BigInt(offset) })
    }
    this.#shadows[shard] = shadow
    // Its event may have died with the process.
    for (const groupId of GROUPS) {
      if (shardOfGroup(groupId, SHARDS) === shard && !shadow.groups.has(groupId)) this.#forgetOwners(groupId)
    }
  }

  #durableGeneration(groupId: string, generationId: number, memberId: string): boolean {
    return this.#durableRecords(groupId).some(
      (record) =>
        record.type === 'GroupMetadata' &&
        record.key.group === groupId &&
        record.value?.generation === generationId &&
        record.value.members.some((member) => member.memberId === memberId),
    )
  }

  #durable(groupId: string, partition: string): ReadonlySet<bigint> {
    const key = `${groupId} ${partition}`
    const known = this.#durableOffsets.get(key) ?? new Set<bigint>()
    this.#durableOffsets.set(key, known)
    for (const record of this.#durableRecords(groupId)) {
      if (record.type !== 'OffsetCommit' || record.key.group !== groupId || record.value === null) continue
      if (`${record.key.topic}:${record.key.partition}` === partition) known.add(record.value.offset)
    }
    return known
  }

  #durableRecords(groupId: string): CoordinatorRecord[] {
    const disk = this.disks[shardOfGroup(groupId, SHARDS)]!
    return disk.durable.map(({ key, value }) => decodeRecord(key, value)!)
  }
}

function checkGroup(group: ClassicGroup): void {
  const { state, persisted } = group
  const ids = [...group.members.keys()]
  assert.equal(group.awaitingJoinCount, [...group.members.values()].filter((member) => member.awaitingJoin).length)
  assert(group.leaderId === undefined ? ids.length === 0 : ids.includes(group.leaderId), 'the leader is a member')
  for (const [instanceId, memberId] of group.staticMembers) {
    assert.equal(group.members.get(memberId)?.groupInstanceId, instanceId)
  }
  for (const member of group.members.values()) {
    // Whoever does not wait for us has a session that ends.
    assert(member.session.index >= 0 || member.awaitingJoin || member.awaitingSync, `${member.memberId} lives for ever`)
  }
  if (state === 'Empty') assert.equal(ids.length, 0)
  if (state === 'PreparingRebalance') assert(group.joinDeadline.index >= 0, 'the join phase never ends')
  if (state === 'CompletingRebalance') assert(group.syncDeadline.index >= 0, 'the sync phase never ends')
  if ((state !== 'Stable' && state !== 'Empty') || persisted === undefined) return
  assert.equal(group.generationId, persisted.generation)
  assert.deepEqual(ids.sort(), persisted.members.map((member) => member.memberId).sort())
  for (const { memberId, assignment, groupInstanceId } of persisted.members) {
    assert(group.members.get(memberId)!.assignment.equals(assignment))
    assert.equal(group.members.get(memberId)!.groupInstanceId, groupInstanceId)
  }
  if (state === 'Stable') assert.equal(group.leaderId, persisted.leader)
}

/** All that a log can bring back, in a form that can be compared. */
function hardState(coordinator: ShardCoordinator): unknown {
  const groups = [...coordinator.groups.values()].flatMap((group) => {
    const { groupId, persisted } = group as ClassicGroup
    if (persisted === undefined) return []
    return [
      [
        groupId,
        encodeRecord({ type: 'GroupMetadata', key: { group: groupId }, value: persisted }).value!.toString('hex'),
      ],
    ]
  })
  const offsets = [...coordinator.offsets.entries()].map(
    ([groupId, topic, partition, { offset, commitTimestampMs }]) =>
      `${groupId} ${topic} ${partition} ${offset} ${commitTimestampMs}`,
  )
  return { groups: groups.sort(), offsets: offsets.sort() }
}

/** Until nothing is left that waits for a promise. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
