/** The parts of requests and answers that say whose they are, whatever the API. */
interface Parts {
  readonly groupId?: string
  readonly groups?: readonly (string | { readonly groupId?: string })[]
  readonly groupsNames?: readonly string[]
  readonly key?: string
  readonly keyType?: number
  readonly coordinatorKeys?: readonly string[]
  readonly memberId?: string
  readonly groupInstanceId?: string | null
  readonly instanceId?: string | null
  readonly members?: readonly { readonly memberId?: string; readonly groupInstanceId?: string | null }[]
}

/** The groups that a request is about. */
export function groupsOf(request: unknown): readonly string[] {
  const { groupId, groups = [], groupsNames = [], key, keyType = 0, coordinatorKeys = [] } = request as Parts
  const named = groups.map((group) => (typeof group === 'string' ? group : (group.groupId ?? '')))
  const asked = keyType === 0 ? [...coordinatorKeys, ...(key === undefined || key === '' ? [] : [key])] : []
  return [...(groupId === undefined ? [] : [groupId]), ...named, ...groupsNames, ...asked]
}

/** Member and instance ids that a request names. */
export function memberNamesOf(request: unknown): readonly string[] {
  const { memberId, groupInstanceId, instanceId, members = [] } = request as Parts
  const names = [memberId, groupInstanceId, instanceId]
  for (const member of members) names.push(member.memberId, member.groupInstanceId)
  return names.filter((name): name is string => name !== undefined && name !== null && name !== '')
}

/** The member that a request, or the answer to it, is from. */
export function memberIdOf(request: unknown, response: unknown): string | undefined {
  const told = (response as Parts | undefined)?.memberId
  const said = (request as Parts).memberId
  return told !== undefined && told !== '' ? told : said === '' ? undefined : said
}
