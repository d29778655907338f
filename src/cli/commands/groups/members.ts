import { Command } from 'commander'
import type { GroupDescription, GroupMemberDescription } from '../../../client/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { reportFailures } from '../../failures.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'
import { partitionsText } from '../../partitions-text.ts'
import { addGroupSelection, type GroupSelectionOptions, selectGroups } from './options.ts'

type Options = ConnectOptions & OutputOptions & GroupSelectionOptions

export function groupMembersCommand(): Command {
  return addConnectOptions(addOutputOption(addGroupSelection(new Command()))).action(members)
}

interface Row extends GroupMemberDescription {
  readonly groupId: string
}

const columns: readonly Column<Row>[] = [
  { key: 'groupId', head: 'GROUP', value: ({ groupId }) => groupId },
  { key: 'memberId', head: 'CONSUMER-ID', value: ({ memberId }) => memberId, canShrink: true },
  { key: 'groupInstanceId', head: 'INSTANCE-ID', value: ({ groupInstanceId }) => groupInstanceId },
  { key: 'host', value: ({ host }) => host },
  { key: 'clientId', value: ({ clientId }) => clientId, canShrink: true },
  { key: 'memberEpoch', head: 'EPOCH', value: ({ memberEpoch }) => memberEpoch },
  { key: 'partitionCount', head: '#PARTITIONS', value: ({ assignment }) => assignment.length },
  { key: 'assignment', value: ({ assignment }) => partitionsText(assignment), canShrink: true },
  {
    key: 'targetAssignment',
    head: 'TARGET',
    value: ({ targetAssignment }) => targetAssignment && partitionsText(targetAssignment),
    style: () => 'yellow',
  },
  { key: 'subscribedTopics', head: null, value: ({ subscribedTopics }) => subscribedTopics },
  { key: 'subscribedTopicRegex', head: null, value: ({ subscribedTopicRegex }) => subscribedTopicRegex },
  { key: 'rackId', head: null, value: ({ rackId }) => rackId },
]
/** Columns that a table has only where one member has something there. */
const rare: ReadonlyMap<string, (row: Row) => boolean> = new Map([
  ['groupInstanceId', ({ groupInstanceId }: Row) => groupInstanceId !== null],
  ['memberEpoch', ({ memberEpoch }: Row) => memberEpoch !== undefined],
  ['targetAssignment', hasToMove],
])

async function members(groupIds: readonly string[], options: Options): Promise<void> {
  const groups = await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    const selected = await selectGroups(admin, groupIds, options, { signal })
    return admin.describeGroups(selected, { signal, partial: true })
  })
  const output = openOutput(options)
  const rows = [...groups.values()].flatMap(rowsOf)
  const shown =
    output.format === 'table' ? columns.filter(({ key }) => rows.some(rare.get(key) ?? (() => true))) : columns
  printTable(rows, shown, { output, ...(groups.failures.size === 0 && { whenEmpty: 'There are no members.' }) })
  reportFailures('group', groups.failures)
}

function rowsOf({ groupId, members: all }: GroupDescription): readonly Row[] {
  return all.map((member) => ({ ...member, groupId }))
}

function hasToMove({ assignment, targetAssignment }: Row): boolean {
  return targetAssignment !== undefined && partitionsText(assignment) !== partitionsText(targetAssignment)
}
