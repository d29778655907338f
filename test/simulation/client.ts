import type { ClientInfo, CommandOf, GroupCommand, GroupResponses } from '../../src/coordinator/index.ts'
import { consumerProtocolSubscription, errorName } from '../../src/wire/index.ts'
import type { Random } from './random.ts'

/** How a client reaches the coordinator: over a connection that the world may cut. */
export interface Wire {
  /** @param done is never called when the connection is cut or the broker dies. */
  submit<C extends GroupCommand>(client: Client, command: C, done: (response: GroupResponses[C['type']]) => void): void
  cut(client: Client): void
  nowMs(): number
  /** The client learned its assignment in this generation. */
  assigned(client: Client, generationId: number, partitions: readonly string[]): void
  committed(client: Client, partition: string, offset: bigint): void
  fetched(client: Client, partition: string, offset: bigint): void
}

export interface ClientOptions {
  readonly name: string
  readonly groupId: string
  readonly instanceId: string | null
  readonly apiVersion: number
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly topics: readonly string[]
  readonly protocols: readonly string[]
}

export const PARTITIONS_PER_TOPIC = 3

/**
 * A consumer as clients are: joins, syncs, assigns when it leads, heartbeats, commits, and does what each error asks for. It acts when
 * its time has come; freezing it or cutting its connection is the world's affair.
 */
export class Client {
  readonly options: ClientOptions
  topics: readonly string[]
  phase: 'joining' | 'syncing' | 'stable' | 'gone' = 'joining'
  memberId = ''
  generationId = -1
  partitions: readonly string[] = []
  /** Neither acts nor reads answers until then. */
  frozenUntilMs = 0
  /** Waits that long before it syncs: a slow rebalance listener. */
  slownessMs = 0
  readonly #wire: Wire
  readonly #random: Random
  #waiting = false
  /** Grows with each connection: answers of an older one are not heard. */
  #connection = 0
  #nextActMs = 0
  #nextCommitMs = 0
  #assignments: readonly { memberId: string; assignment: Buffer }[] = []

  constructor(options: ClientOptions, wire: Wire, random: Random) {
    this.options = options
    this.topics = options.topics
    this.#wire = wire
    this.#random = random
  }

