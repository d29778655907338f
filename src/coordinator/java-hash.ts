/** Java's `String.hashCode`: which shard a group belongs to depends on it, and some orders of Kafka's. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** Shard of a group: the partition of `__consumer_offsets` that holds its records. Kafka: Utils.abs(hashCode) % partitions. */
export function shardOfGroup(groupId: string, shardCount: number): number {
  const hash = javaHashCode(groupId)
  // Kafka's Utils.abs turns the one number without an opposite into 0.
  return (hash === -2147483648 ? 0 : Math.abs(hash)) % shardCount
}

/** The order in which a java.util.HashMap of these distinct keys iterates (before its bins become trees). */
export function javaHashOrder(keys: readonly string[]): readonly string[] {
  let buckets = 16
  while (keys.length > buckets * 0.75) buckets *= 2
  const bucketOf = (key: string): number => {
    const hash = javaHashCode(key)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return [...keys].sort((a, b) => bucketOf(a) - bucketOf(b))
}
