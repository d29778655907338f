/** Kinds of resources that have configs, with their ids on the wire (Kafka's ConfigResource.Type). */
export const configResourceTypeId = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const
export type ConfigResourceType = keyof typeof configResourceTypeId

/** undefined for an id that Kafka 4.2 does not know. */
export function configResourceTypeOf(id: number): ConfigResourceType | undefined {
  return typeNames.find((name) => configResourceTypeId[name] === id)
}

const typeNames = Object.keys(configResourceTypeId) as ConfigResourceType[]

/** Where a value comes from, with its id on the wire (Kafka's DescribeConfigsResponse.ConfigSource). */
export const configSourceId = {
  DYNAMIC_TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
  DYNAMIC_BROKER_LOGGER_CONFIG: 6,
  CLIENT_METRICS_CONFIG: 7,
  GROUP_CONFIG: 8,
} as const
export type ConfigSource = keyof typeof configSourceId

/** Type of a value, with its id on the wire (Kafka's DescribeConfigsResponse.ConfigType, KIP-569). */
export const configTypeId = {
  UNKNOWN: 0,
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
} as const
export type ConfigType = Exclude<keyof typeof configTypeId, 'UNKNOWN'>
