import { BrokerConfig, baseOfListenerConfig } from './broker-config.ts'
import { mergedConfigsProblem } from './broker-problems.ts'
import { validateConfigValue } from './config-value.ts'
import { brokerConfigDefinitions, type ConfigDefinition, topicConfigDefinitions } from './definitions.ts'
import { nearestConfigName } from './nearest-name.ts'

export interface ClassifiedProperties {
  /** Honoured and ignored ones: what `BrokerConfig` takes as `static`. */
  readonly configs: ReadonlyMap<string, string>
  /** Names that kohort goes by. */
  readonly honoured: readonly string[]
  /** Names that Kafka knows but that mean nothing on one kohort node: to be named once, so that nobody relies on them. */
  readonly ignored: readonly string[]
  /** Each a sentence for people; when there is one, do not start. */
  readonly problems: readonly string[]
}

/**
 * Sorts the keys of a server.properties, of `--set` and of the environment (`configsOfEnvironment`) into those that kohort
 * honours, those that it ignores, and mistakes: names that Kafka does not have and values that it would refuse.
 */
export function classifyServerProperties(properties: ReadonlyMap<string, string>): ClassifiedProperties {
  const honoured: string[] = []
  const ignored: string[] = []
  const problems: string[] = []
  const configs = new Map<string, string>()
  for (const [name, value] of properties) {
    const definition = definitionOf(name)
    if (definition === undefined && !authorizerConfigs.includes(name)) {
      problems.push(unknownName(name))
      continue
    }
    const result = definition === undefined ? undefined : validateConfigValue({ ...definition, name }, value)
    if (result?.ok === false) {
      problems.push(`${result.message}.`)
      continue
    }
    configs.set(name, value)
    if (definition?.effect === 'honoured' && definition.name === name) honoured.push(name)
    else ignored.push(name)
  }
  if (problems.length === 0) {
    const problem = mergedConfigsProblem(new BrokerConfig({ static: configs }), withBothIds(configs))
    if (problem !== undefined) problems.push(`${problem.replace('requirement failed: ', '').replace(/\.$/, '')}.`)
  }
  return { configs, honoured, ignored, problems }
}

/** Kafka's own authorizer reads these; they are in no ConfigDef. */
const authorizerConfigs = ['super.users', 'allow.everyone.if.no.acl.found']

function definitionOf(name: string): ConfigDefinition | undefined {
  const definitions = brokerConfigDefinitions()
  return definitions.get(name) ?? definitions.get(baseOfListenerConfig(name) ?? '')
}

function unknownName(name: string): string {
  const broker = topicConfigDefinitions().get(name)?.brokerConfigs[0]?.name
  if (broker !== undefined) return `${name} is a config of topics; the broker's default for it is ${broker}.`
  const nearest = nearestConfigName(name, brokerConfigDefinitions().keys())
  return nearest === undefined
    ? `Apache Kafka 4.2 has no broker config ${name}.`
    : `Apache Kafka 4.2 has no broker config ${name}; did you mean ${nearest}?`
}

function withBothIds(configs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new BrokerConfig({ static: configs }).static
}

/**
 * Broker configs in the environment: `KOHORT_LOG_RETENTION_MS=…` is `log.retention.ms`. Variables that Kubernetes sets for
 * a service named kohort (`KOHORT_SERVICE_HOST`, `KOHORT_PORT_9092_TCP`) are passed over.
 * @param reserved variables that are command-line options or something else: `KOHORT_DATA_DIR`
 */
export function configsOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  reserved: readonly string[],
): Map<string, string> {
  const configs = new Map<string, string>()
  for (const [variable, value] of Object.entries(environment)) {
    if (value === undefined || !variable.startsWith('KOHORT_')) continue
    if (reserved.includes(variable) || ofKubernetes.test(variable)) continue
    configs.set(variable.slice('KOHORT_'.length).toLowerCase().replaceAll('_', '.'), value)
  }
  return configs
}

const ofKubernetes =
  /^KOHORT_(?:.*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_.*)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_PROTO|_PORT|_ADDR)?)?)$/
