import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { nearestConfigName } from '../broker/index.ts'
import { type BrokerCommandOptions, describeFailure, type FlushMode, runBroker } from './broker-command.ts'
import { type LogFormat, type LogLevel, logLevels } from './cli-logger.ts'
import { ExitCode, UsageError } from './exit-code.ts'
import { checkHealth, type HealthOptions } from './health.ts'
import { packageVersion } from './package-version.ts'
import { type CreateTopicOptions, createTopic } from './topics-create.ts'

/** The command line. Failures end the process with one sentence on stderr and an exit code of `ExitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader of the ready line that has gone is no reason to stop a broker.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  try {
    const kohort = program()
    refuseUnknownCommand(kohort, argv[2])
    await kohort.parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE
      return
    }
    const { exitCode, message } = describeFailure(error)
    process.stderr.write(`kohort: ${message}\n`)
    process.exit(exitCode)
  }
}

function program(): Command {
  const kohort = new Command('kohort')
    .description('A Kafka-compatible broker in one process: consumer groups that are easy to run.')
    .version(packageVersion(), '--version')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('(kohort --help shows all options)')
  const broker = brokerCommand()
  kohort.addCommand(broker, { isDefault: true })
  kohort.addCommand(topicsCommand())
  kohort.addCommand(healthCommand())
  kohort.addHelpText('after', () => `\n${broker.helpInformation()}`)
  return kohort
}

/** Before anything is parsed: commander would take the word for an argument of `broker`, and blame the options behind it. */
function refuseUnknownCommand(kohort: Command, word: string | undefined): void {
  if (word === undefined || word.startsWith('-')) return
  const names = kohort.commands.map((command) => command.name())
  if (names.includes(word)) return
  const nearest = nearestConfigName(word, names)
  const hint = nearest === undefined ? 'kohort --help shows all commands' : `did you mean kohort ${nearest}?`
  throw new UsageError(`There is no command ${word}; ${hint}${nearest === undefined ? '.' : ''}`)
}

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

function brokerCommand(): Command {
  return new Command('broker')
    .description('run a broker (the default command)')
    .exitOverride()
    .addOption(
      list(
        '--listen <host:port>',
        'address to take connections on; repeatable, port 0 takes a free one (default: 127.0.0.1:9092 and [::1]:9092)',
      ),
    )
    .addOption(
      list(
        '--advertise <host:port>',
        'what clients are told to connect to, one for each --listen or one for all (default: the address itself)',
      ),
    )
    .addOption(
      list(
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
    .addOption(list('--topic <name:partitions>', 'topic to create where it is missing; repeatable'))
    .addOption(new Option('--config <file>', 'a Kafka server.properties').env('KOHORT_CONFIG'))
    .addOption(new Option('--set <key=value>', 'one broker config; repeatable').argParser(collectConfig))
    .addOption(
      new Option('--recover <how>', 'start in spite of corrupt records, without them and what follows them')
        .choices(['truncate'])
        .env('KOHORT_RECOVER'),
    )
    .addOption(
      new Option('--log-level <level>', 'least important log lines to show')
        .choices([...logLevels])
        .default('info')
        .env('KOHORT_LOG_LEVEL'),
    )
    .addOption(
      new Option('--log-format <format>', 'form of the log lines on stderr (default: pretty on a terminal, else json)')
        .choices(['pretty', 'json'])
        .env('KOHORT_LOG_FORMAT'),
    )
    .addHelpText(
      'after',
      '\nEvery option can stand in the environment too (KOHORT_DATA_DIR), and so can every broker config (KOHORT_LOG_RETENTION_MS). ' +
        'The command line goes\nbefore the environment, and the environment before the file of --config. docs/configuration.md has it all.',
    )
    .allowExcessArguments(true)
    .action((flags: BrokerFlags, { args }: Command) => {
      if (args.length > 0) throw new UsageError(`kohort broker takes options only, and ${args.join(' ')} is none.`)
      return runBroker(brokerOptions(flags))
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

function topicsCommand(): Command {
  const create = new Command('create')
    .description('create a topic')
    .exitOverride()
    .argument('<name>')
    .addOption(
      new Option('--partitions <n>', "number of partitions (default: the broker's num.partitions)").argParser(
        positiveInteger,
      ),
    )
    .addOption(new Option('--config <key=value>', 'topic config; repeatable').argParser(collectConfig))
    .addOption(new Option('--if-not-exists', 'do nothing where the topic exists'))
    .addOption(bootstrapServer())
    .action((name: string, options: Omit<CreateTopicOptions, 'name'>) => createTopic({ ...options, name }))
  return new Command('topics').description('create topics').exitOverride().addCommand(create)
}

function healthCommand(): Command {
  return new Command('health')
    .description('ask a broker whether it takes requests: exit code 0 if so, 1 if not')
    .exitOverride()
    .addOption(bootstrapServer())
    .addOption(
      new Option('--timeout <ms>', 'longest wait for the connection, and for each answer')
        .default(3_000)
        .argParser(positiveInteger),
    )
    .action((options: HealthOptions) => checkHealth(options))
}

function bootstrapServer(): Option {
  return new Option('--bootstrap-server <host:port>', 'a broker, or several')
    .default('127.0.0.1:9092')
    .env('KOHORT_BOOTSTRAP_SERVER')
}

function list(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: readonly string[] = []) => [...before, text])
}

function collectConfig(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write KEY=VALUE.')
  return new Map([...before, [text.slice(0, at).trim(), text.slice(at + 1).trim()]])
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('Write a number above 0.')
  return Number(text)
}
