import { type AssignorName, assignors } from '../../src/assignor/index.ts'
import type { GroupCommand, GroupResponses } from '../../src/coordinator/index.ts'
import type { Cancel } from '../../src/platform/index.ts'
import { consumerProtocolAssignment, consumerProtocolSubscription, errorName } from '../../src/wire/index.ts'
import type { Network, SimulatedMember } from './simulated-member.ts'

const SESSION_TIMEOUT_MS = 10_000
const REBALANCE_TIMEOUT_MS = 20_000
const HEARTBEAT_MS = 1_000
const REQUEST_TIMEOUT_MS = 2_000
const RETRY_MS = 200
const UNKNOWN = -1
const CLIENT = { clientId: 'classic', clientHost: '/127.0.0.1' }

/**
 * A consumer of the classic protocol as Java's behaves: with an eager assignor it gives all up before it joins; with a cooperative one it keeps
 * what it owns, gives up what its new assignment lacks, and joins again. When it leads it assigns, and joins again when topics change.
 */
export class ClassicConsumer implements SimulatedMember {
  readonly protocol = 'classic'
  readonly instanceId: string | null
  isAlive = true
  memberId = ''
  generationId = -1
  subscription: readonly string[]
  readonly #network: Network
  readonly #assignor: AssignorName
  /** By 'TOPIC-PARTITION'; what the topic was when it was assigned: 'TOPIC_ID-PARTITION'. */
  #owned: ReadonlyMap<string, string> = new Map()
  #joinedWith: readonly string[] = []
  #phase: 'joining' | 'syncing' | 'stable' = 'joining'
  /** The revocation that is under way; one that was overtaken does nothing more. */
  #revocation: object | undefined
  #assignments: { memberId: string; assignment: Buffer }[] = []
  /** Topics that it looked at when it led; undefined when it does not lead. */
  #ledTopics: ReadonlyMap<string, number | undefined> | undefined
  #timer: Cancel | undefined
  #timeout: Cancel | undefined
  #sent: { cancel(): void } | undefined
  /** Answers to older requests are not heard any more. */
  #request = 0
  #inFlight = false
  #pausedUntilMs = 0

  constructor(
    network: Network,
    { instanceId, assignor }: { readonly instanceId: string | null; readonly assignor: AssignorName },
    subscription: readonly string[],
  ) {
    this.#network = network
    this.instanceId = instanceId
    this.#assignor = assignor
    this.subscription = subscription
  }

  get owned(): ReadonlySet<string> {
    return new Set(this.#owned.values())
  }

  /** 'TOPIC-PARTITION': a classic member knows no ids. */
  get ownedNames(): readonly string[] {
    return [...this.#owned.keys()]
  }

  start(): void {
    this.#sendSoon()
  }

  subscribe(subscription: readonly string[] | string): void {
    if (typeof subscription === 'string') return
    this.subscription = subscription
    if (this.#phase === 'stable') this.#sendSoon()
  }

  leave(): void {
    if (this.memberId !== '' && this.instanceId === null && !this.#network.loses()) {
      const members = [{ memberId: this.memberId, groupInstanceId: null, reason: 'the consumer is being closed' }]
      const request = { groupId: 'g', memberId: '', members }
      this.#network.submit({ type: 'LeaveGroup', groupId: 'g', apiVersion: 5, request, client: CLIENT }, () => {})
    }
    this.kill()
  }

  kill(): void {
    this.isAlive = false
    this.#own([])
    this.#timer?.cancel()
    this.#abortRequest()
  }

  pause(ms: number): void {
    this.#pausedUntilMs = this.#network.nowMs() + ms
  }

  restart(): void {
    this.#abortRequest()
    this.#reset('')
    this.#sendSoon()
  }

  get #isCooperative(): boolean {
    return assignors[this.#assignor].rebalanceProtocol === 'COOPERATIVE'
  }

  #sendSoon(ms = 1): void {
    this.#timer?.cancel()
    this.#timer = this.#network.at(ms, () => this.#act())
  }

  #rejoin(ms = 1): void {
    this.#phase = 'joining'
    this.#sendSoon(ms)
  }

  #act(): void {
    if (!this.isAlive || this.#inFlight || this.#revocation !== undefined) return
    const pauseMs = this.#pausedUntilMs - this.#network.nowMs()
    if (pauseMs > 0) return this.#sendSoon(pauseMs)
    switch (this.#phase) {
      case 'joining':
        return this.#prepareJoin()
      case 'syncing':
        return this.#sync()
      case 'stable':
        if (this.subscription !== this.#joinedWith || this.#topicsChanged()) return this.#rejoin()
        return this.#heartbeat()
    }
  }

  /** With an eager assignor all is given up first, with a cooperative one what it does not subscribe to any more. */
  #prepareJoin(): void {
    const kept = this.ownedNames.filter((name) => this.#isCooperative && this.subscription.includes(topicOf(name)))
    if (kept.length === this.#owned.size) return this.#join()
    this.#revoke(kept, () => this.#join())
  }

  #revoke(kept: readonly string[], then: () => void): void {
    const revocation = {}
    this.#revocation = revocation
    this.#network.at(this.#network.revocationMs(), () => {
      if (!this.isAlive || this.#revocation !== revocation) return
      this.#revocation = undefined
      this.#own(kept)
      then()
    })
  }

  #join(): void {
    this.#joinedWith = this.subscription
    const ownedPartitions = [...byTopic(this.ownedNames)].map(([topic, partitions]) => ({ topic, partitions }))
    const subscription = { topics: [...this.subscription], userData: null, ownedPartitions }
    const metadata = Buffer.concat([Buffer.from([0, 1]), consumerProtocolSubscription.encode(subscription, 1)])
    const request = {
      groupId: 'g',
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      protocolType: 'consumer',
      protocols: [{ name: this.#assignor, metadata }],
      reason: null,
    }
    const command = { type: 'JoinGroup', groupId: 'g', apiVersion: 9, request, client: CLIENT } as const
    this.#send(command, REBALANCE_TIMEOUT_MS + 5_000, (response) => {
      const error = errorName(response.errorCode)
      if (error === 'MEMBER_ID_REQUIRED') {
        this.memberId = response.memberId
        return this.#sendSoon()
      }
      if (error !== 'NONE') return this.#onError(error)
      this.memberId = response.memberId
      this.generationId = response.generationId
      this.#phase = 'syncing'
      this.#lead(response)
      this.#network.changed()
      this.#act()
    })
  }

