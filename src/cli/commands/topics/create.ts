import { Command, Option } from 'commander'
import { KafkaError, KafkaItemsError } from '../../../client/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { CliError } from '../../exit-code.ts'
import { collectConfig, positiveInteger } from '../../options.ts'

interface Options extends ConnectOptions {
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly config?: ReadonlyMap<string, string>
  readonly ifNotExists?: boolean
}

export function createTopicCommand(): Command {
  const command = new Command()
    .argument('<name>')
    .addOption(
      new Option('--partitions <n>', "number of partitions (default: the broker's num.partitions)").argParser(
        positiveInteger,
      ),
    )
    .addOption(
      new Option(
        '--replication-factor <n>',
        "copies of each (default: the broker's default.replication.factor)",
      ).argParser(positiveInteger),
    )
    .addOption(new Option('--config <key=value>', 'topic config; repeatable').argParser(collectConfig))
    .addOption(new Option('--if-not-exists', 'do nothing where the topic exists'))
  return addConnectOptions(command).action((name: string, options: Options) => createTopic(name, options))
}

/** Prints what it did; a refusal is one sentence on stderr and exit code 1. */
async function createTopic(name: string, options: Options): Promise<void> {
  const { partitions, replicationFactor, config, ifNotExists = false } = options
  const topic = { name, partitions, replicationFactor, configs: Object.fromEntries(config ?? []) }
  try {
    const created = await withKafka(options, (kafka, signal) => kafka.admin().createTopics([topic], { signal }))
    const known = created.get(name)?.partitions ?? -1
    const count = known > 0 ? known : (partitions ?? 1)
    process.stdout.write(`Created topic ${name} with ${count} ${count === 1 ? 'partition' : 'partitions'}.\n`)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const { code, message } = (error instanceof KafkaItemsError ? error.failures.get(name) : undefined) ?? error
    if (code !== 'TOPIC_ALREADY_EXISTS' || !ifNotExists)
      throw new CliError(`Topic ${name} was not created: ${message} (${code})`)
    process.stdout.write(`Topic ${name} exists already.\n`)
  }
}
