import { Command } from 'commander'
import { placeKey } from '../../../client/index.ts'
import { type LagTotals, lagTotals, readLagOfGroups } from '../../../tools/groups/index.ts'
import { type GroupLag, type PartitionLag, type RecordLag, readRecordLag } from '../../../tools/lag/index.ts'
import { durationText } from '../../../tools/words/index.ts'
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
  /** Records that are not read, as far as they are known; an estimate unless `recordsAreExact`. */
  readonly records: bigint | undefined
  readonly recordsAreExact: boolean
  /** How long the oldest of them has been waiting. */
  readonly lagMs: number | undefined
}

const columns: readonly Column<Row>[] = [
  { key: 'groupId', head: 'GROUP', value: ({ groupId }) => groupId },
  { key: 'topic', value: ({ topic }) => topic },
  { key: 'partitions', head: '#PARTITIONS', value: ({ partitions }) => partitions },
  { key: 'lag', value: (row) => row.lag, style: (row) => ((row.lag ?? 0n) > 0n ? 'yellow' : undefined) },
  { key: 'maxLag', value: ({ maxLag }) => maxLag },
  {
    key: 'records',
    value: ({ records }) => records,
    text: ({ records, recordsAreExact }) => (records === undefined ? '-' : `${recordsAreExact ? '' : '~'}${records}`),
    align: 'right',
  },
  { key: 'recordsAreExact', head: null, value: ({ recordsAreExact }) => recordsAreExact },
  {
    key: 'lagMs',
    head: 'BEHIND',
    value: ({ lagMs }) => lagMs,
    text: ({ lagMs }) => (lagMs === undefined ? '-' : durationText(lagMs)),
    align: 'right',
  },
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
    const found = await readLagOfGroups(admin, [...groups.values()], { signal })
    const values = [...found.values()]
    const records = await readRecordLag(
      admin,
      values.flatMap(({ partitions }) => partitions),
      { signal, maxPlaces: PLACES_MAX, maxBytes: COUNT_BYTES },
    )
    return { values, records, failures: new Map([...groups.failures, ...found.failures]) }
  })
  const whenEmpty = 'No group has committed anything or has partitions.'
  const rows = lags.values.flatMap((group) => rowsOf(group, lags.records))
  printTable(rows, columns, { output: openOutput(options), whenEmpty })
  reportFailures('group', lags.failures)
}

/** How many partitions are looked into, and how far: records behind that are estimated, and partitions behind that have none. */
const PLACES_MAX = 20_000
const COUNT_BYTES = 64 * 1024

function rowsOf({ groupId, atMs, partitions }: GroupLag, records: ReadonlyMap<string, RecordLag>): readonly Row[] {
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  return topics.map((topic) => {
    const ofTopic = partitions.filter((one) => one.topic === topic)
    return { groupId, topic, atMs, ...lagTotals(ofTopic), ...recordTotals(ofTopic, records) }
  })
}

function recordTotals(partitions: readonly PartitionLag[], records: ReadonlyMap<string, RecordLag>) {
  const lags = partitions.flatMap(({ topic, partition, committedOffset }) => {
    const known =
      committedOffset === undefined ? undefined : records.get(placeKey({ topic, partition, offset: committedOffset }))
    return known === undefined ? [] : [known]
  })
  const times = lags.flatMap(({ lagMs }) => lagMs ?? [])
  return {
    records: lags.length === 0 ? undefined : lags.reduce((sum, lag) => sum + lag.records, 0n),
    recordsAreExact: lags.length > 0 && lags.every(({ minRecords, maxRecords }) => minRecords === maxRecords),
    lagMs: times.length === 0 ? undefined : Math.max(...times),
  }
}
