import type { Admin, AdminCallOptions, ListedGroup } from '../../client/index.ts'

/** Which groups: all of what is given must hold; nothing given means every group. */
export interface GroupFilter {
  /** These, as far as they exist. */
  readonly groupIds?: readonly string[]
  readonly pattern?: RegExp
  /** 'Stable', 'Empty', ...; large and small letters are the same. */
  readonly states?: readonly string[]
  /** 'classic', 'consumer', 'share', 'streams'; large and small letters are the same. */
  readonly types?: readonly string[]
}

/**
 * Groups of all types that a filter lets through, by id. States and types are compared here rather than by the broker, so that filters work on
 * brokers that do not know them, as far as these tell (states since Kafka 2.6, types since 3.8).
 */
export async function listGroups(
  admin: Admin,
  filter: GroupFilter,
  options: Pick<AdminCallOptions, 'signal' | 'timeoutMs'> = {},
): Promise<readonly ListedGroup[]> {
  const groups = await admin.listGroups(options)
  return groups.filter((group) => isMeant(group, filter)).sort(byGroupId)
}

function isMeant({ groupId, state, type }: ListedGroup, { groupIds, pattern, states, types }: GroupFilter): boolean {
  if (groupIds !== undefined && !groupIds.includes(groupId)) return false
  if (pattern !== undefined && !pattern.test(groupId)) return false
  return isOneOf(state, states) && isOneOf(type, types)
}

function isOneOf(value: string | undefined, allowed: readonly string[] | undefined): boolean {
  if (allowed === undefined) return true
  return value !== undefined && allowed.some((one) => one.toLowerCase() === value.toLowerCase())
}

function byGroupId(a: ListedGroup, b: ListedGroup): number {
  return a.groupId < b.groupId ? -1 : a.groupId > b.groupId ? 1 : 0
}
