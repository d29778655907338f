import { Command } from 'commander'
import type { GroupDescription } from '../../../client/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { reportFailures } from '../../failures.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'
import { addGroupSelection, type GroupSelectionOptions, selectGroups, stateStyle } from './options.ts'

type Options = ConnectOptions & OutputOptions & GroupSelectionOptions

export function groupStateCommand(): Command {
  return addConnectOptions(addOutputOption(addGroupSelection(new Command()))).action(state)
}

const columns: readonly Column<GroupDescription>[] = [
  { key: 'groupId', head: 'GROUP', value: ({ groupId }) => groupId },
  { key: 'type', value: ({ type }) => type },
  { key: 'state', value: (group) => group.state, style: (group) => stateStyle(group.state) },
  { key: 'members', head: '#MEMBERS', value: ({ members }) => members.length },
  { key: 'assignor', value: ({ assignor }) => assignor },
  { key: 'groupEpoch', value: ({ groupEpoch }) => groupEpoch },
  { key: 'assignmentEpoch', head: 'TARGET-EPOCH', value: ({ assignmentEpoch }) => assignmentEpoch },
  {
    key: 'coordinator',
    value: ({ coordinator: { host, port, nodeId } }) => `${host}:${port} (${nodeId})`,
  },
]

async function state(groupIds: readonly string[], options: Options): Promise<void> {
  const groups = await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    const selected = await selectGroups(admin, groupIds, options, { signal })
    return admin.describeGroups(selected, { signal, partial: true })
  })
  printTable([...groups.values()], columns, {
    output: openOutput(options),
    ...(groups.failures.size === 0 && { whenEmpty: 'There are no such groups.' }),
  })
  reportFailures('group', groups.failures)
}
