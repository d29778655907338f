import type { BrokerConfig } from './broker-config.ts'
import { validateConfigValue } from './config-value.ts'
import { topicConfigDefinitions } from './definitions.ts'
import { type ConfigProblem, invalidConfig } from './resource-names.ts'
import { effectiveTopicConfigs } from './topic-config.ts'

/** What is wrong with a topic's overrides, each alone and together with the broker's defaults; Kafka's LogConfig.validate. */
export function topicConfigsProblem(
  config: BrokerConfig,
  overrides: ReadonlyMap<string, string>,
): ConfigProblem | undefined {
  const definitions = topicConfigDefinitions()
  for (const name of overrides.keys()) {
    if (!definitions.has(name)) return invalidConfig(`Unknown topic config name: ${name}`)
  }
  for (const [name, value] of overrides) {
    const result = validateConfigValue(definitions.get(name)!, value)
    if (!result.ok) return invalidConfig(result.message)
  }
  const effective = effectiveTopicConfigs(config, overrides)
  const min = effective.get('min.compaction.lag.ms') as bigint
  const max = effective.get('max.compaction.lag.ms') as bigint
  if (min > max) {
    const conflict = `min.compaction.lag.ms (${min}) > max.compaction.lag.ms (${max})`
    return invalidConfig(`conflict topic config setting ${conflict}`)
  }
  if (effective.get('remote.storage.enable') === true) {
    const why = 'Topic cannot be configured with remote log storage.'
    return invalidConfig(`Tiered Storage functionality is disabled in the broker. ${why}`)
  }
  return undefined
}
