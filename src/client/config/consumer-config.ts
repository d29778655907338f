import { type AssignorName, assignors } from '../../assignor/index.ts'
import type { ClientAssignor } from '../consumer/membership/membership.ts'
import type { Deserializer } from '../serdes/index.ts'
import {
  boolean,
  type Given,
  given,
  integer,
  isFunction,
  isObject,
  type Key,
  oneOf,
  type Resolved,
  text,
} from './keys.ts'
import { nearest } from './nearest.ts'
import { invalid } from './resolve.ts'

/** Names of Kafka's assignors, or an object of your own. */
export type AssignmentStrategy = AssignorName | ClientAssignor

/** What a consumer is. Kafka's names in camel case; Kafka's defaults, where nothing else is said. */
export interface ConsumerConfig<K = Buffer | null, V = Buffer | null> {
  /** Of the consumer group. Without one the consumer can only be assigned partitions, and commits nothing. */
  readonly groupId?: string | undefined
  /** Of a static member: a restart within `sessionTimeoutMs` moves no partition (KIP-345). The pod's name, for instance. */
  readonly groupInstanceId?: string | undefined
  /** `consumer`: KIP-848. `auto` (ours): that of the group where it exists, else `consumer` where the broker has it. Default `classic`. */
  readonly groupProtocol?: 'classic' | 'consumer' | 'auto' | undefined
  /** KIP-848: the broker's assignor, `uniform` or `range`. Default: the broker's choice. */
  readonly groupRemoteAssignor?: string | undefined
  /** Classic: assignors in the order of preference; default `['range', 'cooperative-sticky']`. */
  readonly partitionAssignmentStrategy?: AssignmentStrategy | readonly AssignmentStrategy[] | undefined
  /** A member that is silent for so long is put out of the group, in ms; default 45 000. KIP-848: the broker's affair. */
  readonly sessionTimeoutMs?: number | undefined
  /** Between heartbeats, in ms; default 3 000. KIP-848: the broker's affair. */
  readonly heartbeatIntervalMs?: number | undefined
  /** A consumer that does not ask for records for so long leaves the group, in ms; also the rebalance timeout. Default 300 000. */
  readonly maxPollIntervalMs?: number | undefined
  /** Ours: `worker` (default) sends heartbeats from a thread, so that they survive a blocked event loop; `inline` does not. */
  readonly heartbeat?: 'worker' | 'inline' | undefined
  /** Where to begin without a committed offset: `earliest`, `latest` (default), `none` (an error), `by_duration:PT1H`. */
  readonly autoOffsetReset?: 'earliest' | 'latest' | 'none' | `by_duration:${string}` | undefined
  /** Commits what is processed from time to time, at a revoke and at the end; default true. */
  readonly enableAutoCommit?: boolean | undefined
  /** In ms; default 5 000. 0: as soon as the commit before is done; an idle consumer looks every `retryBackoffMs`. */
  readonly autoCommitIntervalMs?: number | undefined
  /** `read_committed` leaves out what is not committed, or was aborted. Default `read_uncommitted`. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed' | undefined
  /** A fetch waits for so many bytes, `fetchMaxWaitMs` at most; default 1. */
  readonly fetchMinBytes?: number | undefined
  /** Most bytes of one fetch, but for a first batch that is larger; default 52 428 800. */
  readonly fetchMaxBytes?: number | undefined
  /** In ms; default 500. */
  readonly fetchMaxWaitMs?: number | undefined
  /** Most bytes of a partition in one fetch, but for a first batch that is larger; default 1 048 576. */
  readonly maxPartitionFetchBytes?: number | undefined
  /** Ours: most bytes of fetched records in memory, over all partitions; default 67 108 864. */
  readonly maxBufferedBytes?: number | undefined
  /** Most records that `poll` gives; default 500. */
  readonly maxPollRecords?: number | undefined
  /** Whether the checksum of each batch is checked; default true. */
  readonly checkCrcs?: boolean | undefined
  /** This client's rack: reads from replicas near by (KIP-392), and gets their partitions (KIP-881). Default ''. */
  readonly clientRack?: string | undefined
  /** Whether subscribing to a topic may create it, where the broker does that; default true. */
  readonly allowAutoCreateTopics?: boolean | undefined
  /** Whether patterns leave out internal topics; default true. */
  readonly excludeInternalTopics?: boolean | undefined
  /** Longest wait of calls without a timeout of their own, in ms; default that of `new Kafka()`. */
  readonly defaultApiTimeoutMs?: number | undefined
  /** Ours: decodes keys; default bytes(). */
  readonly key?: Deserializer<K> | undefined
  /** Ours: decodes values; default bytes(). */
  readonly value?: Deserializer<V> | undefined
}

