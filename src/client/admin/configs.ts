import { apis } from '../../wire/index.ts'
import type { KafkaError } from '../kafka-error.ts'
import { type AdminCallOptions, type AdminContext, fanOut, outcomeOf, type Results, type Route } from './fan-out.ts'

export type ConfigResourceType = keyof typeof resourceTypes

/** Whose configs: a topic by its name, a broker by its node id ('' = defaults of all brokers), a group. */
export interface ConfigResource {
  readonly type: ConfigResourceType
  readonly name: string
}

export interface ConfigEntry {
  readonly name: string
  /** null where it is sensitive, or has none. */
  readonly value: string | null
  /** Where the value is from. */
  readonly source: (typeof sources)[number]
  readonly isReadOnly: boolean
  readonly isSensitive: boolean
  readonly type: (typeof configTypes)[number]
  /** Where a value would come from, the one in force first; empty unless asked for. */
  readonly synonyms: readonly {
    readonly name: string
    readonly value: string | null
    readonly source: ConfigEntry['source']
  }[]
  /** null unless asked for. */
  readonly documentation: string | null
}

export interface DescribeConfigsOptions extends AdminCallOptions {
  readonly includeSynonyms?: boolean | undefined
  readonly includeDocumentation?: boolean | undefined
}

export interface ConfigAlteration extends ConfigResource {
  /** A value sets, null goes back to the default; `append` and `subtract` change lists. */
  readonly configs: Readonly<
    Record<string, string | number | boolean | null | { readonly append: string } | { readonly subtract: string }>
  >
}

export interface AlterConfigsOptions extends AdminCallOptions {
  readonly validateOnly?: boolean | undefined
}

const resourceTypes = { topic: 2, broker: 4, 'broker-logger': 8, 'client-metrics': 16, group: 32 } as const
/** By their numbers. */
const sources = [
  'unknown',
  'dynamic-topic',
  'dynamic-broker',
  'dynamic-default-broker',
  'static-broker',
  'default',
  'dynamic-broker-logger',
  'client-metrics',
  'group',
] as const
const configTypes = [
  'unknown',
  'boolean',
  'string',
  'int',
  'short',
  'long',
  'double',
  'list',
  'class',
  'password',
] as const

/** `topic:orders` */
const keyOf = ({ type, name }: ConfigResource): string => `${type}:${name}`

/** What is one broker's own goes to that broker. */
function route({ type, name }: ConfigResource): Route {
  const isOwn = (type === 'broker' || type === 'broker-logger') && name !== ''
  return isOwn ? { together: name, target: { nodeId: Number(name) } } : { together: 'any', target: 'any' }
}

export function describeConfigs(
  context: AdminContext,
  resources: readonly (ConfigResource & { readonly configs?: readonly string[] | undefined })[],
  { includeSynonyms = false, includeDocumentation = false, ...options }: DescribeConfigsOptions,
): Promise<Results<readonly ConfigEntry[]>> {
  return fanOut<(typeof resources)[number], readonly ConfigEntry[]>(
    context,
    {
      what: 'describing configs',
      items: resources,
      keyOf,
      route,
      isFinal: isUnknownTopic,
      async ask({ target, items, options: callOptions }) {
        const asked = items.map(({ type, name, configs }) => ({
          resourceType: resourceTypes[type],
          resourceName: name,
          configurationKeys: configs ?? null,
        }))
        const body = (version: number) =>
          version >= 3
            ? { resources: asked, includeSynonyms, includeDocumentation }
            : { resources: asked, includeSynonyms }
        const answer = await context.cluster.call(target, apis.DescribeConfigs, body, callOptions)
        return new Map(
          answer.body.results.map((result) => {
            const key = keyOf({ type: typeOf(result.resourceType), name: result.resourceName })
            return [key, outcomeOf(result.errorCode, () => result.configs.map(entryOf), result.errorMessage)]
          }),
        )
      },
    },
    options,
  )
}

export function incrementalAlterConfigs(
  context: AdminContext,
  alterations: readonly ConfigAlteration[],
  { validateOnly = false, ...options }: AlterConfigsOptions,
): Promise<Results<true>> {
  return fanOut<ConfigAlteration, true>(
    context,
    {
      what: 'altering configs',
      items: alterations,
      keyOf,
      route,
      isFinal: isUnknownTopic,
      async ask({ target, items, options: callOptions }) {
        const resources = items.map(({ type, name, configs }) => ({
          resourceType: resourceTypes[type],
          resourceName: name,
          configs: Object.entries(configs).map(([config, change]) => ({ name: config, ...operationOf(change) })),
        }))
        const answer = await context.cluster.call(
          target,
          apis.IncrementalAlterConfigs,
          { resources, validateOnly },
          callOptions,
        )
        return new Map(
          answer.body.responses.map(({ errorCode, errorMessage, resourceType, resourceName }) => {
            const key = keyOf({ type: typeOf(resourceType), name: resourceName })
            return [key, outcomeOf(errorCode, () => true as const, errorMessage)]
          }),
        )
      },
    },
    options,
  )
}

function operationOf(change: ConfigAlteration['configs'][string]): { configOperation: number; value: string | null } {
  if (change === null) return { configOperation: 1, value: null }
  if (typeof change !== 'object') return { configOperation: 0, value: String(change) }
  return 'append' in change
    ? { configOperation: 2, value: change.append }
    : { configOperation: 3, value: change.subtract }
}

interface EntryAnswer {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: number }[]
  readonly configType: number
  readonly documentation: string | null
}

function entryOf(entry: EntryAnswer): ConfigEntry {
  return {
    name: entry.name,
    value: entry.value,
    source: sources[entry.configSource] ?? 'unknown',
    isReadOnly: entry.readOnly,
    isSensitive: entry.isSensitive,
    type: configTypes[entry.configType] ?? 'unknown',
    synonyms: entry.synonyms.map(({ name, value, source }) => ({ name, value, source: sources[source] ?? 'unknown' })),
    documentation: entry.documentation === '' ? null : entry.documentation,
  }
}

function typeOf(resourceType: number): ConfigResourceType {
  const found = Object.entries(resourceTypes).find(([, number]) => number === resourceType)
  return (found?.[0] ?? 'topic') as ConfigResourceType
}

function isUnknownTopic({ code }: KafkaError): boolean {
  return code === 'UNKNOWN_TOPIC_OR_PARTITION'
}
