import type {
  CoordinatorRecord,
  Effect,
  GroupCommand,
  GroupConfig,
  GroupEvent,
  GroupResponse,
  Ticket,
  TopicImage,
} from '../../src/coordinator/index.ts'
import { ShardCoordinator } from '../../src/coordinator/index.ts'
import { consumerProtocolAssignment, consumerProtocolSubscription, errorName } from '../../src/wire/index.ts'
import { anyTopics } from '../support/topics.ts'

export const defaultConfig: GroupConfig = {
  groupMinSessionTimeoutMs: 100,
  groupMaxSessionTimeoutMs: 1_800_000,
  groupMaxSize: 100,
  groupInitialRebalanceDelayMs: 0,
  offsetMetadataMaxBytes: 4096,
  offsetsRetentionMs: 1_000_000,
  offsetsRetentionCheckIntervalMs: 600_000,
}

export const SESSION_MS = 10_000
export const REBALANCE_MS = 30_000

/** A shard without a runtime: time is a number, tickets have names, and what comes out is kept. */
export class Harness {
  config: GroupConfig = defaultConfig
  topics: TopicImage = anyTopics()
  /** What the coordinator has asked for. */
  readonly effects: Effect[] = []
  nowMs = 0
  readonly shard = new ShardCoordinator({ config: () => this.config, topics: () => this.topics })
  readonly records: CoordinatorRecord[] = []
  readonly events: GroupEvent[] = []
  readonly answers: { readonly to: string; readonly response: GroupResponse }[] = []
  readonly #tickets = new Map<Ticket, string>()
  #nextTicket = 1
  #ids = 0

  /** @param name whose request it is. Gives its answer, or undefined while it waits. */
  send<R extends GroupResponse>(name: string, command: GroupCommand): R | undefined {
    const ticket = this.#nextTicket++
    this.#tickets.set(ticket, name)
    const before = this.answers.length
    this.shard.handle(command, ticket, this.step())
    return this.answers.slice(before).find(({ to }) => to === name)?.response as R | undefined
  }

