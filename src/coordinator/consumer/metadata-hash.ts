import type { TopicImage } from '../commands.ts'

/**
 * What a group has seen of its topics, in one number: ids and partition counts of those that exist. A group whose number changes rebalances.
 * Not Kafka's function (XXH3): a log that was Kafka's costs each group one rebalance, as a new rack would.
 */
export function metadataHash(topicNames: Iterable<string>, topics: TopicImage): bigint {
  // Sums, so that the order of topics does not matter; two of them make 64 bits.
  let high = 0
  let low = 0
  let count = 0
  for (const name of topicNames) {
    const partitionCount = topics.partitionCount(name)
    if (partitionCount === undefined) continue
    const text = `${topics.topicId(name) ?? name}:${partitionCount}`
    high = (high + hash(text, 0x9e3779b1)) | 0
    low = (low + hash(text, 0x85ebca6b)) | 0
    count++
  }
  if (count === 0) return 0n
  return BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0))
}

/** Multiply and mix, as murmur does. */
function hash(text: string, seed: number): number {
  let value = seed | 0
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x5bd1e995) ^ (value >>> 13)
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d)
  return Math.imul(value ^ (value >>> 12), 0x297a2d39) ^ (value >>> 15)
}