  #lead({ leader, memberId, members, skipAssignment }: GroupResponses['JoinGroup']): void {
    this.#ledTopics = undefined
    this.#assignments = []
    if (leader !== memberId || leader === '') return
    const topics = this.#network.topics()
    const subscriptions = members.map((member) => {
      const { metadata } = member
      const version = Math.min(metadata.readInt16BE(0), 1)
      const read = consumerProtocolSubscription.decodePrefix(metadata.subarray(2), version)
      const ownedPartitions = read.ownedPartitions.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => ({ topic, partition })),
      )
      const { memberId: id, groupInstanceId } = member
      return { memberId: id, groupInstanceId, topics: read.topics, ownedPartitions, generationId: -1 }
    })
    const names = new Set(subscriptions.flatMap((member) => member.topics))
    // A leader that returns (KIP-814) does not know which topics its former self assigned. Java takes those of now for them, and misses what
    // changed while it was away; here it assigns anew, so that every group comes to rest.
    this.#ledTopics = new Map([...names].map((name) => [name, skipAssignment ? UNKNOWN : topics.partitionCount(name)]))
    if (skipAssignment) return
    const partitionsByTopic = new Map(
      [...names].filter((name) => topics.has(name)).map((name) => [name, topics.partitionCount(name)!]),
    )
    const assignment = assignors[this.#assignor].assign({ members: subscriptions, partitionsByTopic })
    this.#assignments = [...assignment].map(([id, partitions]) => ({ memberId: id, assignment: encode(partitions) }))
  }

  #topicsChanged(): boolean {
    const topics = this.#network.topics()
    return [...(this.#ledTopics ?? [])].some(([name, count]) => topics.partitionCount(name) !== count)
  }

  #sync(): void {
    const { generationId, memberId, instanceId: groupInstanceId } = this
    const identity = { groupId: 'g', generationId, memberId, groupInstanceId }
    const request = {
      ...identity,
      protocolType: 'consumer',
      protocolName: this.#assignor,
      assignments: this.#assignments,
    }
    const command = { type: 'SyncGroup', groupId: 'g', apiVersion: 5, request, client: CLIENT } as const
    this.#send(command, REBALANCE_TIMEOUT_MS + 5_000, (response) => {
      const error = errorName(response.errorCode)
      if (error !== 'NONE') return this.#onError(error)
      const assigned = decode(response.assignment)
      const kept = this.ownedNames.filter((name) => assigned.includes(name))
      this.#phase = 'stable'
      if (kept.length === this.#owned.size) {
        this.#own(assigned)
        return this.#sendSoon(HEARTBEAT_MS)
      }
      // Only then may others have it.
      this.#revoke(kept, () => {
        this.#own(assigned)
        this.#rejoin()
      })
    })
  }

  #heartbeat(): void {
    const { generationId, memberId, instanceId: groupInstanceId } = this
    const request = { groupId: 'g', generationId, memberId, groupInstanceId }
    const command = { type: 'Heartbeat', groupId: 'g', apiVersion: 4, request, client: CLIENT } as const
    this.#send(command, REQUEST_TIMEOUT_MS, (response) => {
      const error = errorName(response.errorCode)
      if (error === 'NONE') return this.#sendSoon(HEARTBEAT_MS)
      this.#onError(error)
    })
  }

  #onError(error: string): void {
    switch (error) {
      case 'UNKNOWN_MEMBER_ID':
        this.#reset('')
        return this.#rejoin()
      case 'ILLEGAL_GENERATION':
        this.#reset(this.memberId)
        return this.#rejoin()
      case 'REBALANCE_IN_PROGRESS':
        return this.#rejoin()
      case 'FENCED_INSTANCE_ID':
        return this.kill()
      case 'NOT_COORDINATOR':
      case 'COORDINATOR_LOAD_IN_PROGRESS':
      case 'COORDINATOR_NOT_AVAILABLE':
        // A join or a sync is begun again.
        if (this.#phase === 'syncing') this.#phase = 'joining'
        return this.#sendSoon(RETRY_MS)
      default:
        throw new Error(`a classic consumer does not expect ${error}`)
    }
  }

  /** What it had is lost. */
  #reset(memberId: string): void {
    this.memberId = memberId
    this.generationId = -1
    this.#phase = 'joining'
    this.#ledTopics = undefined
    this.#revocation = undefined
    this.#own([])
  }

  #own(names: readonly string[]): void {
    const topics = this.#network.topics()
    this.#owned = new Map(
      names.map((name) => [name, `${topics.topicId(topicOf(name)) ?? topicOf(name)}-${partitionOf(name)}`]),
    )
    this.#network.changed()
  }

  /** A connection that is closed takes the request that waits with it. */
  #abortRequest(): void {
    this.#request++
    this.#inFlight = false
    this.#timeout?.cancel()
    this.#sent?.cancel()
    this.#sent = undefined
  }

  #send<C extends GroupCommand>(
    command: C,
    timeoutMs: number,
    receive: (response: GroupResponses[C['type']]) => void,
  ): void {
    const network = this.#network
    const request = ++this.#request
    this.#inFlight = true
    this.#timer?.cancel()
    this.#timeout?.cancel()
    this.#timeout = network.at(timeoutMs, () => {
      this.#abortRequest()
      if (this.#phase === 'syncing') this.#phase = 'joining'
      this.#sendSoon()
    })
    // The connection breaks: clients notice that at once.
    const isBroken = (): boolean => {
      if (!network.loses()) return false
      network.at(network.delayMs(), () => {
        if (!this.isAlive || request !== this.#request) return
        this.#abortRequest()
        if (this.#phase === 'syncing') this.#phase = 'joining'
        this.#sendSoon(RETRY_MS)
      })
      return true
    }
    if (isBroken()) return
    network.at(network.delayMs(), () => {
      if (request !== this.#request) return
      this.#sent = network.submit(command, (response) => {
        if (isBroken()) return
        network.at(network.delayMs(), () => {
          if (!this.isAlive || request !== this.#request) return
          this.#inFlight = false
          this.#timeout?.cancel()
          receive(response)
        })
      })
    })
  }
}

function encode(partitions: readonly { readonly topic: string; readonly partition: number }[]): Buffer {
  const names = partitions.map(({ topic, partition }) => `${topic}-${partition}`)
  const assignedPartitions = [...byTopic(names)].map(([topic, numbers]) => ({ topic, partitions: numbers }))
  const body = consumerProtocolAssignment.encode({ assignedPartitions, userData: null }, 1)
  return Buffer.concat([Buffer.from([0, 1]), body])
}

/** 'TOPIC-PARTITION' of an assignment. */
export function decode(assignment: Buffer): readonly string[] {
  if (assignment.length === 0) return []
  const { assignedPartitions } = consumerProtocolAssignment.decodePrefix(assignment.subarray(2), 0)
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}-${partition}`))
}

function byTopic(names: readonly string[]): Map<string, number[]> {
  const topics = new Map<string, number[]>()
  for (const name of names) topics.set(topicOf(name), [...(topics.get(topicOf(name)) ?? []), partitionOf(name)])
  return topics
}

function topicOf(name: string): string {
  return name.slice(0, name.lastIndexOf('-'))
}

function partitionOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1))
}
