import type { BrokerConfig } from './broker-config.ts'
import { baseOfListenerConfig } from './broker-config.ts'
import { type ConfigSource, type ConfigType, configSourceId, configTypeId } from './config-ids.ts'
import { type ConfigValue, formatConfigValue, validateConfigValue } from './config-value.ts'
import {
  brokerConfigDefinitions,
  type ConfigDefinition,
  type ConfigDefinitions,
  clientMetricsConfigDefinitions,
  groupConfigDefinitions,
  topicConfigDefinitions,
} from './definitions.ts'
import { effectiveTopicConfigs } from './topic-config.ts'

type Configs = ReadonlyMap<string, string>

/** A resource whose name has been checked (`describeConfigsProblem`), with the overrides that the metadata has for it. */
export type DescribedResource =
  /** `scope` 'broker': this broker, its id as the resource's name; 'default': all brokers, an empty name. */
  | { readonly type: 'BROKER'; readonly scope: 'broker' | 'default' }
  | { readonly type: 'TOPIC' | 'GROUP' | 'CLIENT_METRICS'; readonly overrides: Configs }
  /** Logger names and their levels. */
  | { readonly type: 'BROKER_LOGGER'; readonly levels: Configs }

export interface DescribeConfigsOptions {
  /** null or empty = all; names that do not exist are passed over, as Kafka does. */
  readonly configurationKeys: readonly string[] | null
  readonly includeSynonyms: boolean
  readonly includeDocumentation: boolean
}

/** One of `configs` in DescribeConfigsResponse, in its fields. */
export interface DescribedConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly synonyms: { readonly name: string; readonly value: string | null; readonly source: number }[]
  readonly configType: number
  readonly documentation: string | null
}

/** The rows of DescribeConfigs, by name; Kafka gives them in the order of a hash map. */
export function describeConfigs(
  config: BrokerConfig,
  resource: DescribedResource,
  options: DescribeConfigsOptions,
): DescribedConfig[] {
  const keys = options.configurationKeys ?? []
  const wanted = (name: string): boolean => keys.length === 0 || keys.includes(name)
  return rowsOf(config, resource, wanted)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((row) => ({
      name: row.name,
      value: row.isSensitive ? null : row.value,
      readOnly: row.readOnly,
      configSource: configSourceId[row.source ?? row.synonyms[0]?.source ?? 'DEFAULT_CONFIG'],
      isSensitive: row.isSensitive,
      synonyms: options.includeSynonyms ? row.synonyms.map((synonym) => onWire(synonym, row.isSensitive)) : [],
      configType: row.type === null ? configTypeId.UNKNOWN : configTypeId[row.type],
      documentation: options.includeDocumentation ? (row.definition?.documentation ?? null) : null,
    }))
}

interface Synonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

interface Row {
  readonly name: string
  readonly value: string | null
  readonly type: ConfigType | null
  readonly readOnly: boolean
  readonly isSensitive: boolean
  readonly synonyms: readonly Synonym[]
  /** Where it is not that of the first synonym. */
  readonly source?: ConfigSource
  readonly definition: ConfigDefinition | undefined
}

type Wanted = (name: string) => boolean

function rowsOf(config: BrokerConfig, resource: DescribedResource, wanted: Wanted): Row[] {
  switch (resource.type) {
    case 'BROKER':
      return resource.scope === 'broker' ? brokerRows(config, wanted) : brokerDefaultRows(config, wanted)
    case 'TOPIC':
      return topicRows(config, resource.overrides, wanted)
    case 'GROUP':
      return groupRows(config, resource.overrides, wanted)
    case 'CLIENT_METRICS':
      return clientMetricsRows(resource.overrides, wanted)
    case 'BROKER_LOGGER':
      return loggerRows(resource.levels, wanted)
  }
}

function brokerRows(config: BrokerConfig, wanted: Wanted): Row[] {
  const names = new Set(config.setNames())
  for (const definition of brokerConfigDefinitions().values()) {
    if (!definition.internal && !definition.dynamicOnly) names.add(definition.name)
  }
  return [...names].filter(wanted).map((name) => brokerRow(config, name, 'broker'))
}

/** Only what has been set for all brokers. */
function brokerDefaultRows(config: BrokerConfig, wanted: Wanted): Row[] {
  return [...config.dynamic('default').keys()].filter(wanted).map((name) => brokerRow(config, name, 'default'))
}