export const consumerKeys = {
  groupId: text(undefined),
  groupInstanceId: text(undefined),
  groupProtocol: oneOf(['classic', 'consumer', 'auto'], 'classic'),
  groupRemoteAssignor: text(undefined),
  partitionAssignmentStrategy: assignmentStrategy(),
  sessionTimeoutMs: integer(45_000, { min: 1 }),
  heartbeatIntervalMs: integer(3_000, { min: 1 }),
  maxPollIntervalMs: integer(300_000, { min: 1 }),
  heartbeat: oneOf(['worker', 'inline'], 'worker'),
  autoOffsetReset: offsetReset(),
  enableAutoCommit: boolean(true),
  autoCommitIntervalMs: integer(5_000),
  isolationLevel: oneOf(['read_uncommitted', 'read_committed'], 'read_uncommitted'),
  fetchMinBytes: integer(1),
  fetchMaxBytes: integer(52_428_800),
  fetchMaxWaitMs: integer(500),
  maxPartitionFetchBytes: integer(1_048_576),
  maxBufferedBytes: integer(67_108_864, { min: 1 }),
  maxPollRecords: integer(500, { min: 1 }),
  checkCrcs: boolean(true),
  clientRack: text(''),
  allowAutoCreateTopics: boolean(true),
  excludeInternalTopics: boolean(true),
  defaultApiTimeoutMs: integer(undefined),
  key: given<Deserializer<unknown>>('an object with deserialize()', isDeserializer),
  value: given<Deserializer<unknown>>('an object with deserialize()', isDeserializer),
} as const

export type ResolvedConsumerConfig = Resolved<typeof consumerKeys>

/** Kafka's rules for keys together. @throws KafkaError INVALID_CONFIG */
export function checkConsumerConfig(config: ResolvedConsumerConfig, given: ConsumerConfig<unknown, unknown>): void {
  const { groupProtocol, groupId, groupInstanceId, heartbeatIntervalMs, sessionTimeoutMs } = config
  if (groupId === '') throw invalid('groupId must not be empty')
  if (groupInstanceId === '') throw invalid('groupInstanceId must not be empty')
  if (groupId === undefined) {
    // In Kafka's sentence: enable.auto.commit cannot be set to true when default group id (null) is used.
    if (given.enableAutoCommit === true)
      throw invalid('enableAutoCommit needs groupId: without a group nothing is committed')
    if (groupInstanceId !== undefined) throw invalid('groupInstanceId needs groupId: it names a member of a group')
  }
  if (groupInstanceId !== undefined && !isResourceName(groupInstanceId)) {
    throw invalid(
      `groupInstanceId '${groupInstanceId}' must have 1 to 249 letters, digits, '.', '_' or '-', and not be '.' or '..'`,
    )
  }
  if (config.groupRemoteAssignor === '') throw invalid('groupRemoteAssignor must not be empty')
  checkAssignors(config.partitionAssignmentStrategy)
  if (groupProtocol === 'consumer') {
    for (const name of ['partitionAssignmentStrategy', 'sessionTimeoutMs', 'heartbeatIntervalMs'] as const) {
      if (given[name] !== undefined)
        throw invalid(`${name} cannot be set with groupProtocol 'consumer': the broker decides it`)
    }
  }
  if (groupProtocol === 'classic' && given.groupRemoteAssignor !== undefined)
    throw invalid("groupRemoteAssignor needs groupProtocol 'consumer' or 'auto'")
  // 'auto' may turn out to be the classic one.
  if (groupProtocol !== 'consumer' && heartbeatIntervalMs >= sessionTimeoutMs)
    throw invalid(`heartbeatIntervalMs (${heartbeatIntervalMs}) must be below sessionTimeoutMs (${sessionTimeoutMs})`)
}

