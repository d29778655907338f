export {
  type AlterConfigOperation,
  type AlterConfigsResult,
  type AlteredResource,
  alterConfigOpId,
  alterConfigs,
  newTopicConfigs,
  replaceConfigs,
} from './alter-configs.ts'
export { BrokerConfig } from './broker-config.ts'
export type { BrokerValues } from './broker-values.ts'
export { type ConfigResourceType, configResourceTypeId, configResourceTypeOf } from './config-ids.ts'
export { validateConfigValue } from './config-value.ts'
export {
  brokerConfigDefinitions,
  type ConfigDefinition,
  type ConfigDefinitions,
  type ConfigValidator,
  clientMetricsConfigDefinitions,
  groupConfigDefinitions,
  topicConfigDefinitions,
} from './definitions.ts'
export { type DescribedResource, describeConfigs } from './describe-configs.ts'
export { kohortDefaults } from './kohort-defaults.ts'
export { parseListeners } from './listeners.ts'
export { alterLoggerLevels } from './logger-levels.ts'
export { nearestConfigName } from './nearest-name.ts'
export { parseProperties } from './properties.ts'
export { type ConfigProblem, resourceNameProblem } from './resource-names.ts'
export { type ClassifiedProperties, classifyServerProperties, configsOfEnvironment } from './server-properties.ts'
export type { TopicConfig } from './topic-config.ts'
