import assert from 'node:assert/strict'
import { OffsetsShardLog } from '../../src/broker/groups/offsets-shard-log.ts'
import type { CommandOf, GroupCommand, GroupConfig, GroupResponses } from '../../src/coordinator/index.ts'
import { ClassicGroup } from '../../src/coordinator/index.ts'
import { type DiskLogStore, type FlushMode, openDiskLogStore } from '../../src/log/index.ts'
import { type Logger, silentLogger } from '../../src/platform/index.ts'
import { GroupRuntime } from '../../src/runtime/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { defaultConfig, identityOf } from '../log/support/batches.ts'
import { Random as DiskRandom } from '../log/support/random.ts'
import { SimulatedDisk, type SimulatedDiskOptions } from '../log/support/simulated-disk.ts'
import { TestTopics } from '../support/topics.ts'
import { Client, PARTITIONS_PER_TOPIC, type Wire } from './client.ts'
import { ConsumerMember } from './consumer-member.ts'
import { Promises } from './durable-promises.ts'
import { IdempotentProducer, ProducedLog } from './idempotent-producer.ts'
import { Random } from './random.ts'

const SHARDS = 2
const TOPICS = ['t', 'u']
const CLASSIC_GROUPS = ['alpha', 'beta']
const CONSUMER_GROUPS = ['gamma', 'delta']
/** Commits come without members. */
const SIMPLE_GROUP = 'epsilon'
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

const offsetsConfig = {
  ...defaultConfig,
  segmentBytes: 3000,
  indexIntervalBytes: 200,
  cleanupPolicy: ['compact'] as const,
  minCleanableDirtyRatio: 0.1,
}
const topicConfig = { ...defaultConfig, segmentBytes: 2000, indexIntervalBytes: 200, retentionMs: -1 }

export interface DurableCounts {
  deaths: number
  cleanStops: number
  cleanings: number
  records: number
  commits: number
  assignments: number
  epochs: number
}

/** One broker process: the log on its disk, and the coordinators over it. */
interface Process {
  readonly disk: SimulatedDisk
  readonly store: DiskLogStore
  readonly runtime: GroupRuntime
}

/** A request that has no answer yet. */
interface Open {
  readonly client: Client
  handle: { cancel(): void } | undefined
}

/**
 * The group coordinators over DiskLog on a disk that drops, tears and reorders what was not flushed, with members of both protocols, simple
 * consumers and idempotent producers, over several lives of the broker: each dies at some call of the disk, by power cut or kill -9, or
 * stops. Everything that any of them was told must be true in the next life. All from one seed.
 */
