import type { ConfigType } from './config-ids.ts'
import { honouredConfigs } from './effects.ts'
import { definitionsJson } from './generated/definitions.ts'
import { documentationJson } from './generated/documentation.ts'
import { kohortDefaults } from './kohort-defaults.ts'

/** One config of Apache Kafka 4.2. */
export interface ConfigDefinition {
  readonly name: string
  readonly type: ConfigType
  /** kohort's default, which is Kafka's but for the table in kohort-defaults.ts; null = none. */
  readonly defaultValue: string | null
  /** Kafka's own default; null = none. */
  readonly kafkaDefault: string | null
  /** What Kafka's documentation says, with its HTML tags; null = nothing. */
  readonly documentation: string | null
  readonly validator: ConfigValidator | null
  readonly importance: 'HIGH' | 'MEDIUM' | 'LOW'
  /** How a broker config changes while the broker runs; configs of other resources can always be changed. */
  readonly dynamic: 'read-only' | 'per-broker' | 'cluster-wide'
  /** Cannot stand in server.properties: replication throttles. */
  readonly dynamicOnly: boolean
  /** Dynamic only under `listener.name.NAME.`: key stores. */
  readonly perListenerOnly: boolean
  /** Never shown: passwords. */
  readonly sensitive: boolean
  /** Shown by DescribeConfigs only when set. */
  readonly internal: boolean
  /**
   * Broker configs that give a topic or group config its default: the first that is set, times its factor
   * (`log.retention.hours` in hours stands behind `retention.ms`).
   */
  readonly brokerConfigs: readonly { readonly name: string; readonly factor: number }[]
  /** 'none': valid, stored and shown, but one kohort node does nothing with it. */
  readonly effect: 'honoured' | 'none'
  /** What it does in kohort, in a sentence or less; null without effect. */
  readonly meaning: string | null
}

export type ConfigValidator =
  | { readonly kind: 'range'; readonly min?: string; readonly max?: string }
  | { readonly kind: 'one-of' | 'one-of-any-case'; readonly values: readonly string[] }
  | {
      readonly kind: 'list-of'
      /** Empty = anything. */
      readonly values: readonly string[]
      readonly emptyAllowed: boolean
      readonly nullAllowed: boolean
    }
  /** A compression level, or `default`, which may lie outside the range. */
  | { readonly kind: 'level'; readonly min: string; readonly max: string; readonly default: string }
  | { readonly kind: 'non-empty' | 'non-null' }
  | { readonly kind: 'throttled-replicas' | 'share-auto-offset-reset' | 'controller-quorum' }

export type ConfigDefinitions = ReadonlyMap<string, ConfigDefinition>

/** Of `server.properties` and of the resource BROKER, sorted by name. */
export function brokerConfigDefinitions(): ConfigDefinitions {
  return definitionsOf('broker')
}

export function topicConfigDefinitions(): ConfigDefinitions {
  return definitionsOf('topic')
}

/** Of the resource GROUP (KIP-848, KIP-932, KIP-1071). Classic groups have none: they go by the broker's `group.` configs. */
export function groupConfigDefinitions(): ConfigDefinitions {
  return definitionsOf('group')
}

/** Of client metrics subscriptions (KIP-714). */
export function clientMetricsConfigDefinitions(): ConfigDefinitions {
  return definitionsOf('clientMetrics')
}

type Table = 'broker' | 'topic' | 'group' | 'clientMetrics'

/** A row of generated/definitions.ts: what is false, empty or read-only is left out there. */
interface Row {
  readonly name: string
  readonly type: ConfigType
  readonly default: string | null
  readonly validator?: ConfigValidator
  readonly importance: ConfigDefinition['importance']
  readonly internal?: true
  readonly dynamic?: 'per-broker' | 'cluster-wide'
  readonly dynamicOnly?: true
  readonly perListenerOnly?: true
  readonly brokerConfigs?: ConfigDefinition['brokerConfigs']
}

/** Broker configs that Kafka 4.2 does not have. Internal, so that tools which list configs see what they know. */
const kohortRows: readonly Row[] = [
  {
    // KIP-1263, of a later Kafka, with its meaning; its default there is 1000.
    name: 'group.consumer.assignment.interval.ms',
    type: 'INT',
    default: '100',
    validator: { kind: 'range', min: '0' },
    importance: 'MEDIUM',
    internal: true,
  },
  {
    name: 'group.events.enable',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    internal: true,
    dynamic: 'cluster-wide',
  },
  {
    name: 'group.events.retention.bytes',
    type: 'LONG',
    default: '67108864',
    validator: { kind: 'range', min: '-1' },
    importance: 'LOW',
    internal: true,
  },
  {
    name: 'group.events.retention.ms',
    type: 'LONG',
    default: '604800000',
    validator: { kind: 'range', min: '-1' },
    importance: 'LOW',
    internal: true,
  },
]

let rows: Readonly<Record<Table, readonly Row[]>> | undefined
let documentation: Map<string, string | null> | undefined
const definitions = new Map<Table, ConfigDefinitions>()

function definitionsOf(table: Table): ConfigDefinitions {
  const known = definitions.get(table)
  if (known !== undefined) return known
  rows ??= JSON.parse(definitionsJson) as Readonly<Record<Table, readonly Row[]>>
  const all =
    table === 'broker' ? [...rows.broker, ...kohortRows].sort((a, b) => (a.name < b.name ? -1 : 1)) : rows[table]
  const made = new Map(all.map((row) => [row.name, definitionOf(table, row)]))
  definitions.set(table, made)
  return made
}

function definitionOf(table: Table, row: Row): ConfigDefinition {
  const meaning = honouredConfigs[table].get(row.name) ?? null
  return {
    name: row.name,
    type: row.type,
    defaultValue: (table === 'broker' ? kohortDefaults.get(row.name)?.value : undefined) ?? row.default,
    kafkaDefault: row.default,
    get documentation() {
      return documentationOf(table, row.name)
    },
    validator: row.validator ?? null,
    importance: row.importance,
    dynamic: row.dynamic ?? (table === 'broker' && row.dynamicOnly !== true ? 'read-only' : 'cluster-wide'),
    dynamicOnly: row.dynamicOnly ?? false,
    perListenerOnly: row.perListenerOnly ?? false,
    sensitive: row.type === 'PASSWORD',
    internal: row.internal ?? false,
    brokerConfigs: row.brokerConfigs ?? [],
    effect: meaning === null ? 'none' : 'honoured',
    meaning,
  }
}

function documentationOf(table: Table, name: string): string | null {
  documentation ??= new Map(
    Object.entries(
      JSON.parse(documentationJson) as Record<Table, readonly { name: string; documentation: string | null }[]>,
    ).flatMap(([key, texts]) => texts.map((text) => [`${key} ${text.name}`, text.documentation] as const)),
  )
  return documentation.get(`${table} ${name}`) ?? null
}