  /** The connection of everything that this one waits for is closed. */
  close(name: string): void {
    for (const [ticket, owner] of [...this.#tickets]) {
      if (owner !== name) continue
      this.#tickets.delete(ticket)
      this.shard.dropTicket(ticket, this.step())
    }
  }

  advance(ms: number): void {
    const endMs = this.nowMs + ms
    while (this.shard.nextDeadlineMs() <= endMs) {
      this.nowMs = this.shard.nextDeadlineMs()
      this.shard.tick(this.step())
    }
    this.nowMs = endMs
  }

  step() {
    return {
      nowMs: this.nowMs,
      wallMs: 1_000_000_000 + this.nowMs,
      randomId: () => `id${++this.#ids}`,
      append: (record: CoordinatorRecord) => {
        this.shard.apply(record, { offset: BigInt(this.records.length) })
        this.records.push(record)
      },
      reply: (ticket: Ticket, response: GroupResponse) => {
        const to = this.#tickets.get(ticket)
        if (to === undefined) throw new Error(`ticket ${ticket} is answered twice, or was dropped`)
        this.#tickets.delete(ticket)
        this.answers.push({ to, response })
      },
      event: (event: GroupEvent) => this.events.push(event),
      ask: (effect: Effect) => {
        this.effects.push(effect)
      },
    }
  }
}

export interface JoinFields {
  readonly memberId?: string
  readonly instanceId?: string | null
  readonly apiVersion?: number
  readonly topics?: readonly string[]
  readonly protocols?: readonly string[]
  readonly protocolType?: string
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  /** What a cooperative consumer says that it owns (subscription version 1). */
  readonly owned?: Readonly<Record<string, readonly number[]>>
  readonly reason?: string | null
}

const CLIENT = { clientId: 'client', clientHost: '/127.0.0.1' }

export function join(fields: JoinFields = {}): GroupCommand {
  const metadata = subscription(fields.topics ?? ['t'], fields.owned)
  return {
    type: 'JoinGroup',
    groupId: 'g',
    apiVersion: fields.apiVersion ?? 9,
    client: CLIENT,
    request: {
      groupId: 'g',
      memberId: fields.memberId ?? '',
      groupInstanceId: fields.instanceId ?? null,
      sessionTimeoutMs: fields.sessionTimeoutMs ?? SESSION_MS,
      rebalanceTimeoutMs: fields.rebalanceTimeoutMs ?? REBALANCE_MS,
      protocolType: fields.protocolType ?? 'consumer',
      protocols: (fields.protocols ?? ['range']).map((name) => ({ name, metadata })),
      reason: fields.reason ?? null,
    },
  }
}

export interface MemberFields {
  readonly memberId: string
  readonly generationId: number
  readonly instanceId?: string | null
}

/** What a leader gives a consumer. */
export function assigned(partitions: Readonly<Record<string, readonly number[]>>): Buffer {
  const assignedPartitions = Object.entries(partitions).map(([topic, numbers]) => ({ topic, partitions: [...numbers] }))
  return Buffer.concat([
    Buffer.from([0, 0]),
    consumerProtocolAssignment.encode({ assignedPartitions, userData: null }, 0),
  ])
}

export function sync(member: MemberFields, assignments: Readonly<Record<string, string | Buffer>> = {}): GroupCommand {
  return {
    type: 'SyncGroup',
    groupId: 'g',
    apiVersion: 4,
    client: CLIENT,
    request: {
      ...identity(member),
      protocolType: null,
      protocolName: null,
      assignments: Object.entries(assignments).map(([memberId, bytes]) => ({
        memberId,
        assignment: Buffer.from(bytes),
      })),
    },
  }
}

export function heartbeat(member: MemberFields): GroupCommand {
  return { type: 'Heartbeat', groupId: 'g', apiVersion: 4, request: identity(member), client: CLIENT }
}

export function leave(memberId: string, instanceId: string | null = null): GroupCommand {
  const members = [{ memberId, groupInstanceId: instanceId, reason: null }]
  return { type: 'LeaveGroup', groupId: 'g', apiVersion: 5, request: { groupId: 'g', memberId: '', members } }
}

export function commit(
  member: MemberFields,
  offset = 1n,
  fields: { retentionTimeMs?: bigint; metadata?: string; topic?: string } = {},
): GroupCommand {
  const { memberId, generationId, instanceId } = member
  const committed = {
    partitionIndex: 0,
    committedOffset: offset,
    committedLeaderEpoch: -1,
    committedMetadata: fields.metadata ?? null,
  }
  return {
    type: 'OffsetCommit',
    groupId: 'g',
    apiVersion: 8,
    request: {
      groupId: 'g',
      memberId,
      groupInstanceId: instanceId ?? null,
      generationIdOrMemberEpoch: generationId,
      retentionTimeMs: fields.retentionTimeMs ?? -1n,
      topics: [{ name: fields.topic ?? 't', topicId: NO_ID, partitions: [committed] }],
    },
  }
}

export function fetch(topics: readonly string[] | null = null, requireStable = false): GroupCommand {
  const asked = topics?.map((name) => ({ name, partitionIndexes: [0] })) ?? null
  return { type: 'OffsetFetch', groupId: 'g', memberId: null, memberEpoch: -1, topics: asked, requireStable }
}

export function deleteOffset(topic: string): GroupCommand {
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0 }] }]
  return { type: 'OffsetDelete', groupId: 'g', request: { groupId: 'g', topics } }
}

export const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

export const nobody: MemberFields = { memberId: '', generationId: -1 }

/** @param owned by topic, as cooperative consumers say it (version 1). */
export function subscription(topics: readonly string[], owned?: Readonly<Record<string, readonly number[]>>): Buffer {
  const version = owned === undefined ? 0 : 1
  const ownedPartitions = Object.entries(owned ?? {}).map(([topic, numbers]) => ({ topic, partitions: [...numbers] }))
  const body = consumerProtocolSubscription.encode({ topics: [...topics], ownedPartitions }, version)
  return Buffer.concat([Buffer.from([0, version]), body])
}

/** The error that a response carries, wherever it carries it. */
export function errorOf(response: GroupResponse): string {
  if ('topics' in response && (!('errorCode' in response) || response.errorCode === 0)) {
    const [partition] = response.topics[0]?.partitions ?? []
    return partition === undefined ? 'NONE' : errorName(partition.errorCode)
  }
  if (!('errorCode' in response)) throw new Error('a response without an error')
  if (typeof response.errorCode === 'string') return response.errorCode
  const members = 'members' in response ? response.members : []
  const [first] = members
  if (response.errorCode === 0 && first !== undefined && 'errorCode' in first) return errorName(first.errorCode)
  return errorName(response.errorCode)
}

function identity({ memberId, generationId, instanceId }: MemberFields) {
  return { groupId: 'g', memberId, generationId, groupInstanceId: instanceId ?? null }
}
