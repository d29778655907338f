import { Command, Option } from 'commander'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { UsageError } from '../../exit-code.ts'
import { collectConfig, positiveInteger, repeatable } from '../../options.ts'

interface Options extends ConnectOptions {
  readonly partitions?: number
  readonly config?: ReadonlyMap<string, string>
  readonly deleteConfig?: readonly string[]
}

export function alterTopicCommand(): Command {
  const command = new Command()
    .argument('<name>')
    .addOption(
      new Option(
        '--partitions <n>',
        'how many partitions it shall have; more than now. Keys may go to other partitions from then on',
      ).argParser(positiveInteger),
    )
    .addOption(new Option('--config <key=value>', 'topic config to set; repeatable').argParser(collectConfig))
    .addOption(repeatable('--delete-config <key>', 'topic config to set back to its default; repeatable'))
  return addConnectOptions(command).action(alter)
}

async function alter(name: string, options: Options): Promise<void> {
  const { partitions, config = new Map(), deleteConfig = [] } = options
  const configs: Record<string, string | null> = Object.fromEntries(config)
  for (const key of deleteConfig) configs[key] = null
  const changed = Object.keys(configs)
  if (partitions === undefined && changed.length === 0)
    throw new UsageError('What shall be altered? Give --partitions, --config or --delete-config.')
  await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    if (changed.length > 0) {
      await admin.incrementalAlterConfigs([{ type: 'topic', name, configs }], { signal })
      process.stdout.write(`Topic ${name}: altered ${changed.join(', ')}.\n`)
    }
    if (partitions !== undefined) {
      await admin.createPartitions([{ topic: name, totalCount: partitions }], { signal })
      process.stdout.write(`Topic ${name} has ${partitions} partitions.\n`)
    }
  })
}
