import { Command } from 'commander'
import { type GroupFilter, listGroups } from '../../../tools/groups/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'
import { addGroupFilterOptions, type GroupFilterOptions, groupFilter, stateStyle } from './options.ts'

type Options = ConnectOptions & OutputOptions & GroupFilterOptions
type Row = Awaited<ReturnType<typeof listGroups>>[number]

export function listGroupsCommand(): Command {
  const command = new Command().argument('[group...]', 'only these groups')
  addGroupFilterOptions(command)
  return addConnectOptions(addOutputOption(command)).action((groupIds: readonly string[], options: Options) =>
    list(options, groupFilter(groupIds, options)),
  )
}

const columns: readonly Column<Row>[] = [
  { key: 'groupId', head: 'GROUP', value: ({ groupId }) => groupId },
  { key: 'type', value: ({ type }) => type },
  { key: 'protocolType', head: 'PROTOCOL', value: ({ protocolType }) => protocolType },
  { key: 'state', value: ({ state }) => state, style: ({ state }) => stateStyle(state) },
]

async function list(options: Options, filter: GroupFilter): Promise<void> {
  const groups = await withKafka(options, (kafka, signal) => listGroups(kafka.admin(), filter, { signal }))
  printTable(groups, columns, { output: openOutput(options), whenEmpty: 'There are no such groups.' })
}
