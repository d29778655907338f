import type { TopicPartition } from '../../assignor/index.ts'
import type { Admin, KafkaError } from '../../client/index.ts'
import type { Call } from './admin-calls.ts'
import { hashMapOrder, javaHashCode, javaText } from './java.ts'
import { parseTopicPartitions } from './reset-offsets.ts'
import { out, padded, printError, widest } from './tool-output.ts'

/** `--delete` */
export async function deleteGroups(admin: Admin, groupIds: readonly string[], call: Call): Promise<void> {
  const ids = [...new Set(groupIds)]
  const { failures } = await admin.deleteGroups(ids, { ...call, partial: true })
  const deleted = hashMapOrder(
    ids.filter((groupId) => !failures.has(groupId)),
    javaHashCode,
  )
  const names = deleted.map((groupId) => `'${groupId}'`).join(', ')
  if (failures.size === 0) {
    out(`Deletion of requested consumer groups (${names}) was successful.\n`)
    return
  }
  printError('Deletion of some consumer groups failed:')
  for (const groupId of hashMapOrder([...failures.keys()], javaHashCode)) {
    out(`* Group '${groupId}' could not be deleted due to: ${javaText(failures.get(groupId)!)}\n`)
  }
  if (deleted.length > 0) out(`\nThese consumer groups were deleted successfully: ${names}\n`)
}

/** `--delete-offsets` */
export async function deleteOffsets(
  admin: Admin,
  groupId: string,
  topicTexts: readonly string[],
  call: Call,
): Promise<void> {
  const named = topicTexts.filter((text) => text.includes(':')).flatMap(parseTopicPartitions)
  const topics = await admin.describeTopics(
    topicTexts.filter((text) => !text.includes(':')),
    { ...call, partial: true },
  )
  const partitions = new Map<string, TopicPartition>()
  for (const one of named) partitions.set(`${one.topic}-${one.partition}`, one)
  for (const { name, partitions: described } of topics.values()) {
    for (const { partition } of described) partitions.set(`${name}-${partition}`, { topic: name, partition })
  }
  const { failures } = await admin.deleteGroupOffsets(groupId, [...partitions.values()], { ...call, partial: true })
  const [first] = failures.values()
  printOutcome(groupId, first)
  const rows = [
    ...Array.from(topics.failures, ([topic, error]) => ({
      topic,
      partition: -1,
      error: error as KafkaError | undefined,
    })),
    ...Array.from(partitions, ([key, one]) => ({ ...one, error: failures.get(key) })),
  ].sort((a, b) => (a.topic + a.partition < b.topic + b.partition ? -1 : 1))
  const widths = [
    widest(
      15,
      rows.map(({ topic }) => topic),
    ),
    10,
    15,
  ]
  out(`\n${padded(['TOPIC', 'PARTITION', 'STATUS'], widths)}`)
  for (const { topic, partition, error } of rows) {
    const status = error === undefined ? 'Successful' : `Error: ${javaText(error)}`
    out(`\n${padded([topic, partition >= 0 ? partition : '-', status], widths)}`)
  }
  out('\n')
}

function printOutcome(groupId: string, error: KafkaError | undefined): void {
  switch (error?.code) {
    case undefined:
      out(`Request succeeded for deleting offsets from group ${groupId}.\n`)
      return
    case 'INVALID_GROUP_ID':
    case 'GROUP_ID_NOT_FOUND':
    case 'GROUP_AUTHORIZATION_FAILED':
    case 'NON_EMPTY_GROUP':
      return printError(error!.message)
    case 'GROUP_SUBSCRIBED_TO_TOPIC':
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return printError('Encountered some partition-level error, see the follow-up details.')
    default:
      return printError(`Encountered some unknown error: ${error!.code}`)
  }
}
