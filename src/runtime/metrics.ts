import type { Group, ShardCoordinator } from '../coordinator/index.ts'

/** The groups of a coordinator, counted. */
export interface GroupMetrics {
  /** Groups and their members that agree in all three. */
  readonly groups: readonly GroupCount[]
  readonly committedOffsets: number
  /** Groups of a shard that is loading answer COORDINATOR_LOAD_IN_PROGRESS. */
  readonly shards: { readonly count: number; readonly loading: number }
}

export interface GroupCount {
  readonly protocol: Group['type']
  /** 'consumer', 'connect', '' of groups that only have offsets; all others, which clients may invent, are 'other'. */
  readonly protocolType: string
  /** As Kafka prints it: 'Stable'. */
  readonly state: string
  readonly groups: number
  readonly members: number
}

/** So few, that clients cannot make up label values without end. */
const PROTOCOL_TYPES: ReadonlySet<string> = new Set(['', 'consumer', 'connect', 'sr'])

export function countGroups(
  coordinators: Iterable<ShardCoordinator>,
): Pick<GroupMetrics, 'groups' | 'committedOffsets'> {
  const counts = new Map<string, { -readonly [K in keyof GroupCount]: GroupCount[K] }>()
  let committedOffsets = 0
  for (const coordinator of coordinators) {
    committedOffsets += coordinator.offsets.size
    for (const group of coordinator.groups.values()) {
      const { type: protocol, state, memberCount } = group
      const protocolType = PROTOCOL_TYPES.has(group.protocolType ?? '') ? (group.protocolType ?? '') : 'other'
      const key = `${protocol}:${protocolType}:${state}`
      let count = counts.get(key)
      if (count === undefined) {
        count = { protocol, protocolType, state, groups: 0, members: 0 }
        counts.set(key, count)
      }
      count.groups++
      count.members += memberCount
    }
  }
  return { groups: [...counts.values()], committedOffsets }
}