  act(): void {
    const nowMs = this.#wire.nowMs()
    if (this.phase === 'gone' || nowMs < this.frozenUntilMs || nowMs < this.#nextActMs || this.#waiting) return
    switch (this.phase) {
      case 'joining':
        return this.#join()
      case 'syncing':
        return this.#sync()
      case 'stable':
        if (nowMs >= this.#nextCommitMs && this.partitions.length > 0) this.#commitAndFetch(nowMs)
        return this.#heartbeat()
    }
  }

  /** The connection is gone, and what waited on it; the client comes back by itself. */
  reconnect(): void {
    this.#wire.cut(this)
    this.#connection++
    this.#waiting = false
    this.#nextActMs = this.#wire.nowMs() + this.#random.between(0, 300)
  }

  /** The process ends; a static or frozen one says nothing. */
  leave(politely: boolean): void {
    if (politely && this.memberId !== '') {
      const { groupId } = this.options
      const members = [{ memberId: this.memberId, groupInstanceId: null, reason: 'bye' }]
      const request = { groupId, memberId: '', members }
      this.#wire.submit(this, { type: 'LeaveGroup', groupId, apiVersion: 5, request }, () => {})
    }
    this.phase = 'gone'
    this.#connection++
    this.#wire.cut(this)
  }

  subscribe(topics: readonly string[]): void {
    this.topics = topics
    if (this.phase === 'stable') this.phase = 'joining'
  }

  #client(): ClientInfo {
    return { clientId: this.options.name, clientHost: '/127.0.0.1' }
  }

  #join(): void {
    const { groupId, apiVersion, instanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = this.options
    const metadata = Buffer.concat([
      Buffer.from([0, 0]),
      consumerProtocolSubscription.encode({ topics: [...this.topics] }, 0),
    ])
    const request: CommandOf<'JoinGroup'>['request'] = {
      groupId,
      memberId: this.memberId,
      groupInstanceId: instanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocolType: 'consumer',
      protocols: protocols.map((protocol) => ({ name: protocol, metadata })),
      reason: null,
    }
    this.#send({ type: 'JoinGroup', groupId, apiVersion, request, client: this.#client() }, (response) => {
      const error = errorName(response.errorCode)
      if (error === 'MEMBER_ID_REQUIRED') {
        this.memberId = response.memberId
        return
      }
      if (error !== 'NONE') return this.#onError(error)
      this.memberId = response.memberId
      this.generationId = response.generationId
      this.phase = 'syncing'
      this.#nextActMs = this.#wire.nowMs() + this.slownessMs
      const leads = response.leader === response.memberId && !response.skipAssignment
      this.#assignments = leads ? assign(response.members) : []
    })
  }

  #sync(): void {
    const { groupId, apiVersion, instanceId } = this.options
    const { generationId, memberId } = this
    const identity = { groupId, generationId, memberId, groupInstanceId: instanceId }
    const request = { ...identity, protocolType: null, protocolName: null, assignments: this.#assignments }
    this.#send(
      { type: 'SyncGroup', groupId, apiVersion: Math.min(apiVersion, 4), request, client: this.#client() },
      (response) => {
        const error = errorName(response.errorCode)
        if (error !== 'NONE') return this.#onError(error)
        this.partitions = response.assignment
          .toString()
          .split(',')
          .filter((partition) => partition !== '')
        this.phase = 'stable'
        this.#wire.assigned(this, generationId, this.partitions)
      },
    )
  }

  #heartbeat(): void {
    const { groupId, instanceId, sessionTimeoutMs } = this.options
    const { generationId, memberId } = this
    const request = { groupId, generationId, memberId, groupInstanceId: instanceId }
    this.#nextActMs = this.#wire.nowMs() + sessionTimeoutMs / 3
    this.#send({ type: 'Heartbeat', groupId, apiVersion: 4, request, client: this.#client() }, (response) => {
      const error = errorName(response.errorCode)
      if (error !== 'NONE') this.#onError(error)
    })
  }

  #commitAndFetch(nowMs: number): void {
    this.#nextCommitMs = nowMs + this.#random.between(500, 3000)
    const { groupId, instanceId } = this.options
    const { generationId, memberId } = this
    const partition = this.#random.pick(this.partitions)
    const [topic, index] = partition.split(':') as [string, string]
    const committedOffset = BigInt(this.#random.between(0, 1_000_000))
    const committed = {
      partitionIndex: Number(index),
      committedOffset,
      committedLeaderEpoch: -1,
      committedMetadata: null,
    }
    const topics = [{ name: topic, topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [committed] }]
    const identity = { groupId, generationIdOrMemberEpoch: generationId, memberId, groupInstanceId: instanceId }
    const request = { ...identity, retentionTimeMs: -1n, topics }
    const connection = this.#connection
    this.#wire.submit(this, { type: 'OffsetCommit', groupId, apiVersion: 9, request }, (response) => {
      if (connection !== this.#connection) throw new Error('an answer on a closed connection')
      if (response.topics[0]?.partitions[0]?.errorCode === 0) this.#wire.committed(this, partition, committedOffset)
    })
    const asked = [{ name: topic, partitionIndexes: [Number(index)] }]
    const fetch = {
      type: 'OffsetFetch',
      groupId,
      memberId: null,
      memberEpoch: -1,
      topics: asked,
      requireStable: true,
    } as const
    this.#wire.submit(this, fetch, (response) => {
      if (connection !== this.#connection) throw new Error('an answer on a closed connection')
      if (response.errorCode === 0)
        this.#wire.fetched(this, partition, response.topics[0]!.partitions[0]!.committedOffset)
    })
  }

  #send<C extends GroupCommand>(command: C, done: (response: GroupResponses[C['type']]) => void): void {
    this.#waiting = true
    const connection = this.#connection
    this.#wire.submit(this, command, (response) => {
      if (connection !== this.#connection) throw new Error('an answer on a closed connection')
      this.#waiting = false
      done(response)
    })
  }

  #onError(error: string): void {
    this.#nextActMs = this.#wire.nowMs() + this.#random.between(1, 100)
    switch (error) {
      case 'UNKNOWN_MEMBER_ID':
        this.memberId = ''
        this.phase = 'joining'
        return
      case 'ILLEGAL_GENERATION':
      case 'REBALANCE_IN_PROGRESS':
        this.phase = 'joining'
        return
      case 'NOT_COORDINATOR':
      case 'COORDINATOR_LOAD_IN_PROGRESS':
      case 'COORDINATOR_NOT_AVAILABLE':
        return
      case 'FENCED_INSTANCE_ID':
        this.leave(false)
        return
      // The group had no room: try again later.
      case 'GROUP_MAX_SIZE_REACHED':
        this.memberId = ''
        this.#nextActMs = this.#wire.nowMs() + 1000
        return
      default:
        throw new Error(`a client does not expect ${error}`)
    }
  }
}

/** Partitions of all topics that somebody subscribes to, dealt out to the members that do. */
function assign(members: GroupResponses['JoinGroup']['members']): { memberId: string; assignment: Buffer }[] {
  const subscribers = new Map<string, string[]>()
  for (const { memberId, metadata } of members) {
    for (const topic of consumerProtocolSubscription.decode(metadata.subarray(2), 0).topics) {
      subscribers.set(topic, [...(subscribers.get(topic) ?? []), memberId])
    }
  }
  const assigned = new Map(members.map(({ memberId }) => [memberId, [] as string[]]))
  for (const [topic, memberIds] of subscribers) {
    for (let i = 0; i < PARTITIONS_PER_TOPIC; i++) assigned.get(memberIds[i % memberIds.length]!)!.push(`${topic}:${i}`)
  }
  return [...assigned].map(([memberId, partitions]) => ({ memberId, assignment: Buffer.from(partitions.join(',')) }))
}
