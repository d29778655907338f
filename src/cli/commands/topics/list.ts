import { Command } from 'commander'
import type { ListedTopic } from '../../../client/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { wholePattern } from '../../options.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'

interface Options extends ConnectOptions, OutputOptions {
  readonly regex?: string
  readonly internal?: boolean
}

export function listTopicsCommand(): Command {
  const command = new Command()
    .option('--regex <pattern>', 'only topics whose whole name matches this regular expression')
    .option('--internal', "Kafka's own topics too")
  return addConnectOptions(addOutputOption(command)).action(list)
}

const columns: readonly Column<ListedTopic>[] = [
  { key: 'topic', value: ({ name }) => name },
  { key: 'partitions', head: '#PARTITIONS', value: ({ partitions }) => partitions },
  { key: 'topicId', value: ({ topicId }) => topicId },
  { key: 'isInternal', head: null, value: ({ isInternal }) => isInternal },
]

async function list(options: Options): Promise<void> {
  const { regex, internal: includeInternal = false } = options
  const pattern = regex === undefined ? undefined : wholePattern('--regex', regex)
  const topics = await withKafka(options, (kafka, signal) => kafka.admin().listTopics({ includeInternal, signal }))
  const shown = topics.filter(({ name }) => pattern?.test(name) !== false).sort((a, b) => (a.name < b.name ? -1 : 1))
  printTable(shown, columns, { output: openOutput(options), whenEmpty: 'There are no such topics.' })
}
