import type { KafkaError } from '../kafka-error.ts'
import { KafkaItemsError } from '../kafka-items-error.ts'
import { asClassic, asConsumer, asShare, asStreams, type DescribeWay } from './describe-ways.ts'
import { type AdminCallOptions, type AdminContext, byCoordinator, fanOut, Results } from './fan-out.ts'
import type { GroupDescription } from './group-description.ts'

/** How a group is described. The first two know nearly all groups. */
const ways: readonly DescribeWay[] = [asConsumer, asClassic, asShare, asStreams]

/**
 * Groups of all types, each by the API that knows it: what is asked by the wrong one looks dead. One that does not exist fails with
 * GROUP_ID_NOT_FOUND, also where an old broker would call it Dead.
 */
export async function describeGroups(
  context: AdminContext,
  groupIds: readonly string[],
  options: AdminCallOptions,
): Promise<Results<GroupDescription>> {
  const found = new Map<string, GroupDescription>()
  const failures = new Map<string, KafkaError>()
  let items = groupIds
  for (const ask of ways) {
    if (items.length === 0) break
    const part = await fanOut<string, GroupDescription>(
      context,
      {
        what: 'describing groups',
        items,
        ...byCoordinator<string>(context, String),
        ask: (one) => ask(context, one),
      },
      { ...options, partial: true },
    )
    for (const [groupId, description] of part) {
      found.set(groupId, description)
      failures.delete(groupId)
    }
    for (const [groupId, error] of part.failures) {
      const before = failures.get(groupId)
      // The first that knows no such group says most; an API that is not there says nothing.
      if (!isElsewhere(error) || before === undefined || before.code === 'UNSUPPORTED_VERSION')
        failures.set(groupId, error)
    }
    items = [...part.failures].filter(([, error]) => isElsewhere(error)).map(([groupId]) => groupId)
  }
  const values = groupIds.flatMap((groupId): [string, GroupDescription][] => {
    const value = found.get(groupId)
    return value === undefined ? [] : [[groupId, value]]
  })
  if (failures.size > 0 && options.partial !== true)
    throw new KafkaItemsError('describing groups', failures, new Map(values))
  return new Results(values, failures)
}

/** Another API may know it. */
function isElsewhere({ code }: KafkaError): boolean {
  return code === 'GROUP_ID_NOT_FOUND' || code === 'UNSUPPORTED_VERSION'
}
