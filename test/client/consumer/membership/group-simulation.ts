import assert from 'node:assert/strict'
import type { TopicPartition } from '../../../../src/assignor/index.ts'
import { clientAssignors } from '../../../../src/client/consumer/membership/classic/assignors.ts'
import type {
  AssignTask,
  ClassicEvent,
  ClassicStep,
} from '../../../../src/client/consumer/membership/classic/classic-events.ts'
import { ClassicMember } from '../../../../src/client/consumer/membership/classic/classic-member.ts'
import { lead } from '../../../../src/client/consumer/membership/classic/lead.ts'
import type {
  ConsumerEvent,
  ConsumerStep,
} from '../../../../src/client/consumer/membership/consumer/consumer-events.ts'
import { ConsumerMember } from '../../../../src/client/consumer/membership/consumer/consumer-member.ts'
import {
  type HeartbeatAnswer,
  type HeartbeatEvent,
  type HeartbeatReport,
  type HeartbeatStep,
  leaveGroupBody,
} from '../../../../src/client/consumer/membership/heartbeat/heartbeat-events.ts'
import { HeartbeatLoop } from '../../../../src/client/consumer/membership/heartbeat/heartbeat-loop.ts'
import type { ListenerCall } from '../../../../src/client/consumer/membership/machine.ts'
import { keyOf, without } from '../../../../src/client/consumer/membership/topic-partitions.ts'
import { KafkaError } from '../../../../src/client/kafka-error.ts'
import {
  ClassicGroup,
  ConsumerGroup,
  type CoordinatorRecord,
  type GroupCommand,
  type GroupResponse,
  ShardCoordinator,
  type Step,
} from '../../../../src/coordinator/index.ts'
import { type Api, apis } from '../../../../src/wire/index.ts'
import { defaultConfig } from '../../../coordinator/harness.ts'
import { Random } from '../../../simulation/random.ts'
import { TestTopics } from '../../../support/topics.ts'

const SESSION_MS = 10_000
const REQUEST_TIMEOUT_MS = 3_000
const MAX_POLL_MS = 20_000
const TOPICS = ['t', 'u', 'v']

export type Protocol = 'classic' | 'consumer' | 'mixed'

/** Members of one group and its real coordinator, in virtual time: what goes wrong is drawn from the seed. */
export class GroupSimulation {
  readonly random: Random
  readonly protocol: Protocol
  /** Nothing is lost and nobody is slow: then no partition may have two owners at any moment. */
  readonly isCalmWorld: boolean
  readonly assignors: readonly string[]
  readonly topics = new TestTopics()
  members: SimulatedMember[] = []
  nowMs = 0
  isCalm = false
  rebalances = 0
  readonly #owners = new Map<string, string>()
  #image = this.topics.image()
  #coordinator: ShardCoordinator
  #records: CoordinatorRecord[] = []
  readonly #waiting = new Map<number, (response: GroupResponse) => void>()
  #tickets = 0
  #ids = 0
  #names = 0
  #life = 0
  readonly #queue: { readonly atMs: number; readonly order: number; readonly fn: () => void }[] = []
  #order = 0

  constructor(seed: number, protocol: Protocol) {
    this.random = new Random(seed)
    this.protocol = protocol
    this.isCalmWorld = this.random.chance(0.3)
    this.assignors = this.random.pick([
      ['range'],
      ['cooperative-sticky'],
      ['cooperative-sticky'],
      ['sticky'],
      ['roundrobin', 'range'],
      ['cooperative-sticky', 'range'],
    ])
    for (const name of TOPICS) this.topics.set(name, this.random.between(1, 5))
    this.#image = this.topics.image()
    this.#coordinator = this.#newCoordinator()
  }

  get image(): ReturnType<TestTopics['image']> {
    return this.#image
  }

  /** Something may not arrive. */
  loses(): boolean {
    return !this.isCalm && !this.isCalmWorld && this.random.chance(0.03)
  }

  delayMs(): number {
    if (this.isCalm || this.isCalmWorld || this.random.chance(0.95)) return this.random.between(1, 20)
    return this.random.between(20, 4_000)
  }

  newId(): string {
    return `m${++this.#ids}`
  }

  at(ms: number, fn: () => void): void {
    this.#queue.push({ atMs: this.nowMs + Math.max(0, ms), order: ++this.#order, fn })
  }