export class DurableWorld implements Wire {
  readonly counts: DurableCounts = {
    deaths: 0,
    cleanStops: 0,
    cleanings: 0,
    records: 0,
    commits: 0,
    assignments: 0,
    epochs: 0,
  }
  /** Of the broker's own logs the cleaner tells in debug lines. */
  readonly #logger: Logger = {
    ...silentLogger,
    debug: (_, message) => {
      if (message.includes('cleaned')) this.counts.cleanings++
    },
  }
  readonly #random: Random
  readonly #diskRandom: DiskRandom
  readonly #flush: FlushMode
  readonly #clock = new VirtualClock()
  readonly #topics = new TestTopics()
  readonly #config: GroupConfig
  readonly #promises = new Promises()
  readonly #clients: Client[] = []
  readonly #members: ConsumerMember[] = []
  readonly #logs: readonly ProducedLog[]
  readonly #producers: readonly IdempotentProducer[]
  #disk: SimulatedDisk
  #process: Process | undefined
  #processClock = this.#clock.forProcess()
  readonly #open = new Set<Open>()
  #lives = 0
  #ids = 0
  #names = 0
  #producerIds = 0n
  #nextOffset = 0n
  /** What was found where nobody would hear of it. */
  #failure: { readonly error: unknown } | undefined

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#diskRandom = new DiskRandom(seed)
    const random = this.#random
    this.#flush = random.chance(0.8) ? 'fsync' : random.pick(['interval', 'none'])
    for (const name of TOPICS) this.#topics.set(name, PARTITIONS_PER_TOPIC)
    this.#config = groupConfig()
    this.#disk = new SimulatedDisk(this.#diskOptions())
    this.#logs = [0, 1].map((partition) => new ProducedLog(identityOf('produced', partition, 2), topicConfig))
    const onFailure = (error: unknown) => this.#fail(error)
    const options = { newProducerId: () => ++this.#producerIds, onFailure }
    this.#producers = this.#logs.flatMap((log) => [1, 2].map(() => new IdempotentProducer(log, options)))
    for (let i = random.between(1, 4); i > 0; i--) this.#addClient()
    for (let i = random.between(1, 3); i > 0; i--) this.#addMember()
  }

  async run(): Promise<DurableCounts> {
    for (let life = this.#random.between(2, 4); life > 0; life--) {
      const process = await this.#start()
      if (process !== undefined) await this.#live(process)
      this.#end()
    }
    this.#disk = this.#disk.processDeath({ random: this.#diskRandom })
    const last = await this.#start()
    assert.ok(last !== undefined)
    await this.#calmDown()
    await this.#stop(last)
    this.#end()
    // And what the calm has brought is there, too.
    this.#disk = this.#disk.processDeath({ random: this.#diskRandom })
    const again = await this.#start()
    assert.ok(again !== undefined)
    await this.#stop(again)
    return this.counts
  }

  nowMs(): number {
    return this.#clock.monotonicMs()
  }

  submit<C extends GroupCommand>(
    client: Client,
    command: C,
    done: (response: GroupResponses[C['type']]) => void,
  ): void {
    const open: Open = { client, handle: undefined }
    this.#open.add(open)
    open.handle = this.#submit(command, (response) => {
      if (this.#open.delete(open)) done(response)
    })
  }

  cut(client: Client): void {
    for (const open of [...this.#open]) {
      if (open.client !== client) continue
      this.#open.delete(open)
      open.handle?.cancel()
    }
  }

  assigned(client: Client, generationId: number, partitions: readonly string[]): void {
    const { groupId, instanceId } = client.options
    this.counts.assignments++
    const told = { instanceId, assignment: partitions.join(',') }
    this.#promises.generationTold(groupId, generationId, client.memberId, told)
  }

  committed(): void {
    this.counts.commits++
  }

  /** Seen by `#submit` already. */
  fetched(): void {}

  /** Whoever asks and whoever is answered: what that promises is noted here. */
  #submit<C extends GroupCommand>(
    command: C,
    done: (response: GroupResponses[C['type']]) => void,
  ): { cancel(): void } | undefined {
    const process = this.#process
    if (process === undefined) return undefined
    const accepted = command.type === 'OffsetCommit' ? this.#commitAsked(command) : undefined
    return process.runtime.submit(command, (response) => {
      // A dead process says nothing.
      if (process.disk.isDead || process !== this.#process) return
      // The runtime guards itself against who listens.
      try {
        accepted?.(response as GroupResponses['OffsetCommit'])
        if (command.type === 'OffsetFetch')
          this.#offsetsSeen(command.groupId, response as GroupResponses['OffsetFetch'])
        done(response)
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #commitAsked({ groupId, request }: CommandOf<'OffsetCommit'>): (response: GroupResponses['OffsetCommit']) => void {
    const accept = request.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }) =>
        this.#promises.commitAsked(groupId, `${name}:${partitionIndex}`, committedOffset),
      ),
    )
    return (response) => {
      const answers = response.topics.flatMap(({ partitions }) => partitions)
      for (const [i, { errorCode }] of answers.entries()) if (errorCode === 0) accept[i]!()
    }
  }

  #offsetsSeen(groupId: string, response: GroupResponses['OffsetFetch']): void {
    if (response.errorCode !== 0) return
    for (const { name, partitions } of response.topics) {
      for (const { partitionIndex, committedOffset, errorCode } of partitions) {
        if (errorCode === 0) this.#promises.offsetSeen(groupId, `${name}:${partitionIndex}`, committedOffset)
      }
    }
  }

  /** Opens, loads, and compares with what was promised. Undefined when the process has died over it. */
  async #start(): Promise<Process | undefined> {
    const disk = this.#disk
    this.#processClock = this.#clock.forProcess()
    const store = await this.#until(disk, this.#openStore(disk))
    if (store === undefined) return undefined
    store.setLeaderEpoch(++this.#lives)
    const runtime = this.#startRuntime(store)
    this.#process = { disk, store, runtime }
    const loaded = await this.#until(
      disk,
      runtime.loaded.then(() => true),
    )
    if (loaded === undefined) return undefined
    this.#promises.checkGroups((groupId) => runtime.coordinatorOf(runtime.shardOf(groupId))?.groups.get(groupId))
    const checks = [...this.#checkOffsets(), ...this.#logs.map((log) => log.check(store))]
    const checked = await this.#until(disk, Promise.all(checks))
    if (checked === undefined) return undefined
    this.counts.records += checked.reduce((sum, records) => sum + records, 0)
    return this.#process
  }

  #startRuntime(store: DiskLogStore): GroupRuntime {
    const opened = new Map<number, OffsetsShardLog>()
    const runtime = new GroupRuntime({
      clock: this.#processClock,
      logger: silentLogger,
      shardCount: SHARDS,
      openShardLog: async (shard) => {
        const partition = store.open(identityOf('__consumer_offsets', shard, 1), offsetsConfig)
        const log = new OffsetsShardLog(store, partition, opened.get(shard))
        opened.set(shard, log)
        return log
      },
      config: () => this.#config,
      randomId: () => `id${++this.#ids}`,
      topics: () => this.#topics.image(),
      onEvent: () => {},
      beforeTick: () => {},
    })
    runtime.start()
    return runtime
  }

  async #openStore(disk: SimulatedDisk): Promise<DiskLogStore | undefined> {
    const random = this.#random
    try {
      return await openDiskLogStore({
        directory: '/data',
        disk,
        clock: this.#processClock,
        logger: this.#logger,
        flush: this.#flush,
        onFatal: () => disk.die(),
        cleaner: {
          backoffMs: random.pick([50, 5_000]),
          dedupeBufferBytes: random.pick([24 * 20, 100_000]),
          loadFactor: 0.9,
          ioBufferBytes: 1000,
          ioBytesPerSecondMax: Number.MAX_VALUE,
        },
        limits: {
          checkpointIntervalMs: random.pick([200, 30_000]),
          walSegmentBytes: 4096,
          walGroupBytes: random.pick([1000, 100_000]),
          walWriteNowBytes: random.pick([0, 200, 100_000]),
          walCheckpointBytes: random.pick([4096, 20_000, 1_000_000]),
          walBytesMax: 60_000,
          tailBytes: random.pick([0, 1_000_000]),
          writeBehindBytes: random.pick([0, 2000, 1_000_000]),
          dirtyBytesMax: 20_000,
          openFiles: 4,
        },
      })
    } catch (error) {
      // An injected fault may make the open itself fail: that is a death too.
      const { code } = error as { code?: string }
      assert.ok(code === 'NO_SPACE' || code === 'IO', `the store does not open: ${error}`)
      disk.die()
      return undefined
    }
  }

  #checkOffsets(): Promise<number>[] {
    return [...CLASSIC_GROUPS, SIMPLE_GROUP].map(
      (groupId) => new Promise((resolve) => this.#fetchOffsets(groupId, () => resolve(0))),
    )
  }

  #fetchOffsets(groupId: string, done: () => void): void {
    const topics = this.#promises.partitionsOf(groupId).map((partition) => {
      const [name, index] = partition.split(':') as [string, string]
      return { name, partitionIndexes: [Number(index)] }
    })
    const request = { memberId: null, memberEpoch: -1, topics, requireStable: true }
    this.#submit({ type: 'OffsetFetch', groupId, ...request }, done)
  }

  async #live(process: Process): Promise<void> {
    const { disk } = process
    const random = this.#random
    for (let turn = random.between(5, 60); turn > 0 && !disk.isDead; turn--) {
      this.#turn(process)
      if (random.chance(0.1)) this.#change()
      await this.#pass(disk, random.between(1, 6))
    }
    if (disk.isDead || random.chance(0.4)) this.counts.deaths++
    else if (await this.#stop(process)) this.counts.cleanStops++
  }

  /** Time passes, and everybody acts. */
  #turn({ store }: Process): void {
    const random = this.#random
    this.#clock.advance(random.pick([0, 50, 250, 3_000]))
    for (const client of this.#clients) client.act()
    for (const member of this.#members) if (random.chance(0.7)) member.act()
    for (const producer of this.#producers) if (random.chance(0.5)) producer.act(store, random.between(1, 3))
    if (random.chance(0.5)) this.#commitSimply()
    if (random.chance(0.2)) this.#fetchOffsets(SIMPLE_GROUP, () => {})
  }

  #change(): void {
    const random = this.#random
    switch (random.between(0, 5)) {
      case 0:
        return this.#addClient()
      case 1:
        return this.#addMember()
      case 2:
        return random.pick(this.#members).leave()
      case 3: {
        const client = random.pick(this.#clients)
        return client.leave(client.options.instanceId === null)
      }
      case 4:
        return random.pick(this.#clients).reconnect()
      default:
        return random.pick(this.#clients).subscribe([random.pick(TOPICS)])
    }
  }

  #commitSimply(): void {
    const partition = { partitionIndex: this.#random.between(0, 2), committedLeaderEpoch: -1, committedMetadata: null }
    const partitions = [{ ...partition, committedOffset: ++this.#nextOffset }]
    const identity = { groupId: SIMPLE_GROUP, generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null }
    const topics = [{ name: 't', topicId: NO_TOPIC_ID, partitions }]
    const request = { ...identity, retentionTimeMs: -1n, topics }
    this.#submit({ type: 'OffsetCommit', groupId: SIMPLE_GROUP, apiVersion: 9, request }, () => this.counts.commits++)
  }

  #addClient(): void {
    if (this.#clients.filter(({ phase }) => phase !== 'gone').length >= 6) return
    const random = this.#random
    const name = `c${++this.#names}`
    // Sessions outlast every life of a broker, but not a client that is gone.
    const sessionTimeoutMs = 10_000
    const options = {
      name,
      groupId: random.pick(CLASSIC_GROUPS),
      instanceId: random.chance(0.3) ? `i${random.between(1, 2)}` : null,
      apiVersion: 7,
      sessionTimeoutMs,
      rebalanceTimeoutMs: sessionTimeoutMs,
      topics: TOPICS.filter(() => random.chance(0.7)),
      protocols: ['range'],
    }
    this.#clients.push(new Client(options, this, random))
  }

  #addMember(): void {
    if (this.#members.filter(({ state }) => state !== 'out').length >= 5) return
    const identity = { groupId: this.#random.pick(CONSUMER_GROUPS), memberId: `m${++this.#names}` }
    const wire = {
      heartbeat: (
        command: CommandOf<'ConsumerGroupHeartbeat'>,
        done: (response: GroupResponses['ConsumerGroupHeartbeat']) => void,
      ): void => {
        this.#submit(command, done)
      },
      mayForget: () => this.#hasForgotten.has(identity.memberId),
      joined: (_: ConsumerMember, epoch: number) => {
        this.#hasForgotten.delete(identity.memberId)
        this.counts.epochs++
        this.#promises.epochTold(identity.groupId, identity.memberId, epoch)
      },
      leaving: () => this.#promises.leaveAsked(identity.groupId, identity.memberId),
      left: () => this.#promises.leaveTold(identity.groupId, identity.memberId),
    }
    this.#members.push(new ConsumerMember(wire, identity, TOPICS))
  }

  /** Members that a power cut may have made unknown, and that have not joined again since. */
  readonly #hasForgotten = new Set<string>()

  async #stop({ disk, store, runtime }: Process): Promise<boolean> {
    const stopped = await this.#until(
      disk,
      runtime
        .stop()
        .then(() => store.close())
        .then(() => true),
    )
    return stopped === true
  }

  /** The process is no more, whatever it still waits for. */
  #end(): void {
    this.#processClock.kill()
    this.#process = undefined
    const isPowerCut = this.#random.chance(0.7)
    const options = this.#diskOptions()
    this.#disk = isPowerCut ? this.#disk.powerCut(options) : this.#disk.processDeath(options)
    if (isPowerCut && this.#flush !== 'fsync') this.#forget()
    this.#open.clear()
    for (const client of this.#clients) client.reconnect()
    for (const member of this.#members) member.reconnect()
    for (const producer of this.#producers) producer.reconnect()
  }

  #forget(): void {
    this.#promises.forget()
    for (const log of this.#logs) log.acknowledged.clear()
    for (const producer of this.#producers) producer.forgotten()
    for (const member of this.#members) {
      this.#hasForgotten.add(member.memberId)
      member.mayBeBack()
    }
  }

  /** From now on nothing breaks: everybody is in a stable group before long, and can commit. */
  async #calmDown(): Promise<void> {
    const process = this.#process!
    const untilMs = this.nowMs() + 120_000
    while (!this.#isStable(process.runtime)) {
      assert.ok(this.nowMs() < untilMs, 'the groups do not come to rest')
      this.#clock.advance(100)
      for (const client of this.#clients) client.act()
      for (const member of this.#members) member.act()
      await this.#pass(process.disk, 3)
    }
  }

  #isStable(runtime: GroupRuntime): boolean {
    const groupOf = (groupId: string) => runtime.coordinatorOf(runtime.shardOf(groupId))?.groups.get(groupId)
    const areClientsIn = this.#clients.every(({ options, phase, generationId }) => {
      if (phase === 'gone') return true
      const group = groupOf(options.groupId)
      return (
        group instanceof ClassicGroup &&
        group.state === 'Stable' &&
        phase === 'stable' &&
        group.generationId === generationId
      )
    })
    const areMembersIn = this.#members.every(({ groupId, state }) => {
      if (state !== 'in') return state === 'out'
      return groupOf(groupId)?.state === 'Stable'
    })
    return areClientsIn && areMembersIn
  }

  async #pass(disk: SimulatedDisk, turns: number): Promise<void> {
    for (let i = 0; i < turns && !disk.isDead; i++) await new Promise((resolve) => setImmediate(resolve))
    this.#throwFailure()
  }

  /** Waits for `work` or death. While nothing happens time goes on; when that does not help either, something hangs. */
  async #until<T>(disk: SimulatedDisk, work: Promise<T>): Promise<T | undefined> {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined
    work.then(
      (value) => {
        outcome = { value }
      },
      (error) => {
        outcome = { error }
      },
    )
    for (let turn = 0; outcome === undefined && !disk.isDead; turn++) {
      assert.ok(turn < 20_000, 'everything hangs')
      await new Promise((resolve) => setImmediate(resolve))
      if (turn % 200 === 199) this.#clock.advance(1000)
    }
    this.#throwFailure()
    if (outcome === undefined) return undefined
    if ('error' in outcome) throw outcome.error
    return disk.isDead ? undefined : outcome.value
  }

  #diskOptions(): SimulatedDiskOptions {
    const random = this.#random
    const dieAtCall = random.chance(0.8) ? random.between(1, random.pick([40, 200, 600])) : undefined
    return {
      random: this.#diskRandom,
      ...(dieAtCall === undefined ? {} : { dieAtCall }),
      noSpaceChance: random.chance(0.2) ? 0.03 : 0,
      syncFailChance: random.chance(0.1) ? 0.02 : 0,
    }
  }
}

function groupConfig(): GroupConfig {
  return {
    groupMinSessionTimeoutMs: 100,
    groupMaxSessionTimeoutMs: 1_800_000,
    groupMaxSize: 1000,
    groupInitialRebalanceDelayMs: 0,
    offsetMetadataMaxBytes: 4096,
    offsetsRetentionMs: 1e12,
    offsetsRetentionCheckIntervalMs: 1e12,
    consumer: {
      groupMaxSize: 100,
      assignors: ['uniform', 'range'],
      migrationPolicy: 'BIDIRECTIONAL',
      regexRefreshIntervalMs: 1e12,
      assignmentIntervalMs: 0,
      inlineAssignmentCostMax: 12_000,
      // Nobody is ever evicted: who is unknown was lost.
      groups: () => ({ sessionTimeoutMs: 1e12, heartbeatIntervalMs: 1_000 }),
      membersOnNode: () => 1,
    },
  }
}
