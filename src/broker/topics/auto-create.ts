import type { ErrorName } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { METADATA_TOPIC } from '../metadata/metadata-log.ts'
import { PARTITIONS_PER_REQUEST_MAX, tooManyPartitions } from './limits.ts'
import { ensureOffsetsTopic } from './offsets-topic.ts'
import { collidingTopic, foldTopicName, isInternalTopic, OFFSETS_TOPIC } from './topic-name.ts'

/**
 * Creates topics that a Metadata request names, with the broker's defaults.
 * @param names valid ones, of topics that did not exist a moment ago.
 * @returns an error for each that does not exist afterwards.
 */
export async function autoCreateTopics(
  names: readonly string[],
  broker: Broker,
): Promise<ReadonlyMap<string, ErrorName>> {
  const partitionCount = broker.config.values.numPartitions
  const { topicsByName } = broker.metadata.image
  const folded = new Set<string>()
  const failures = new Map<string, ErrorName>()
  if (tooManyPartitions(broker.metadata.image, names.length * partitionCount) !== undefined) {
    return new Map(names.map((name) => [name, 'POLICY_VIOLATION']))
  }
  // As many as one request may create; who named more asks again for the rest, as for every topic that is not there yet.
  const created = names.slice(0, Math.max(1, Math.floor(PARTITIONS_PER_REQUEST_MAX / partitionCount)))
  await Promise.all(
    created.map(async (name) => {
      // Looked for before the first await, in order: of two that collide in one request the first wins.
      const collides = collidingTopic(name, topicsByName) !== undefined || folded.has(foldTopicName(name))
      if (collides) {
        failures.set(name, 'INVALID_TOPIC_EXCEPTION')
        return
      }
      folded.add(foldTopicName(name))
      if (name === OFFSETS_TOPIC) {
        const errorCode = await ensureOffsetsTopic(broker)
        if (errorCode !== 'NONE') failures.set(name, errorCode)
        return
      }
      // What keeps state in the other internal topics is not there to create them; the metadata log is no topic.
      if (isInternalTopic(name) || name === METADATA_TOPIC) return
      const { errorCode } = await broker.metadata.createTopic({ name, partitionCount, configs: new Map() })
      if (errorCode !== 'NONE' && errorCode !== 'TOPIC_ALREADY_EXISTS') failures.set(name, errorCode)
      if (errorCode === 'NONE')
        broker.logger.info({ topic: name, partitionCount }, `topic ${name} created on first use`)
    }),
  )
  return failures
}
