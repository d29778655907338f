/**
 * What is wrong with a partition's manually chosen replicas when `nodeId` is the only broker, in Kafka's words and in the order in which it
 * looks (ReplicationControlManager.validateManualPartitionAssignment), or undefined.
 */
export function replicasProblem(brokerIds: readonly number[], nodeId: number): string | undefined {
  if (brokerIds.length === 0) return 'The manual partition assignment includes an empty replica list.'
  let previous: number | undefined
  for (const brokerId of brokerIds.toSorted((a, b) => a - b)) {
    if (brokerId !== nodeId) {
      return `The manual partition assignment includes broker ${brokerId}, but no such broker is registered.`
    }
    if (brokerId === previous) return `The manual partition assignment includes the broker ${brokerId} more than once.`
    previous = brokerId
  }
  return undefined
}
