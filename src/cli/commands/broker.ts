import { Command, Option } from 'commander'
import type { BrokerCommandOptions, FlushMode } from '../broker-command.ts'
import { UsageError } from '../exit-code.ts'
import type { LogFormat, LogLevel } from '../log-levels.ts'
import { logFormatOption, logLevelOption } from '../log-options.ts'
import { collectConfig, repeatable } from '../options.ts'

interface BrokerFlags {
  readonly listen?: readonly string[]
  readonly advertise?: readonly string[]
  readonly http?: readonly string[]
  readonly dataDir?: string
  readonly flush: FlushMode
  readonly topic?: readonly string[]
  readonly config?: string
  readonly set?: ReadonlyMap<string, string>
  readonly recover?: 'truncate'
  readonly logLevel: LogLevel
  readonly logFormat?: LogFormat
}

/** `kohort broker`, and `kohort` alone. The broker itself is loaded when it runs: help and other commands need its options only. */
export function brokerCommand(): Command {
  return new Command()
    .addOption(
      repeatable(
        '--listen <host:port>',
        'address to take connections on; repeatable, port 0 takes a free one (default: 127.0.0.1:9092 and [::1]:9092)',
      ),
    )
    .addOption(
      repeatable(
        '--advertise <host:port>',
        'what clients are told to connect to, one for each --listen or one for all (default: the address itself)',
      ),
    )
    .addOption(
      repeatable(
        '--http <host:port>',
        'address to serve /healthz, /readyz and /metrics at; repeatable, port 0 takes a free one (default: nowhere)',
      ),
    )
    .addOption(new Option('--data-dir <dir>', 'folder for all data (default: ./kohort-data)'))
    .addOption(
      new Option('--flush <when>', 'when a write counts as safe')
        .choices(['fsync', 'interval', 'none'])
        .default('fsync')
        .env('KOHORT_FLUSH'),
    )
    .addOption(repeatable('--topic <name:partitions>', 'topic to create where it is missing; repeatable'))
    .addOption(new Option('--config <file>', 'a Kafka server.properties').env('KOHORT_CONFIG'))
    .addOption(new Option('--set <key=value>', 'one broker config; repeatable').argParser(collectConfig))
    .addOption(
      new Option('--recover <how>', 'start in spite of corrupt records, without them and what follows them')
        .choices(['truncate'])
        .env('KOHORT_RECOVER'),
    )
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .addHelpText(
      'after',
      '\nEvery option can stand in the environment too (KOHORT_DATA_DIR), and so can every broker config (KOHORT_LOG_RETENTION_MS). ' +
        'The command line goes\nbefore the environment, and the environment before the file of --config. docs/configuration.md has it all.',
    )
    .allowExcessArguments(true)
    .action(async (flags: BrokerFlags, { args }: Command) => {
      if (args.length > 0) throw new UsageError(`kohort broker takes options only, and ${args.join(' ')} is none.`)
      const { runBroker } = await import('../broker-command.ts')
      await runBroker(brokerOptions(flags))
    })
}

function brokerOptions(flags: BrokerFlags): BrokerCommandOptions {
  const { env } = process
  const split = (text: string | undefined): string[] =>
    (text ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  return {
    commandLine: {
      listen: flags.listen ?? [],
      advertise: flags.advertise ?? [],
      http: flags.http ?? [],
      dataDir: flags.dataDir,
      topics: flags.topic ?? [],
      properties: flags.set ?? new Map(),
    },
    environment: {
      listen: split(env.KOHORT_LISTEN),
      advertise: split(env.KOHORT_ADVERTISE),
      http: split(env.KOHORT_HTTP),
      dataDir: env.KOHORT_DATA_DIR,
      topics: split(env.KOHORT_TOPIC),
    },
    config: flags.config,
    flush: flags.flush,
    recover: flags.recover,
    logLevel: flags.logLevel,
    logFormat: flags.logFormat,
  }
}