function brokerRow(config: BrokerConfig, name: string, scope: 'broker' | 'default'): Row {
  const definition = brokerConfigDefinitions().get(name)
  const type = definition?.type ?? brokerConfigDefinitions().get(baseOfListenerConfig(name) ?? '')?.type ?? null
  const { value, synonyms } = config.effective(name)
  return {
    name,
    value: scope === 'broker' ? value : (config.dynamic('default').get(name) ?? null),
    type,
    // Kafka calls throttles read-only although they can be changed: they are not in its list of dynamic configs.
    readOnly: definition === undefined || definition.dynamic === 'read-only' || definition.dynamicOnly,
    isSensitive: type === null || type === 'PASSWORD',
    synonyms:
      scope === 'broker' ? synonyms : synonyms.filter(({ source }) => source === 'DYNAMIC_DEFAULT_BROKER_CONFIG'),
    definition,
  }
}

function topicRows(config: BrokerConfig, overrides: Configs, wanted: Wanted): Row[] {
  const effective = effectiveTopicConfigs(config, overrides)
  return shown(topicConfigDefinitions(), overrides, wanted).map((definition) => {
    const { name } = definition
    const value = format(definition, effective.get(name) ?? null)
    const brokerName = definition.brokerConfigs[0]?.name
    const synonyms: Synonym[] = brokerName === undefined ? [] : [...config.synonymsOf(brokerName)]
    if (overrides.has(name)) synonyms.unshift({ name, value, source: 'DYNAMIC_TOPIC_CONFIG' })
    return { ...rowOf(definition), value, synonyms }
  })
}

function groupRows(config: BrokerConfig, overrides: Configs, wanted: Wanted): Row[] {
  return shown(groupConfigDefinitions(), overrides, wanted).map((definition) => {
    const { name } = definition
    const value = format(definition, groupValue(config, definition, overrides))
    const source = overrides.has(name) ? 'GROUP_CONFIG' : 'DEFAULT_CONFIG'
    return { ...rowOf(definition), value, synonyms: [{ name, value, source }] }
  })
}

function clientMetricsRows(overrides: Configs, wanted: Wanted): Row[] {
  return shown(clientMetricsConfigDefinitions(), overrides, wanted).map((definition) => {
    const { name } = definition
    const value = format(definition, parsedOrDefault(definition, overrides.get(name)))
    const synonyms: Synonym[] = overrides.has(name) ? [{ name, value, source: 'CLIENT_METRICS_CONFIG' }] : []
    return { ...rowOf(definition), value, synonyms }
  })
}

function loggerRows(levels: Configs, wanted: Wanted): Row[] {
  return [...levels]
    .filter(([name]) => wanted(name))
    .map(([name, value]) => ({
      name,
      value,
      type: null,
      readOnly: false,
      isSensitive: false,
      synonyms: [],
      source: 'DYNAMIC_BROKER_LOGGER_CONFIG',
      definition: undefined,
    }))
}

function shown(definitions: ConfigDefinitions, overrides: Configs, wanted: Wanted): ConfigDefinition[] {
  return [...definitions.values()].filter(({ name, internal }) => wanted(name) && (!internal || overrides.has(name)))
}

function rowOf(definition: ConfigDefinition): Omit<Row, 'value' | 'synonyms'> {
  return {
    name: definition.name,
    type: definition.type,
    readOnly: false,
    isSensitive: definition.sensitive,
    definition,
  }
}

/** A group's value: its own, else the broker's `group.…` config of the same meaning, else the default. */
export function groupValue(config: BrokerConfig, definition: ConfigDefinition, overrides: Configs): ConfigValue | null {
  const brokerName = definition.brokerConfigs[0]?.name
  if (overrides.has(definition.name) || brokerName === undefined) {
    return parsedOrDefault(definition, overrides.get(definition.name))
  }
  return config.get(brokerName)
}

function parsedOrDefault(definition: ConfigDefinition, override: string | undefined): ConfigValue | null {
  const result = validateConfigValue(definition, override ?? definition.defaultValue)
  return result.ok ? result.parsed : null
}

function format(definition: ConfigDefinition, value: ConfigValue | null): string | null {
  return value === null ? null : formatConfigValue(definition.type, value)
}

function onWire(synonym: Synonym, isSensitive: boolean): DescribedConfig['synonyms'][number] {
  return {
    name: synonym.name,
    value: isSensitive ? null : synonym.value,
    source: configSourceId[synonym.source],
  }
}
