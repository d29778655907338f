import { type BrokerValues, readBrokerValues } from './broker-values.ts'
import type { ConfigSource } from './config-ids.ts'
import { type ConfigValue, formatConfigValue, validateConfigValue } from './config-value.ts'
import { brokerConfigDefinitions, type ConfigDefinition } from './definitions.ts'
import { readTopicConfig, type TopicConfig } from './topic-config.ts'

type Configs = ReadonlyMap<string, string>

export interface BrokerConfigOptions {
  /** What server.properties, `--set` and the environment say, already checked with `classifyServerProperties`. */
  readonly static: Configs
  /** Whose defaults to take; default 'kohort'. 'kafka' is for tests that compare with Apache Kafka. */
  readonly defaults?: 'kohort' | 'kafka'
}

/** A value, where it comes from, and what stands behind it, the first in precedence first. */
export interface EffectiveConfig {
  /** As DescribeConfigs shows it; null = not set and without default. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly synonyms: readonly { readonly name: string; readonly value: string; readonly source: ConfigSource }[]
}

export type BrokerConfigListener = (changed: ReadonlySet<string>) => void

/**
 * The broker's configs in Kafka's four layers (KIP-226): dynamic for this broker, dynamic for all brokers, static,
 * default. Holds no topic's or group's overrides: these are the metadata's; `topicConfig` lays them over this.
 */
export class BrokerConfig {
  readonly #static: Configs
  readonly #defaults: 'kohort' | 'kafka'
  readonly #listeners = new Set<BrokerConfigListener>()
  #dynamicBroker: Configs = new Map()
  #dynamicDefault: Configs = new Map()
  #merged: Configs
  #values: BrokerValues
  #topicConfigs = new WeakMap<Configs, TopicConfig>()

  constructor(options: BrokerConfigOptions) {
    this.#static = withBothIds(options.static)
    this.#defaults = options.defaults ?? 'kohort'
    this.#merged = this.#static
    this.#values = readBrokerValues(this)
  }

  /** The configs that the broker's own code goes by, parsed. A new object after each change. */
  get values(): BrokerValues {
    return this.#values
  }

  get static(): Configs {
    return this.#static
  }

  /** Dynamic configs of this broker, or of all brokers (`default`), as they were set. */
  dynamic(scope: 'broker' | 'default'): Configs {
    return scope === 'broker' ? this.#dynamicBroker : this.#dynamicDefault
  }

  /** What a parsed broker config is now; null = not set and without default. The name must be Kafka's. */
  get(name: string): ConfigValue | null {
    return this.#parsed(name, this.#merged)
  }

