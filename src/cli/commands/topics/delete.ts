import { Command } from 'commander'
import { offsetSpan, readTopicReports, type TopicReport } from '../../../tools/topics/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { reportFailures } from '../../failures.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'

interface Options extends ConnectOptions, OutputOptions {
  readonly yes?: boolean
  readonly ifExists?: boolean
}

export function deleteTopicsCommand(): Command {
  const command = new Command()
    .argument('<topic...>')
    .option('--yes', 'delete them; without it, only what would be deleted is shown')
    .option('--if-exists', 'topics that do not exist are no failure')
  return addConnectOptions(addOutputOption(command)).action(remove)
}

const columns: readonly Column<TopicReport>[] = [
  { key: 'topic', value: ({ name }) => name },
  { key: 'partitions', head: '#PARTITIONS', value: ({ partitions }) => partitions.length },
  { key: 'offsets', value: offsetSpan },
]

async function remove(names: readonly string[], options: Options): Promise<void> {
  const { yes = false, ifExists = false } = options
  const output = openOutput(options)
  await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    const topics = await readTopicReports(admin, [...new Set(names)], { signal })
    const failures = new Map(
      [...topics.failures].filter(([, { code }]) => !ifExists || code !== 'UNKNOWN_TOPIC_OR_PARTITION'),
    )
    printTable([...topics.values()], columns, {
      output,
      title: yes ? 'Deleting:' : 'Would be deleted, with all records:',
      whenEmpty: 'Nothing.',
    })
    if (yes) {
      const deleted = await admin.deleteTopics([...topics.keys()], { signal, partial: true })
      for (const [name, error] of deleted.failures) failures.set(name, error)
      if (output.format === 'table' && deleted.size > 0) output.write(`Deleted ${[...deleted.keys()].join(', ')}.\n`)
    } else if (topics.size > 0) process.stderr.write('Nothing was deleted: add --yes to do it.\n')
    reportFailures('topic', failures)
  })
}
