import type { RunningBroker, TimelineEvent, TimelineOptions } from '../broker/index.ts'
import { ClassicGroup, ConsumerGroup, type Group, type ShardCoordinator } from '../coordinator/index.ts'
import { consumerProtocolAssignment, WireError } from '../wire/index.ts'
import type { Changes, WaitOptions } from './changes.ts'
import type { MemberConnections } from './member-connections.ts'

/** Partitions by topic. */
export type Partitions = Readonly<Record<string, readonly number[]>>

export interface TestMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As Kafka prints it: '/127.0.0.1'. */
  readonly clientHost: string
  /** Members of a consumer group may speak the classic protocol, while it is moved from one to the other. */
  readonly protocol: 'classic' | 'consumer'
  /** Whether the connection that it last used is open. */
  readonly isConnected: boolean
  /** That connection, for faults; undefined when it is closed. */
  readonly connectionId: number | undefined
  /** What it has been given; of a classic group while it rebalances: what the last generation gave it, until that is taken back. */
  readonly assignment: Partitions
}

export interface TestOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly metadata: string
}

/** A member by its member id, instance id or client id. */
export type MemberName = string

export interface TestGroupOptions {
  readonly running: RunningBroker
  readonly changes: Changes
  readonly connections: MemberConnections
}

/** A consumer group as the broker has it at this moment. It need not exist yet. */
export class TestGroup {
  readonly groupId: string
  readonly #running: RunningBroker
  readonly #changes: Changes
  readonly #connections: MemberConnections

  constructor(groupId: string, { running, changes, connections }: TestGroupOptions) {
    this.groupId = groupId
    this.#running = running
    this.#changes = changes
    this.#connections = connections
  }

  /** As Kafka prints it: 'Empty', 'PreparingRebalance', 'Stable', ...; 'Dead' when there is no such group. */
  get state(): string {
    return this.#group?.state ?? 'Dead'
  }

  get protocol(): 'classic' | 'consumer' | undefined {
    return this.#group?.type
  }

  /** Generation of a classic group, epoch of a consumer group; -1 without a group. */
  get generationId(): number {
    return this.#group?.generationId ?? -1
  }

  members(): readonly TestMember[] {
    const group = this.#group
    const about = (
      { memberId, clientId, clientHost }: Pick<TestMember, 'memberId' | 'clientId' | 'clientHost'>,
      protocol: TestMember['protocol'],
    ) => {
      const connectionId = this.#connections.of(this.groupId, memberId)
      return { memberId, clientId, clientHost, protocol, isConnected: connectionId !== undefined, connectionId }
    }
    if (group instanceof ClassicGroup) {
      return [...group.members.values()].map((member) => ({
        ...about(member, 'classic'),
        groupInstanceId: member.groupInstanceId,
        assignment: decodeAssignment(member.assignment),
      }))
    }
    if (!(group instanceof ConsumerGroup)) return []
    const { topicsById } = this.#running.broker.metadata.image
    return [...group.members.values()].map((member) => ({
      ...about(member, member.classic === null ? 'consumer' : 'classic'),
      groupInstanceId: member.instanceId,
      assignment: Object.fromEntries(
        [...member.assigned].map(([id, numbers]) => [topicsById.get(id)?.name ?? id, numbers]),
      ),
    }))
  }

  /** What each member has, by member id. */
  assignments(): Readonly<Record<string, Partitions>> {
    return Object.fromEntries(this.members().map(({ memberId, assignment }) => [memberId, assignment]))
  }

  /** Committed offsets, in the order of topics and partitions. */
  offsets(): readonly TestOffset[] {
    const topics = this.#coordinator?.offsets.ofGroup(this.groupId) ?? new Map()
    const offsets: TestOffset[] = []
    for (const [topic, partitions] of topics as ReadonlyMap<string, ReadonlyMap<number, TestOffset>>) {
      for (const [partition, { offset, metadata }] of partitions) offsets.push({ topic, partition, offset, metadata })
    }
    return offsets.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
  }

  /** Undefined when nothing is committed there. */
  committed(topic: string, partition: number): bigint | undefined {
    return this.#coordinator?.offsets.get(this.groupId, topic, partition)?.offset
  }

