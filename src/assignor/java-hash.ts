/** Java's `String.hashCode`: which shard a group belongs to depends on it, and some orders of Kafka's. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** `org.apache.kafka.common.Uuid.hashCode` of a UUID in Kafka's base64url form. */
export function javaUuidHashCode(uuid: string): number {
  const bytes = Buffer.from(uuid, 'base64url')
  return bytes.readInt32BE(0) ^ bytes.readInt32BE(4) ^ bytes.readInt32BE(8) ^ bytes.readInt32BE(12)
}

/**
 * The order in which a java.util.HashMap of these distinct keys iterates (before its bins become trees).
 * @param copied the map was made as a copy of another collection, which gives it room for one more than it needs.
 */
export function javaHashOrder(
  keys: readonly string[],
  hashCode: (key: string) => number = javaHashCode,
  copied = false,
): readonly string[] {
  if (keys.length < 2) return keys
  let buckets = 16
  while (copied ? Math.trunc(keys.length / 0.75) + 1 > buckets : keys.length > buckets * 0.75) buckets *= 2
  const bucketed = keys.map((key) => {
    const hash = hashCode(key)
    return { key, bucket: (hash ^ (hash >>> 16)) & (buckets - 1) }
  })
  return bucketed.sort((a, b) => a.bucket - b.bucket).map(({ key }) => key)
}

/** The order in which a java.util.HashSet iterates that is a copy of these distinct numbers: ascending, unless it has gaps. */
export function javaIntSetOrder(numbers: readonly number[]): readonly number[] {
  let buckets = 16
  while (Math.trunc(numbers.length / 0.75) + 1 > buckets) buckets *= 2
  if ((numbers.at(-1) ?? 0) < buckets) return numbers
  const bucketOf = (number: number): number => (number ^ (number >>> 16)) & (buckets - 1)
  return [...numbers].sort((a, b) => bucketOf(a) - bucketOf(b))
}