  /** Lets the world go on for so long. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms
    for (;;) {
      this.#queue.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
      const next = this.#queue[0]
      const tickMs = this.#coordinator.nextDeadlineMs()
      if ((next === undefined || next.atMs > endMs) && tickMs > endMs) break
      if (next === undefined || tickMs < next.atMs) {
        this.nowMs = Math.max(this.nowMs, tickMs)
        this.#coordinator.tick(this.#step())
        continue
      }
      this.#queue.shift()
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.fn()
      // Assignors are asynchronous.
      for (let turn = 0; turn < 6; turn++) await Promise.resolve()
    }
    this.nowMs = endMs
  }

  /** As over a connection: the answer, or a failure when something got lost. */
  submit<Req, In, Res, ResIn>(
    api: Api<Req, In, Res, ResIn>,
    body: (version: number) => NoInfer<In>,
    timeoutMs: number,
    done: (answer: Res | undefined) => void,
  ): void {
    const version = api.request.highestVersion
    const request = api.request.decode(api.request.encode(body(version), version), version)
    let isOver = false
    const finish = (answer: Res | undefined): void => {
      if (isOver) return
      isOver = true
      done(answer)
    }
    this.at(timeoutMs, () => finish(undefined))
    if (this.loses()) return
    const deliver = (answers: boolean): void => {
      // Who does not wait any more has closed the connection.
      if (isOver && api.name === 'ConsumerGroupHeartbeat') return
      const life = this.#life
      this.#submit(api.name as GroupCommand['type'], version, request, (response) => {
        if (!answers || this.loses()) return
        const bytes = api.response.encode(response as ResIn, version)
        this.at(this.delayMs(), () => finish(api.response.decode(bytes, version)))
      })
      // A broker that went down took the connection with it.
      if (life !== this.#life) finish(undefined)
    }
    this.at(this.delayMs(), () => deliver(true))
    // A client that sent it again, and heard only the second answer. A heartbeat of KIP-848 is never sent again as it was: what follows a
    // lost answer says everything, so that the coordinator does too.
    if (api.name !== 'ConsumerGroupHeartbeat' && this.loses()) this.at(this.delayMs(), () => deliver(false))
  }

  add(instanceId: string | null = null): SimulatedMember {
    const topics = TOPICS.filter(() => this.random.chance(0.7))
    const member = new SimulatedMember(this, `c${++this.#names}`, topics.length === 0 ? ['t'] : topics, instanceId)
    this.members.push(member)
    member.start()
    return member
  }

  /** The broker dies and comes back with what it had written: all of it, as it answers only then. */
  restart(): void {
    this.#life++
    this.#waiting.clear()
    this.#coordinator = this.#newCoordinator()
    for (const [offset, record] of this.#records.entries()) this.#coordinator.apply(record, { offset: BigInt(offset) })
    this.#coordinator.onLoaded(this.#step())
  }

  changeTopics(): void {
    const name = this.random.pick(TOPICS)
    const count = this.#image.partitionCount(name) ?? 0
    this.topics.set(name, count + 1)
    this.#image = this.topics.image()
    for (const member of this.members) this.at(this.random.between(1, 2_000), () => member.metadataChanged())
  }

  /** What the members of a classic generation were given: one owner each. */
  given(member: SimulatedMember, generationId: number, partitions: readonly TopicPartition[]): void {
    this.rebalances++
    if (this.protocol === 'classic') {
      for (const partition of partitions) {
        const key = `${generationId} ${keyOf(partition)}`
        const owner = this.#owners.get(key) ?? member.identity
        assert.equal(owner, member.identity, `${keyOf(partition)} has two owners in generation ${generationId}`)
        this.#owners.set(key, owner)
      }
    }
    const group = this.#coordinator.groups.get('g')
    for (const other of this.members) {
      if (other === member || other.isGone || other.identity === member.identity) continue
      // KIP-848: whatever gets lost and however slow a listener is, as long as the group has not put its owner out. Where the last member of the consumer
      // protocol leaves a mixed group, classic members behind the group's epoch are put out by that even in a calm world, as in Kafka.
      // The member itself may be out, and a static one away (epoch -2), and not have heard it.
      const areIn =
        group instanceof ConsumerGroup &&
        [member, other].every(({ memberId }) => (group.members.get(memberId)?.memberEpoch ?? -1) >= 0)
      const counts = areIn && this.protocol !== 'classic'
      if (!(this.isCalmWorld && this.protocol !== 'mixed') && !counts) continue
      const both = partitions.filter((a) => other.owned.some((b) => keyOf(a) === keyOf(b)))
      assert.deepEqual(both.map(keyOf), [], `${member.name} was given what ${other.name} has`)
    }
  }

  isSettled(): boolean {
    const group = this.#coordinator.groups.get('g')
    const alive = this.members.filter(({ isGone }) => !isGone)
    if (alive.length === 0) return true
    if (group?.state !== 'Stable' || group.memberCount !== alive.length) return false
    const counts = new Map<string, number>()
    for (const member of alive) {
      if (!member.isStable) return false
      if (group instanceof ClassicGroup && member.generationId !== group.generationId) return false
      for (const partition of member.owned) counts.set(keyOf(partition), (counts.get(keyOf(partition)) ?? 0) + 1)
    }
    for (const name of TOPICS) {
      const isWanted = alive.some(({ topics }) => topics.includes(name))
      for (let partition = 0; partition < (this.#image.partitionCount(name) ?? 0); partition++) {
        if ((counts.get(`${name}/${partition}`) ?? 0) !== (isWanted ? 1 : 0)) return false
      }
    }
    return true
  }

  describe(): string {
    const group = this.#coordinator.groups.get('g')
    const members = this.members.map((member) => member.describe())
    return [
      `${group?.type} group ${group?.state} generation ${group?.generationId} with ${group?.memberCount} members`,
      ...members,
    ].join('\n')
  }

  #submit(
    type: GroupCommand['type'],
    apiVersion: number,
    request: unknown,
    done: (response: GroupResponse) => void,
  ): void {
    const ticket = ++this.#tickets
    this.#waiting.set(ticket, done)
    const client = { clientId: 'client', clientHost: '/127.0.0.1' }
    const command = { type, groupId: 'g', apiVersion, request, client, regexProblem: null } as unknown as GroupCommand
    this.#coordinator.handle(command, ticket, this.#step())
  }

  #newCoordinator(): ShardCoordinator {
    return new ShardCoordinator({ config: () => defaultConfig, topics: () => this.#image })
  }

  #step(): Step {
    return {
      nowMs: this.nowMs,
      wallMs: 1_000_000_000 + Math.floor(this.nowMs),
      randomId: () => this.newId(),
      append: (record) => {
        this.#coordinator.apply(record, { offset: BigInt(this.#records.length) })
        this.#records.push(record)
      },
      reply: (ticket, response) => {
        const done = this.#waiting.get(ticket)
        this.#waiting.delete(ticket)
        done?.(response)
      },
      event: () => {},
      ask: (effect) => assert.fail(`nothing is asked for: ${effect.type}`),
    }
  }
}