  /** What has happened to the group, oldest first: see `kohort/broker`. */
  async timeline(options: Pick<TimelineOptions, 'sinceMs'> = {}): Promise<readonly TimelineEvent[]> {
    const events: TimelineEvent[] = []
    for await (const event of this.#running.groupTimeline({ ...options, groupId: this.groupId })) events.push(event)
    return events
  }

  /** Resolves when the group has members, and each has been answered with its assignment. @throws WaitTimeoutError */
  untilStable(options?: WaitOptions): Promise<readonly TestMember[]> {
    return this.#until(() => this.#isStable(), 'is not stable', options)
  }

  /** As `untilStable`, with exactly so many members; 0 = none is left. @throws WaitTimeoutError */
  untilMembers(count: number, options?: WaitOptions): Promise<readonly TestMember[]> {
    const check = (): boolean => {
      if (count === 0) return (this.#group?.memberCount ?? 0) === 0
      return this.#isStable() && this.#group?.memberCount === count
    }
    return this.#until(check, `does not have ${count} members in a stable generation`, options)
  }

  /** Resolves when this offset of the partition, or a later one, is committed. @throws WaitTimeoutError */
  async untilCommitted(
    {
      topic,
      partition,
      offset,
    }: { readonly topic: string; readonly partition: number; readonly offset: bigint | number },
    options?: WaitOptions,
  ): Promise<bigint> {
    const reached = (): boolean => (this.committed(topic, partition) ?? -1n) >= BigInt(offset)
    await this.#until(reached, `has not committed offset ${offset} of ${topic}-${partition}`, options)
    return this.committed(topic, partition)!
  }

  /** The member with this member id, instance id or client id. @throws Error when there is none, or more than one. */
  member(name: MemberName): TestMember {
    const members = this.members()
    const exact = members.find(({ memberId, groupInstanceId }) => memberId === name || groupInstanceId === name)
    const named = exact === undefined ? members.filter(({ clientId }) => clientId === name) : [exact]
    if (named.length === 1) return named[0]!
    const found = named.length === 0 ? 'no member' : `${named.length} members`
    throw new Error(`${found} of group '${this.groupId}' is called '${name}'; ${this.#describe()}`)
  }

  async #until(check: () => boolean, what: string, options?: WaitOptions): Promise<readonly TestMember[]> {
    const describe = (): string => `group '${this.groupId}' ${what}; ${this.#describe()}`
    await this.#changes.until(() => (check() ? true : undefined), describe, options)
    return this.members()
  }

  #isStable(): boolean {
    const group = this.#group
    if (group === undefined || group.state !== 'Stable' || group.memberCount === 0) return false
    return !(group instanceof ClassicGroup) || group.pendingSyncs.size === 0
  }

  #describe(): string {
    const members = this.members().map(({ memberId, assignment }) => `${memberId} ${JSON.stringify(assignment)}`)
    const offsets = this.offsets().map(({ topic, partition, offset }) => `${topic}-${partition}: ${offset}`)
    return [
      `it is ${this.state} with ${members.length} members`,
      ...(members.length > 0 ? [`(${members.join(', ')})`] : []),
      ...(offsets.length > 0 ? [`and offsets ${offsets.join(', ')}`] : []),
    ].join(' ')
  }

  get #coordinator(): ShardCoordinator | undefined {
    const { groups } = this.#running.broker
    return groups.coordinatorOf(groups.shardOf(this.groupId))
  }

  get #group(): Group | undefined {
    return this.#coordinator?.groups.get(this.groupId)
  }
}

/** Nothing where the members are no consumers. */
function decodeAssignment(assignment: Buffer): Partitions {
  if (assignment.length < 2) return {}
  try {
    const { assignedPartitions } = consumerProtocolAssignment.decodePrefix(assignment.subarray(2), 0)
    return Object.fromEntries(
      assignedPartitions.map(({ topic, partitions }) => [topic, [...partitions].sort((a, b) => a - b)]),
    )
  } catch (error) {
    if (error instanceof WireError) return {}
    throw error
  }
}
