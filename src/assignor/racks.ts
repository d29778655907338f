import type { AssignmentInput } from './types.ts'

/** The racks of a topic's partitions; of a partition of which nothing is known, none. */
export function racksOfTopic(input: AssignmentInput, topic: string): readonly ReadonlySet<string>[] {
  const known = input.racksByTopic?.get(topic)
  return Array.from({ length: input.partitionsByTopic.get(topic) ?? 0 }, (_, partition) => new Set(known?.[partition]))
}

/**
 * Whether an assignor has to look at racks at all: some member is in the rack of some replica, and not every partition has replicas in all of these racks,
 * which would make all choices equal (Kafka's AbstractPartitionAssignor).
 */
export function racksMatter(memberRacks: ReadonlySet<string>, partitions: readonly ReadonlySet<string>[]): boolean {
  if (memberRacks.size === 0) return false
  const all = new Set<string>()
  for (const racks of partitions) for (const rack of racks) all.add(rack)
  if (![...memberRacks].some((rack) => all.has(rack))) return false
  return partitions.some((racks) => racks.size !== all.size)
}
