import { Command } from 'commander'
import { type GroupReport, readGroupReports, refusalOfLiveGroup } from '../../../tools/groups/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { ExitCode } from '../../exit-code.ts'
import { reportFailures } from '../../failures.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'
import { addGroupSelection, type GroupSelectionOptions, selectGroups, stateStyle } from './options.ts'

interface Options extends ConnectOptions, OutputOptions, GroupSelectionOptions {
  readonly yes?: boolean
}

export function deleteGroupsCommand(): Command {
  const command = addGroupSelection(new Command())
  command.option('--yes', 'delete them; without it, only what would be deleted is shown')
  return addConnectOptions(addOutputOption(command)).action(remove)
}

const columns: readonly Column<GroupReport>[] = [
  { key: 'groupId', head: 'GROUP', value: ({ groupId }) => groupId },
  { key: 'type', value: ({ type }) => type },
  { key: 'state', value: ({ state }) => state, style: ({ state }) => stateStyle(state) },
  { key: 'committedPartitions', head: '#OFFSETS', value: committed },
  { key: 'lag', value: ({ totals }) => totals.lag },
]

function committed({ partitions }: GroupReport): number {
  return partitions.filter(({ committedOffset }) => committedOffset !== undefined).length
}

async function remove(groupIds: readonly string[], options: Options): Promise<void> {
  const { yes = false } = options
  const output = openOutput(options)
  await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    const reports = await readGroupReports(admin, await selectGroups(admin, groupIds, options, { signal }), { signal })
    const live = [...reports.values()].flatMap((group) => refusalOfLiveGroup(group) ?? [])
    const idle = [...reports.values()].filter((group) => refusalOfLiveGroup(group) === undefined)
    printTable(idle, columns, {
      output,
      title: yes ? 'Deleting, with all their offsets:' : 'Would be deleted, with all their offsets:',
      whenEmpty: 'Nothing.',
    })
    for (const sentence of live) process.stderr.write(`kohort: ${sentence}\n`)
    if (live.length > 0) process.exitCode = ExitCode.FAILED
    reportFailures('group', reports.failures)
    if (!yes) {
      if (idle.length > 0) process.stderr.write('Nothing was deleted: add --yes to do it.\n')
      return
    }
    const deleted = await admin.deleteGroups(
      idle.map(({ groupId }) => groupId),
      { signal, partial: true },
    )
    if (output.format === 'table' && deleted.size > 0) output.write(`Deleted ${[...deleted.keys()].join(', ')}.\n`)
    reportFailures('group', deleted.failures)
  })
}
