import type { Admin, AdminCallOptions, GroupDescription, GroupMemberDescription } from '../../client/index.ts'
import { Results } from '../../client/index.ts'
import type { PartitionLag } from '../lag/index.ts'
import { readLagOfGroups } from './lag-of-groups.ts'

/** A partition of a group. */
export interface GroupPartition extends PartitionLag {
  /** Who has it; undefined where nobody has. In a share group one of several. */
  readonly member: GroupMemberDescription | undefined
  /** How many members have it: more than one only in a share group. */
  readonly members: number
}

/** What is behind, in all partitions of which it is known. */
export interface LagTotals {
  /** Sum; undefined where of no partition a lag is known. */
  readonly lag: bigint | undefined
  readonly maxLag: bigint | undefined
  /** Offsets that were deleted before the group had read them. */
  readonly lostOffsets: bigint
  readonly partitions: number
  /** Partitions whose lag is not in the sum: never committed, gone, behind the end of their log, not to be told. */
  readonly unknownPartitions: number
}

/** A group of any type: what its coordinator says of it, where it is in its partitions, and who has them. */
export interface GroupReport extends GroupDescription {
  /** Wall clock, in ms: when its offsets had been read. */
  readonly atMs: number
  /** By topic and partition: what has a committed offset, and what a member has. */
  readonly partitions: readonly GroupPartition[]
  readonly totals: LagTotals
}

/**
 * Reports of groups: described first, then their lag in one view. A group that does not exist fails with GROUP_ID_NOT_FOUND.
 * @param options.includesTopic other topics are left out
 */
export async function readGroupReports(
  admin: Admin,
  groupIds: readonly string[],
  options: Pick<AdminCallOptions, 'signal' | 'timeoutMs'> & {
    readonly includesTopic?: ((topic: string) => boolean) | undefined
  } = {},
): Promise<Results<GroupReport>> {
  const { signal, timeoutMs } = options
  const groups = await admin.describeGroups(groupIds, { signal, timeoutMs, partial: true })
  const described = [...groups.values()]
  const lags = await readLagOfGroups(admin, described, options)
  const reports = described.flatMap((group): [string, GroupReport][] => {
    const lag = lags.get(group.groupId)
    return lag === undefined ? [] : [[group.groupId, groupReport(group, lag)]]
  })
  return new Results(reports, new Map([...groups.failures, ...lags.failures]))
}

/** Joins a description and a lag of the same group. */
export function groupReport(
  group: GroupDescription,
  { atMs, partitions }: { readonly atMs: number; readonly partitions: readonly PartitionLag[] },
): GroupReport {
  const owners = new Map<string, { readonly member: GroupMemberDescription; members: number }>()
  for (const member of group.members) {
    for (const { topic, partition } of member.assignment) {
      const known = owners.get(`${topic}-${partition}`)
      if (known === undefined) owners.set(`${topic}-${partition}`, { member, members: 1 })
      else known.members++
    }
  }
  const joined = partitions.map((one): GroupPartition => {
    const { member, members = 0 } = owners.get(`${one.topic}-${one.partition}`) ?? {}
    return { ...one, member, members }
  })
  return { ...group, atMs, partitions: joined, totals: lagTotals(partitions) }
}

/** What partitions are behind in all. */
export function lagTotals(partitions: readonly PartitionLag[]): LagTotals {
  const lags = partitions.flatMap(({ lag }) => (lag === undefined ? [] : [lag]))
  return {
    lag: lags.length === 0 ? undefined : lags.reduce((sum, lag) => sum + lag, 0n),
    maxLag: lags.length === 0 ? undefined : lags.reduce((max, lag) => (lag > max ? lag : max)),
    lostOffsets: partitions.reduce((sum, { lostOffsets = 0n }) => sum + lostOffsets, 0n),
    partitions: partitions.length,
    unknownPartitions: partitions.length - lags.length,
  }
}
