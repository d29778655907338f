import { javaHashCode } from '../assignor/index.ts'

/** Shard of a group: the partition of `__consumer_offsets` that holds its records. Kafka: Utils.abs(hashCode) % partitions. */
export function shardOfGroup(groupId: string, shardCount: number): number {
  const hash = javaHashCode(groupId)
  // Kafka's Utils.abs turns the one number without an opposite into 0.
  return (hash === -2147483648 ? 0 : Math.abs(hash)) % shardCount
}
