import type { Broker } from '../broker.ts'
import { newTopicConfigs } from '../configs/index.ts'
import { BrokerStartError } from '../start-error.ts'
import { PARTITIONS_PER_REQUEST_MAX } from './limits.ts'
import { collidingTopic, isInternalTopic, topicNameProblem } from './topic-name.ts'

export interface TopicAtStart {
  readonly name: string
  readonly partitions: number
  /** Overrides, in Kafka's names. */
  readonly configs?: Readonly<Record<string, string>>
}

/** Creates the topics that a start asks for. One that exists is left as it is, and a word said when its partition count differs. */
export async function createTopicsAtStart(topics: readonly TopicAtStart[], broker: Broker): Promise<void> {
  for (const { name, partitions, configs = {} } of topics) {
    const existing = broker.metadata.image.topicsByName.get(name)
    if (existing !== undefined) {
      if (existing.partitionCount !== partitions) {
        const message = `topic ${name} exists with ${existing.partitionCount} partitions, not ${partitions}; it is left as it is`
        broker.logger.warn({ topic: name, partitions: existing.partitionCount }, message)
      }
      continue
    }
    const problem = topicProblem(name, partitions, broker)
    if (problem !== undefined) throw new BrokerStartError('bad-config', problem)
    const rows = Object.entries(configs).map(([config, value]) => ({ name: config, value }))
    const checked = newTopicConfigs(broker.config, rows)
    if (!checked.ok) throw new BrokerStartError('bad-config', `Topic ${name}: ${checked.message}.`)
    const result = await broker.metadata.createTopic({ name, partitionCount: partitions, configs: checked.overrides })
    if (result.errorCode !== 'NONE') {
      throw new BrokerStartError('storage', `Topic ${name} could not be created: ${result.message}`)
    }
  }
}

function topicProblem(name: string, partitions: number, broker: Broker): string | undefined {
  const problem = topicNameProblem(name)
  if (problem !== undefined) return `${problem}.`
  if (isInternalTopic(name)) return `Topic ${name} is internal: it comes by itself.`
  const collision = collidingTopic(name, broker.metadata.image.topicsByName)
  if (collision !== undefined) return `Topic '${name}' collides with existing topic: ${collision}.`
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_PER_REQUEST_MAX) return undefined
  return `Topic ${name} must have between 1 and ${PARTITIONS_PER_REQUEST_MAX} partitions, not ${partitions}.`
}
