import { Command } from 'commander'
import { type PartitionLag, readGroupLag } from '../../../tools/lag/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { UsageError } from '../../exit-code.ts'
import { reportFailures } from '../../failures.ts'
import { repeatable } from '../../options.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'

interface Options extends ConnectOptions, OutputOptions {
  readonly topic?: readonly string[]
  readonly yes?: boolean
}

export function deleteOffsetsCommand(): Command {
  const command = new Command()
    .argument('<group>')
    .addOption(
      repeatable('--topic <topic>', 'a topic, which may be gone, or TOPIC:0,1 for two of its partitions; repeatable'),
    )
    .option('--yes', 'delete them; without it, only what would be deleted is shown')
  return addConnectOptions(addOutputOption(command)).action(remove)
}

const columns: readonly Column<PartitionLag>[] = [
  { key: 'topic', value: ({ topic }) => topic },
  { key: 'partition', value: ({ partition }) => partition },
  { key: 'committedOffset', head: 'CURRENT-OFFSET', value: ({ committedOffset }) => committedOffset },
  { key: 'lag', value: ({ lag }) => lag },
]

async function remove(groupId: string, options: Options): Promise<void> {
  const { topic: texts = [], yes = false } = options
  if (texts.length === 0) throw new UsageError('Of which topics? Give --topic.')
  const isMeant = matcher(texts)
  const output = openOutput(options)
  await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    // What is committed, rather than what exists: offsets of topics that are gone are worth deleting most.
    const lag = (await readGroupLag(admin, [groupId], { signal })).get(groupId)!
    const found = lag.partitions.filter(isMeant)
    printTable(found, columns, {
      output,
      title: yes ? `Deleting of group ${groupId}:` : `Would be deleted of group ${groupId}:`,
      whenEmpty: 'Nothing: there are no such offsets.',
    })
    if (!yes) {
      if (found.length > 0) process.stderr.write('Nothing was deleted: add --yes to do it.\n')
      return
    }
    const deleted = await admin.deleteGroupOffsets(groupId, found, { signal, partial: true })
    if (output.format === 'table')
      output.write(`Deleted ${deleted.size} ${deleted.size === 1 ? 'offset' : 'offsets'} of group ${groupId}.\n`)
    reportFailures(`group ${groupId}:`, deleted.failures)
  })
}

/** @throws UsageError */
function matcher(texts: readonly string[]): (place: { readonly topic: string; readonly partition: number }) => boolean {
  const meant = texts.map((text) => {
    const match = /^([^:]+)(?::(\d+(?:,\d+)*))?$/.exec(text)
    if (match === null) throw new UsageError(`--topic ${text} is neither TOPIC nor TOPIC:PARTITION,PARTITION.`)
    const partitions = match[2]?.split(',').map(Number)
    return { topic: match[1]!, partitions }
  })
  return ({ topic, partition }) =>
    meant.some((one) => one.topic === topic && one.partitions?.includes(partition) !== false)
}
