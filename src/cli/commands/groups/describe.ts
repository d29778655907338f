import { Command } from 'commander'
import { type GroupPartition, type GroupReport, readGroupReports } from '../../../tools/groups/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { reportFailures } from '../../failures.ts'
import { repeatable } from '../../options.ts'
import {
  addOutputOption,
  type Column,
  type OutputOptions,
  openOutput,
  printJson,
  printTable,
} from '../../output/index.ts'
import { addGroupSelection, type GroupSelectionOptions, selectGroups } from './options.ts'

interface Options extends ConnectOptions, OutputOptions, GroupSelectionOptions {
  readonly topic?: readonly string[]
}

export function describeGroupsCommand(): Command {
  const command = addGroupSelection(new Command()).addOption(
    repeatable('--topic <topic>', 'only this topic; repeatable'),
  )
  return addConnectOptions(addOutputOption(command)).action(describe)
}

/** A partition of a group, or a member that has none. */
interface Row extends Partial<GroupPartition> {
  readonly group: GroupReport
}

const idColumn: Column<Row> = { key: 'groupId', head: null, value: ({ group }) => group.groupId }
const columns: readonly Column<Row>[] = [
  idColumn,
  { key: 'topic', value: ({ topic }) => topic },
  { key: 'partition', value: ({ partition }) => partition },
  { key: 'committedOffset', head: 'CURRENT-OFFSET', value: ({ committedOffset }) => committedOffset },
  { key: 'logStartOffset', head: null, value: ({ logStartOffset }) => logStartOffset },
  { key: 'logEndOffset', value: ({ logEndOffset }) => logEndOffset },
  { key: 'lag', value: ({ lag }) => lag, style: ({ lag = 0n }) => (lag > 0n ? 'yellow' : undefined) },
  {
    key: 'memberId',
    head: 'CONSUMER-ID',
    value: ({ member }) => member?.memberId,
    text: ({ member, members = 1 }) => (members > 1 ? `${members} members` : (member?.memberId ?? '')),
    canShrink: true,
  },
  { key: 'groupInstanceId', head: null, value: ({ member }) => member?.groupInstanceId },
  { key: 'host', value: ({ member }) => member?.host, text: (row) => ofOne(row, 'host') },
  { key: 'clientId', value: ({ member }) => member?.clientId, text: (row) => ofOne(row, 'clientId'), canShrink: true },
  { key: 'state', head: null, value: ({ state }) => state },
]
/** Nothing is committed there: it is where the records begin that are not done with. */
const asShare = (column: Column<Row>): Column<Row> =>
  column.key === 'committedOffset' ? { ...column, head: 'START-OFFSET' } : column
/** Only where there is something to note. */
const noteColumn: Column<Row> = { key: 'note', value: noteOf, style: () => 'red' }

async function describe(groupIds: readonly string[], options: Options): Promise<void> {
  const { topic: topics } = options
  const includesTopic = topics === undefined ? undefined : (topic: string) => topics.includes(topic)
  const reports = await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    return readGroupReports(admin, await selectGroups(admin, groupIds, options, { signal }), { signal, includesTopic })
  })
  const output = openOutput(options)
  if (output.format === 'json') printJson([...reports.values()], output)
  else if (output.format === 'csv') printTable([...reports.values()].flatMap(rowsOf), columns, { output })
  else if (reports.size === 0 && reports.failures.size === 0) output.write('There are no such groups.\n')
  else {
    for (const [at, report] of [...reports.values()].entries()) {
      if (at > 0) output.write('\n')
      const rows = rowsOf(report)
      const shown = rows.some((row) => noteOf(row) !== undefined) ? [...columns, noteColumn] : columns
      const whenEmpty = 'It has neither members nor committed offsets.'
      const columnsHere = report.type === 'share' ? shown.map(asShare) : shown
      printTable(rows, columnsHere, { output, title: titleOf(report), whenEmpty })
    }
  }
  reportFailures('group', reports.failures)
}

/** A share group's partition that several members have is nobody's in particular. */
function ofOne({ member, members = 1 }: Row, field: 'host' | 'clientId'): string {
  return members > 1 ? '' : (member?.[field] ?? '')
}

function rowsOf(group: GroupReport): readonly Row[] {
  const rows = group.partitions.map((partition): Row => ({ ...partition, group }))
  const idle = group.members.filter(({ assignment }) => assignment.length === 0)
  return [...rows, ...idle.map((member): Row => ({ group, member }))]
}

/** `billing: Stable, classic (range), 2 members, lag 14` */
export function titleOf({ groupId, state, type, assignor, members, totals }: GroupReport): string {
  const protocol = assignor === '' ? type : `${type} (${assignor})`
  const count = `${members.length} ${members.length === 1 ? 'member' : 'members'}`
  const lag = totals.lag === undefined ? [] : [`lag ${totals.lag}`]
  const lost = totals.lostOffsets === 0n ? [] : [`${totals.lostOffsets} lost`]
  return `${groupId}: ${[state, protocol, count, ...lag, ...lost].join(', ')}`
}

function noteOf({ state, reason, group, member }: Row): string | undefined {
  if (state === undefined) return group.state === 'Stable' ? 'idle: has no partitions' : undefined
  if (state === 'known') return undefined
  if (state === 'never-committed' && group.type === 'share') return 'nobody has read it yet'
  if (state === 'never-committed') return member === undefined ? 'never committed' : 'nothing committed yet'
  return reason === undefined ? state : `${state}: ${reason}`
}