/** As Kafka's client refuses a group instance id before it is sent. */
function isResourceName(name: string): boolean {
  return /^[\w.-]{1,249}$/.test(name) && name !== '.' && name !== '..'
}

function checkAssignors(strategy: AssignmentStrategy | readonly AssignmentStrategy[]): void {
  const entries = typeof strategy === 'string' || 'assign' in strategy ? [strategy] : strategy
  const names = entries.map((entry) => {
    if (typeof entry === 'string') return entry
    if (typeof entry.name === 'string' && entry.name !== '') return entry.name
    throw invalid(
      'partitionAssignmentStrategy: an assignor of your own needs a name, which all members of its group know',
    )
  })
  for (const entry of entries) {
    if (typeof entry !== 'string' || Object.hasOwn(assignors, entry)) continue
    const known = Object.keys(assignors)
    const meant =
      javaAssignors[entry] ?? (entry.includes(',') ? undefined : nearest(entry.replace(/Assign[eo]r$/, ''), known))
    const instead =
      meant === undefined ? `; there are ${known.join(', ')}, each an entry of a list` : `; did you mean ${meant}?`
    throw invalid(`partitionAssignmentStrategy: there is no assignor ${entry}${instead}`)
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw invalid(`partitionAssignmentStrategy names the assignor ${twice} twice`)
}

function assignmentStrategy(): Key<AssignmentStrategy | readonly AssignmentStrategy[], readonly AssignmentStrategy[]> {
  const isOne = (value: unknown): boolean =>
    typeof value === 'string' || (isObject(value) && isFunction((value as { assign?: unknown }).assign))
  return {
    default: ['range', 'cooperative-sticky'],
    expected: "assignors: 'range', 'roundrobin', 'sticky', 'cooperative-sticky', or objects with name and assign()",
    accepts: (value) => isOne(value) || (Array.isArray(value) && value.length > 0 && value.every(isOne)),
    parse: (value) =>
      value.split(',').map((name) => {
        const word = name.trim()
        // Whether there is such a one is checked with the rest.
        return javaAssignors[word] ?? (word as AssignorName)
      }),
  }
}

/** As properties files name them. */
const javaAssignors: Readonly<Record<string, AssignorName>> = {
  'org.apache.kafka.clients.consumer.RangeAssignor': 'range',
  'org.apache.kafka.clients.consumer.RoundRobinAssignor': 'roundrobin',
  'org.apache.kafka.clients.consumer.StickyAssignor': 'sticky',
  'org.apache.kafka.clients.consumer.CooperativeStickyAssignor': 'cooperative-sticky',
}

type OffsetReset = NonNullable<ConsumerConfig['autoOffsetReset']>

function offsetReset(): Key<OffsetReset, 'latest'> {
  const accepts = (value: unknown): value is OffsetReset =>
    typeof value === 'string' && /^(earliest|latest|none|by_duration:P[\dDHMST.]+)$/i.test(value)
  return {
    default: 'latest',
    expected: "'earliest', 'latest', 'none', or 'by_duration:' with an ISO 8601 duration (by_duration:PT1H)",
    accepts,
    parse: (value) => {
      const word = value.toLowerCase().startsWith('by_duration:') ? value : value.toLowerCase()
      return accepts(word) ? word : undefined
    },
  }
}

function isDeserializer(value: unknown): boolean {
  return isObject(value) && isFunction((value as { deserialize?: unknown }).deserialize)
}

type Same<A, B> = [A, B] extends [B, A] ? true : never
const isSame: Same<Required<ConsumerConfig<unknown, unknown>>, Required<Given<typeof consumerKeys>>> = true
void isSame