  effective(name: string): EffectiveConfig {
    const synonyms = this.synonymsOf(name)
    const definition = brokerConfigDefinitions().get(name)
    const parsed = definition === undefined ? (this.#merged.get(name) ?? null) : this.get(name)
    return {
      value:
        parsed === null ? null : definition === undefined ? String(parsed) : formatConfigValue(definition.type, parsed),
      source: synonyms[0]?.source ?? 'DEFAULT_CONFIG',
      synonyms,
    }
  }

  /**
   * All that is set under a name and its synonyms, as Kafka lists them: it leaves out what stands before the first entry
   * with the name itself, so `log.retention.hours` never shows under `log.retention.ms` when that one is not set.
   */
  synonymsOf(name: string): EffectiveConfig['synonyms'] {
    const layers: [ConfigSource, (name: string) => string | null][] = [
      ['DYNAMIC_BROKER_CONFIG', (key) => this.#dynamicBroker.get(key) ?? null],
      ['DYNAMIC_DEFAULT_BROKER_CONFIG', (key) => this.#dynamicDefault.get(key) ?? null],
      ['STATIC_BROKER_CONFIG', (key) => this.#static.get(key) ?? null],
      ['DEFAULT_CONFIG', (key) => this.defaultOf(key)],
    ]
    const found: { name: string; value: string; source: ConfigSource }[] = []
    for (const [source, lookUp] of layers) {
      for (const key of brokerConfigSynonyms(name)) {
        const value = lookUp(key)
        if (value !== null) found.push({ name: key, value, source })
      }
    }
    const first = found.findIndex((synonym) => synonym.name === name)
    return first === -1 ? [] : found.slice(first)
  }

  /** null = none. */
  defaultOf(name: string): string | null {
    const definition = brokerConfigDefinitions().get(name)
    // Kafka's throttles have a default in their definition, but it is never shown.
    if (definition?.dynamicOnly === true) return null
    return (this.#defaults === 'kafka' ? definition?.kafkaDefault : definition?.defaultValue) ?? null
  }

  /** Names that are set in any layer, for the rows that have no definition. */
  setNames(): Iterable<string> {
    return this.#merged.keys()
  }

  /**
   * A topic's configs: its overrides over the broker's. The same object for the same overrides until the broker's configs
   * change, so that it may be asked for on every request. Overrides that cannot be read (from a data folder of another
   * release) count as not set.
   */
  topicConfig(overrides: Configs): TopicConfig {
    const known = this.#topicConfigs.get(overrides)
    if (known !== undefined) return known
    const made = readTopicConfig(this, overrides)
    this.#topicConfigs.set(overrides, made)
    return made
  }

  /**
   * Replaces one dynamic layer and tells the listeners which configs have changed. Values have been checked by
   * `alterConfigs`; one that cannot be read (from a data folder of another release) counts as not set.
   */
  setDynamic(scope: 'broker' | 'default', configs: Configs): void {
    const before = this.#merged
    if (scope === 'broker') this.#dynamicBroker = readable(configs)
    else this.#dynamicDefault = readable(configs)
    this.#merged = this.merged({ broker: this.#dynamicBroker, default: this.#dynamicDefault })
    const changed = new Set<string>()
    for (const name of new Set([...before.keys(), ...this.#merged.keys()])) {
      if (before.get(name) !== this.#merged.get(name)) changed.add(name)
    }
    if (changed.size === 0) return
    this.#values = readBrokerValues(this)
    this.#topicConfigs = new WeakMap()
    for (const listener of this.#listeners) listener(changed)
  }

  /** Calls back after each change, in the same turn; the result ends that. */
  onChange(listener: BrokerConfigListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What would hold under these dynamic configs. One set in a higher layer takes its synonyms' place in lower ones. */
  merged(dynamic: { readonly broker: Configs; readonly default: Configs }): Configs {
    const merged = new Map(this.#static)
    for (const layer of [dynamic.default, dynamic.broker]) {
      for (const [name, value] of layer) {
        for (const synonym of brokerConfigSynonyms(name, { listeners: false })) merged.delete(synonym)
        merged.set(name, value)
      }
    }
    return merged
  }

  /** As `get`, under other configs. */
  getFrom(merged: Configs, name: string): ConfigValue | null {
    return this.#parsed(name, merged)
  }

  #parsed(name: string, merged: Configs): ConfigValue | null {
    const definition = brokerConfigDefinitions().get(name)
    if (definition === undefined) throw new Error(`no broker config has the name ${name}`)
    return parsedOr(definition, merged.get(name)) ?? parsedOr(definition, this.defaultOf(name) ?? undefined)
  }
}

const synonymGroups: readonly (readonly string[])[] = [
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
]

/** `listener.name.NAME.CONFIG`, and `listener.name.NAME.MECHANISM.CONFIG` for some of SASL's. */
const listenerConfig = /^listener\.name\.[^.]*\.(.*)$/
const mechanismConfigs = [
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.login.class',
  'sasl.server.callback.handler.class',
  'connections.max.reauth.ms',
]

/** The config that a listener's own config overrides; undefined when the name is not of that form. */
export function baseOfListenerConfig(name: string): string | undefined {
  const base = listenerConfig.exec(name)?.[1]
  return mechanismConfigs.find((config) => base?.endsWith(config)) ?? base
}

/** Names of one setting, the strongest first, as Kafka's DynamicBrokerConfig.brokerConfigSynonyms has them. */
export function brokerConfigSynonyms(
  name: string,
  options: { readonly listeners: boolean } = { listeners: true },
): readonly string[] {
  const group = synonymGroups.find((names) => names.includes(name))
  if (group !== undefined) return group
  // Not the other way round: Kafka lets a dynamic scheduler interval, were there one, not remove the flush interval.
  if (name === 'log.flush.interval.ms') return ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms']
  const base = options.listeners ? baseOfListenerConfig(name) : undefined
  return base === undefined ? [name] : [name, base]
}

/** `broker.id` and `node.id` are two names of one thing: each fills in the other. */
function withBothIds(configs: Configs): Configs {
  const nodeId = configs.get('node.id') ?? configs.get('broker.id')
  if (nodeId === undefined) return configs
  return new Map([['node.id', nodeId], ['broker.id', nodeId], ...configs])
}

function readable(configs: Configs): Configs {
  const definitions = brokerConfigDefinitions()
  return new Map(
    [...configs].filter(([name, value]) => {
      const definition = definitions.get(name)
      return definition === undefined || validateConfigValue(definition, value).ok
    }),
  )
}

function parsedOr(definition: ConfigDefinition, value: string | undefined): ConfigValue | null {
  if (value === undefined) return null
  const result = validateConfigValue(definition, value)
  return result.ok ? result.parsed : null
}
