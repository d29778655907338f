import { type Admin, type GroupDescription, KafkaError, type ListedGroup, Results } from '../../client/index.ts'
import { hashMapOrder, javaHashCode, javaText } from './java.ts'
import { ToolError } from './tool-output.ts'

/** What every call is given. */
export interface Call {
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/** Groups of consumers and those that only have offsets, in the order of Kafka's tools. */
export async function listConsumerGroups(
  admin: Admin,
  { signal, timeoutMs }: Call,
  filter: { readonly types?: readonly string[]; readonly states?: readonly string[] } = {},
): Promise<readonly ListedGroup[]> {
  const { types = [], states = [] } = filter
  const groups = await admin.listGroups({ signal, timeoutMs })
  const fitting = groups.filter(
    ({ protocolType, type = 'classic', state }) =>
      (protocolType === '' || protocolType === 'consumer') &&
      (types.length === 0 ? type === 'classic' || type === 'consumer' : types.includes(type)) &&
      (states.length === 0 || (state !== undefined && states.includes(state))),
  )
  return hashMapOrder(fitting, ({ groupId }) => javaHashCode(groupId))
}

/** Descriptions by group id, sorted by it. @throws ToolError for the first that cannot be described */
export async function describeConsumerGroups(
  admin: Admin,
  groupIds: readonly string[],
  { signal, timeoutMs }: Call,
): Promise<readonly GroupDescription[]> {
  const ids = [...new Set(groupIds)]
  const found = await describeThoseOfConsumers(admin, ids, { signal, timeoutMs })
  for (const groupId of hashMapOrder(ids, javaHashCode)) {
    const failure = found.failures.get(groupId)
    if (failure !== undefined) throw executionError(failure)
    const { protocolType } = found.get(groupId)!
    if (protocolType !== '' && protocolType !== 'consumer') {
      const sentence = `GroupId ${groupId} is not a consumer group (${protocolType}).`
      const text = `java.lang.IllegalArgumentException: ${sentence}`
      throw new ToolError(text, [`java.util.concurrent.ExecutionException: ${text}`, `Caused by: ${text}`])
    }
  }
  return [...found.values()].sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
}

/** Groups of consumers; for Kafka's tool others do not exist. */
export async function describeThoseOfConsumers(
  admin: Admin,
  groupIds: readonly string[],
  call: Call,
): Promise<Results<GroupDescription>> {
  const found = await admin.describeGroups(groupIds, { ...call, partial: true })
  const others = [...found.values()].filter(({ type }) => type === 'share' || type === 'streams')
  const failures = others.map(({ groupId }): [string, KafkaError] => {
    return [groupId, new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`)]
  })
  const known = [...found].filter(([, group]) => !others.includes(group))
  return new Results(known, new Map([...found.failures, ...failures]))
}

/** An error of a future, as Java wraps it. */
export function executionError(error: KafkaError): ToolError {
  const text = javaText(error)
  return new ToolError(text, [`java.util.concurrent.ExecutionException: ${text}`, `Caused by: ${text}`])
}

/** An error of Kafka's own, as Java throws it. */
export function kafkaError(error: KafkaError): ToolError {
  return new ToolError(error.message, [javaText(error)])
}