interface Machine {
  handle(event: never, step: never): void
  nextDeadlineMs(): number
}

export class SimulatedMember {
  readonly name: string
  readonly instanceId: string | null
  topics: readonly string[]
  /** As the application sees it. */
  /** What its listener is about to give up. */
  #giving: readonly TopicPartition[] = []
  owned: readonly TopicPartition[] = []
  isGone = false
  readonly #world: GroupSimulation
  readonly #classic: ClassicMember | undefined
  readonly #consumer: ConsumerMember | undefined
  readonly #loop: HeartbeatLoop
  readonly #queues = new Map<object, unknown[]>()
  readonly #running = new Set<object>()
  readonly #wakes = new Map<object, number>()
  #image: ReturnType<TestTopics['image']>
  #progress = 0
  #hangsUntilMs = 0
  /** When the newest message between its threads arrives. */
  readonly #messagesMs = { to: 0, from: 0 }

  constructor(world: GroupSimulation, name: string, topics: readonly string[], instanceId: string | null) {
    this.#world = world
    this.name = name
    this.topics = topics
    this.instanceId = instanceId
    this.#image = world.image
    const config = {
      groupId: 'g',
      groupInstanceId: instanceId,
      sessionTimeoutMs: SESSION_MS,
      maxPollIntervalMs: MAX_POLL_MS,
      clientRack: '',
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      groupRemoteAssignor: null,
    }
    const isClassic = world.protocol === 'classic' || (world.protocol === 'mixed' && world.random.chance(0.5))
    if (isClassic) this.#classic = new ClassicMember(config, clientAssignors(world.assignors))
    else this.#consumer = new ConsumerMember(config, () => world.newId())
    this.#loop = new HeartbeatLoop({
      heartbeatIntervalMs: 1_000,
      sessionTimeoutMs: SESSION_MS,
      maxPollIntervalMs: MAX_POLL_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
    })
  }

  /** Of a static member the next process is the same owner. */
  get identity(): string {
    return this.instanceId ?? this.name
  }

  get isStable(): boolean {
    return this.#member.state === 'stable'
  }

  get memberId(): string {
    return this.#member.groupMetadata().memberId
  }

  get generationId(): number {
    return this.#member.groupMetadata().generationId
  }

  start(): void {
    this.#subscribe()
    this.#dispatch({ type: 'start' })
    this.#poll()
  }

  subscribe(topics: readonly string[]): void {
    this.topics = topics
    this.#subscribe()
  }

  metadataChanged(): void {
    if (this.isGone) return
    this.#image = this.#world.image
    this.#dispatch({ type: 'metadata', shapeOf: (topic: string) => this.#shapeOf(topic) })
  }

  enforceRebalance(): void {
    if (this.#classic !== undefined) this.#dispatch({ type: 'rejoin', reason: 'enforced' })
  }

  leave(): void {
    if (this.#classic !== undefined) this.#dispatch({ type: 'leave', reason: 'bye', tell: this.instanceId === null })
    else this.#dispatch({ type: 'leave', reason: 'bye', goodbye: this.instanceId === null ? -1 : -2 })
  }

  /** The process ends without a word. */
  kill(): void {
    this.isGone = true
    this.owned = []
  }

  hang(ms: number): void {
    this.#hangsUntilMs = this.#world.nowMs + ms
  }

  describe(): string {
    const { memberId, generationId } = this.#member.groupMetadata()
    const owned = this.owned.map(keyOf).join(' ')
    return `${this.name} ${memberId} ${this.instanceId} ${this.isGone ? 'gone' : this.#member.state} ${generationId} wants ${this.topics} has ${owned}`
  }

  get #member(): ClassicMember | ConsumerMember {
    return (this.#classic ?? this.#consumer)!
  }

  #subscribe(): void {
    const topics = [...this.topics].sort()
    const subscription =
      this.#classic !== undefined
        ? { topics, matches: (topic: string) => this.topics.includes(topic) }
        : { topics, remotePattern: null }
    this.#dispatch({ type: 'subscription', subscription })
  }

  /** The application asks for records, unless it hangs. */
  #poll(): void {
    if (this.isGone) return
    if (this.#world.isCalm || this.#world.nowMs >= this.#hangsUntilMs) {
      this.#progress++
      if (this.#member.state === 'evicted') this.#dispatch({ type: 'polled' })
    }
    this.#world.at(500, () => this.#poll())
  }

  #dispatch(event: ClassicEvent | ConsumerEvent | object): void {
    this.#run(this.#member, event, () => (this.#classic !== undefined ? this.#classicStep() : this.#consumerStep()))
  }

  #beat(event: HeartbeatEvent): void {
    this.#run(this.#loop, event, () => this.#heartbeatStep())
  }

  #run(machine: Machine, event: unknown, step: () => object): void {
    if (this.isGone) return
    const queue = this.#queues.get(machine) ?? []
    this.#queues.set(machine, queue)
    queue.push(event)
    if (this.#running.has(machine)) return
    this.#running.add(machine)
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      machine.handle(next as never, step() as never)
    }
    this.#running.delete(machine)
    const deadlineMs = machine.nextDeadlineMs()
    if (!Number.isFinite(deadlineMs) || this.#wakes.get(machine) === deadlineMs) return
    this.#wakes.set(machine, deadlineMs)
    this.#world.at(deadlineMs - this.#world.nowMs, () => {
      if (this.#wakes.get(machine) !== deadlineMs) return
      this.#wakes.delete(machine)
      this.#run(machine, { type: 'tick' }, step)
    })
  }

  #common() {
    const world = this.#world
    return {
      nowMs: world.nowMs,
      random: () => world.random.next(),
      log: () => {},
      listen: (call: ListenerCall) => this.#listen(call),
      lostMeanwhile: () => {
        this.owned = without(this.owned, this.#giving)
      },
      fail: (error: KafkaError) => {
        // Another process has taken the place of this static member.
        assert(this.instanceId !== null, `${this.name} failed: ${error.message}`)
        this.kill()
      },
      left: () => this.kill(),
    }
  }

  #listen(call: ListenerCall): void {
    const world = this.#world
    const slownessMs = world.isCalm || world.isCalmWorld || world.random.chance(0.9) ? 50 : 8_000
    if (call.type === 'assigned') {
      world.given(this, this.generationId, call.all)
      this.owned = call.all
    }
    this.#giving = call.type === 'revoked' ? call.partitions : []
    // Lost is lost at once.
    if (call.type === 'lost') this.owned = without(this.owned, call.partitions)
    world.at(world.random.between(0, slownessMs), () => {
      if (call.type === 'revoked') this.owned = without(this.owned, call.partitions)
      this.#dispatch({ type: 'listened' })
    })
  }

  #classicStep(): ClassicStep {
    const world = this.#world
    return {
      ...this.#common(),
      beat: (beat) => this.#inOrder('to', () => this.#beat({ type: 'beat', beat })),
      coordinatorLost: () => {},
      assign: (task) => world.at(world.random.between(0, 30), () => void this.#lead(task)),
      send: (request) => {
        const { id } = request
        const failed = (): void =>
          this.#dispatch({ type: 'request-failed', id, error: new KafkaError('CONNECTION_CLOSED') })
        switch (request.api) {
          case 'JoinGroup':
            return world.submit(
              apis.JoinGroup,
              () => request.body,
              request.timeoutMs,
              (response) => (response === undefined ? failed() : this.#dispatch({ type: 'joined', id, response })),
            )
          case 'SyncGroup':
            return world.submit(
              apis.SyncGroup,
              () => request.body,
              REQUEST_TIMEOUT_MS,
              (response) => (response === undefined ? failed() : this.#dispatch({ type: 'synced', id, response })),
            )
          case 'LeaveGroup': {
            const body = (version: number) => leaveGroupBody('g', request.member, version)
            return world.submit(apis.LeaveGroup, body, REQUEST_TIMEOUT_MS, (response) =>
              response === undefined ? failed() : this.#dispatch({ type: 'left', id }),
            )
          }
        }
      },
    }
  }

  #shapeOf(topic: string): string | undefined {
    return this.#image.partitionCount(topic)?.toString()
  }

  async #lead({ id, assignor, members, topics, skip }: AssignTask): Promise<void> {
    const shapes = new Map(topics.map((topic) => [topic, this.#shapeOf(topic)]))
    const known = new Map(
      [...shapes].flatMap(([topic, shape]) =>
        shape === undefined ? [] : [[topic, { partitionCount: Number(shape), racks: [] }] as const],
      ),
    )
    const { assignments } = skip ? { assignments: [] } : await lead(assignor, members, known)
    this.#dispatch({ type: 'led', id, assignments, shapes })
    // What changed while it was computed.
    this.metadataChanged()
  }

  #consumerStep(): ConsumerStep {
    return {
      ...this.#common(),
      beat: (beat) => this.#inOrder('to', () => this.#beat({ type: 'beat', beat })),
      sayGoodbye: (memberEpoch) => this.#inOrder('to', () => this.#beat({ type: 'leave', memberEpoch })),
      topicName: (topicId) => this.#image.topicName(topicId),
      resolveTopics: () => this.#world.at(100, () => this.metadataChanged()),
      epochChanged: () => {},
    }
  }

  #heartbeatStep(): HeartbeatStep {
    const world = this.#world
    return {
      nowMs: world.nowMs,
      random: () => world.random.next(),
      progress: () => this.#progress,
      coordinatorLost: () => {},
      // It comes from another thread, in order, and waits while the main one is busy.
      report: (report) => this.#inOrder('from', () => this.#onReport(report)),
      send: (request) => {
        const { id, timeoutMs } = request
        const done = (response: HeartbeatAnswer | undefined): void =>
          this.#beat(
            response === undefined
              ? { type: 'failed', id, isRetriable: true, code: 'TIMEOUT', message: 'lost' }
              : { type: 'answered', id, response },
          )
        switch (request.api) {
          case 'Heartbeat':
            return world.submit(apis.Heartbeat, () => request.body, timeoutMs, done)
          case 'ConsumerGroupHeartbeat':
            return world.submit(apis.ConsumerGroupHeartbeat, () => request.body, timeoutMs, done)
          case 'LeaveGroup':
            return world.submit(
              apis.LeaveGroup,
              (version) => leaveGroupBody('g', request.member, version),
              timeoutMs,
              done,
            )
        }
      },
    }
  }

  #inOrder(way: 'to' | 'from', fn: () => void): void {
    const world = this.#world
    const isBusy = way === 'from' && !world.isCalm && !world.isCalmWorld && world.random.chance(0.03)
    const atMs = Math.max(this.#messagesMs[way], world.nowMs + world.random.between(0, isBusy ? 4_000 : 3))
    this.#messagesMs[way] = atMs
    world.at(atMs - world.nowMs, fn)
  }

  #onReport(report: HeartbeatReport): void {
    switch (report.type) {
      case 'refused':
        return this.#dispatch({ ...report, api: 'HEARTBEAT' })
      case 'answer':
      case 'poll-timeout':
      case 'left':
        return this.#dispatch(report)
      case 'failed':
        return assert.fail(report.message)
    }
  }
}
