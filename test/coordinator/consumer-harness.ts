import assert from 'node:assert/strict'
import { ConsumerGroup } from '../../src/coordinator/index.ts'
import type { ConsumerGroupHeartbeatResponse, JoinGroupResponse } from '../../src/wire/index.ts'
import { TestTopics } from '../support/topics.ts'
import { defaultConfig, Harness, type JoinFields, join, sync } from './harness.ts'

export const SESSION_MS = 45_000
export const REBALANCE_MS = 10_000

/** A shard with topics, and groups of the consumer protocol in it. */
export class ConsumerHarness extends Harness {
  readonly all = new TestTopics()
  readonly overrides = { assignmentIntervalMs: 0, inlineAssignmentCostMax: 12_000, membersOnNode: 1 }

  constructor(topics: Readonly<Record<string, number>> = { t: 3 }) {
    super()
    for (const [name, partitionCount] of Object.entries(topics)) this.all.set(name, partitionCount)
    this.refresh()
    this.config = {
      ...defaultConfig,
      consumer: {
        groupMaxSize: 1_000,
        assignors: ['uniform', 'range'],
        migrationPolicy: 'BIDIRECTIONAL',
        regexRefreshIntervalMs: 600_000,
        groups: () => ({ sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 5_000 }),
        membersOnNode: () => this.overrides.membersOnNode,
        assignmentIntervalMs: 0,
      },
    }
  }

  refresh(): void {
    this.topics = this.all.image()
  }

  configure(overrides: Partial<NonNullable<Harness['config']['consumer']>>): void {
    this.config = { ...this.config, consumer: { ...this.config.consumer!, ...overrides } }
  }

  get group(): ConsumerGroup {
    const group = this.shard.groups.get('g')
    assert.ok(group instanceof ConsumerGroup)
    return group
  }

  heartbeat(memberId: string, memberEpoch: number, more: HeartbeatFields = {}): ConsumerGroupHeartbeatResponse {
    const response = this.send<ConsumerGroupHeartbeatResponse>(memberId, {
      type: 'ConsumerGroupHeartbeat',
      groupId: 'g',
      apiVersion: 1,
      client: { clientId: 'client', clientHost: '/127.0.0.1' },
      regexProblem: null,
      request: {
        groupId: 'g',
        memberId,
        memberEpoch,
        instanceId: more.instanceId ?? null,
        rackId: null,
        rebalanceTimeoutMs: memberEpoch === 0 ? REBALANCE_MS : -1,
        subscribedTopicNames: more.topics ?? (memberEpoch === 0 && more.regex === undefined ? ['t'] : null),
        subscribedTopicRegex: more.regex ?? null,
        serverAssignor: null,
        topicPartitions: memberEpoch === 0 ? [] : (more.owned ?? null),
      },
    })
    assert.ok(response !== undefined, 'a heartbeat is answered at once')
    return response
  }

  /** The member's session is over. */
  expire(memberId: string): void {
    assert.ok(this.shard.expireSession('g', memberId, this.step()))
  }

  /** What was written since the last call. */
  written(): string[] {
    const types = this.records
      .slice(this.#seen)
      .map(({ type, value }) => `${type}${value === null ? ' tombstone' : ''}`)
    this.#seen = this.records.length
    return types
  }
  #seen = 0

  owned(...partitions: number[]) {
    return [{ topicId: this.topics.topicId('t')!, partitions }]
  }

  /** A classic member. */
  join(name: string, fields: JoinFields = {}): JoinGroupResponse {
    this.send(name, join({ apiVersion: 3, ...fields }))
    // The initial delay of an empty group is 0.
    this.advance(0)
    return this.answers.findLast(({ to }) => to === name)!.response as JoinGroupResponse
  }

  /** Answers the evaluation that was asked for first: these are the topics that each expression matches. */
  evaluate(...topics: string[]): void {
    const effect = this.effects.shift()
    assert.ok(effect?.type === 'evaluate-regexes')
    const matches = new Map(effect.regexes.map((regex) => [regex, new Set(topics)]))
    const { version } = this.topics
    const timestampMs = this.step().wallMs
    this.shard.resume({ type: 'regexes-evaluated', groupId: 'g', matches, version, timestampMs }, this.step())
  }

  /** The coordinator as its log says. */
  replayed(): ConsumerHarness {
    const other = new ConsumerHarness({})
    other.topics = this.topics
    other.config = this.config
    other.nowMs = this.nowMs
    for (const [offset, record] of this.records.entries()) other.shard.apply(record, { offset: BigInt(offset) })
    other.records.push(...this.records)
    other.shard.onLoaded(other.step())
    return other
  }
}

export interface HeartbeatFields {
  readonly instanceId?: string
  readonly topics?: string[]
  readonly regex?: string
  readonly owned?: { topicId: string; partitions: number[] }[]
}

export const assigned = (response: ConsumerGroupHeartbeatResponse): number[] | undefined =>
  response.assignment?.topicPartitions.flatMap(({ partitions }) => partitions).sort()

export function syncOf({ memberId, generationId }: JoinGroupResponse) {
  return sync({ memberId, generationId })
}
