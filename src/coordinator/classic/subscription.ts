import { consumerProtocolSubscription, WireError } from '../../wire/index.ts'

/** The protocol type of consumers; Connect and others have their own, whose metadata nobody but they can read. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer'

/**
 * All topics that the members subscribe to, or undefined when one's metadata cannot be read. Version 0 is a prefix of all
 * later versions, so the coordinator depends on none of them (as in Kafka).
 */
export function subscribedTopicsOf(metadatas: readonly Buffer[]): ReadonlySet<string> | undefined {
  const topics = new Set<string>()
  for (const metadata of metadatas) {
    try {
      if (metadata.length < 2 || metadata.readInt16BE(0) < 0) return undefined
      const subscription = consumerProtocolSubscription.decodePrefix(metadata.subarray(2), 0)
      for (const topic of subscription.topics) topics.add(topic)
    } catch (error) {
      if (error instanceof WireError) return undefined
      throw error
    }
  }
  return topics
}
