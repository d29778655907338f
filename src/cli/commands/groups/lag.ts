import { Command } from 'commander'
import { type LagTotals, lagTotals } from '../../../tools/groups/index.ts'
import { type GroupLag, readGroupLag } from '../../../tools/lag/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { reportFailures } from '../../failures.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'
import { addGroupSelection, type GroupSelectionOptions, selectGroups } from './options.ts'

type Options = ConnectOptions & OutputOptions & GroupSelectionOptions

export function groupLagCommand(): Command {
  return addConnectOptions(addOutputOption(addGroupSelection(new Command()))).action(lag)
}

/** A topic of a group. */
interface Row extends LagTotals {
  readonly groupId: string
  readonly topic: string
  readonly atMs: number
}

const columns: readonly Column<Row>[] = [
  { key: 'groupId', head: 'GROUP', value: ({ groupId }) => groupId },
  { key: 'topic', value: ({ topic }) => topic },
  { key: 'partitions', head: '#PARTITIONS', value: ({ partitions }) => partitions },
  { key: 'lag', value: (row) => row.lag, style: (row) => ((row.lag ?? 0n) > 0n ? 'yellow' : undefined) },
  { key: 'maxLag', value: ({ maxLag }) => maxLag },
  {
    key: 'lostOffsets',
    head: 'LOST',
    value: ({ lostOffsets }) => lostOffsets,
    style: ({ lostOffsets }) => (lostOffsets > 0n ? 'red' : undefined),
  },
  { key: 'unknownPartitions', head: '#UNKNOWN', value: ({ unknownPartitions }) => unknownPartitions },
  { key: 'atMs', head: null, value: ({ atMs }) => atMs },
]

async function lag(groupIds: readonly string[], options: Options): Promise<void> {
  const lags = await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    const selected = await selectGroups(admin, groupIds, options, { signal })
    const groups = await admin.describeGroups(selected, { signal, partial: true })
    const asked = [...groups.values()].map(({ groupId, members }) => {
      return { groupId, assigned: members.flatMap(({ assignment }) => assignment) }
    })
    const found = await readGroupLag(admin, asked, { signal })
    return { values: [...found.values()], failures: new Map([...groups.failures, ...found.failures]) }
  })
  const whenEmpty = 'No group has committed anything or has partitions.'
  printTable(lags.values.flatMap(rowsOf), columns, { output: openOutput(options), whenEmpty })
  reportFailures('group', lags.failures)
}

function rowsOf({ groupId, atMs, partitions }: GroupLag): readonly Row[] {
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  return topics.map((topic) => {
    return { groupId, topic, atMs, ...lagTotals(partitions.filter((one) => one.topic === topic)) }
  })
}
