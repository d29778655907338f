import { Command, InvalidArgumentError, Option } from 'commander'
import type { HttpAddress } from '../../http/index.ts'
import { systemClock } from '../../platform/index.ts'
import { type CompatMode, compatModes, compats } from '../../tools/metrics/index.ts'
import { formatAddress, parseAddress } from '../address.ts'
import { createLogger } from '../cli-logger.ts'
import { addConnectOptions, type ConnectOptions, openKafka } from '../connect.ts'
import { ExitCode, UsageError } from '../exit-code.ts'
import { warnOfOpenHttp } from '../http-settings.ts'
import type { LogFormat, LogLevel } from '../log-levels.ts'
import { logFormatOption, logLevelOption } from '../log-options.ts'
import { positiveInteger, repeatable } from '../options.ts'
import { packageVersion } from '../package-version.ts'

interface ExporterFlags extends ConnectOptions {
  readonly listen?: readonly string[]
  readonly interval: number
  readonly window: number
  readonly compat?: CompatMode
  readonly clusterName?: string
  readonly label?: readonly string[]
  readonly groupAllow?: RegExp
  readonly groupDeny?: RegExp
  readonly topicAllow?: RegExp
  readonly topicDeny?: RegExp
  readonly metricAllow?: RegExp
  readonly metricDeny?: RegExp
  readonly granularity: 'partition' | 'group'
  readonly allTopics?: boolean
  readonly maxSeries: number
  readonly maxPlaces: number
  readonly logLevel: LogLevel
  readonly logFormat?: LogFormat
}

const DEFAULT_PORT = 9308

/** `kohort exporter`: metrics of the groups of any Kafka cluster, for Prometheus. */
export function exporterCommand(): Command {
  return addConnectOptions(new Command())
    .addOption(
      repeatable(
        '--listen <host:port>',
        `address to serve /metrics at; repeatable (default: 127.0.0.1:${DEFAULT_PORT})`,
      ),
    )
    .addOption(
      new Option('--interval <s>', 'seconds between two looks at the groups').default(15).argParser(positiveInteger),
    )
    .addOption(
      new Option('--window <s>', 'seconds after which an offset that does not move is STALLED or STOPPED')
        .default(300)
        .argParser(positiveInteger),
    )
    .addOption(new Option('--compat <exporter>', 'names and labels of another exporter').choices([...compatModes]))
    .addOption(
      new Option('--cluster-name <name>', "the cluster's name, where --compat has a label of it (default: its id)"),
    )
    .addOption(repeatable('--label <name=value>', 'a label that all series of groups and topics have; repeatable'))
    .addOption(expression('--group-allow <regex>', 'only groups in whose name it is found'))
    .addOption(expression('--group-deny <regex>', 'not these groups'))
    .addOption(expression('--topic-allow <regex>', 'only topics in whose name it is found'))
    .addOption(expression('--topic-deny <regex>', 'not these topics'))
    .addOption(expression('--metric-allow <regex>', 'only metrics in whose name it is found'))
    .addOption(expression('--metric-deny <regex>', 'not these metrics'))
    .addOption(
      new Option('--granularity <what>', 'series for each partition, or for groups only')
        .choices(['partition', 'group'])
        .default('partition'),
    )
    .addOption(new Option('--all-topics', 'offsets of topics that no group has read too (always with --compat)'))
    .addOption(
      new Option('--max-series <n>', 'most series of partitions; what is left out is counted')
        .default(250_000)
        .argParser(positiveInteger),
    )
    .addOption(
      new Option(
        '--max-places <n>',
        'most places of a round whose records are looked at, for lag in records and seconds',
      )
        .default(2_000)
        .argParser(positiveInteger),
    )
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .action((flags: ExporterFlags) => runExporter(flags))
}

async function runExporter(flags: ExporterFlags): Promise<void> {
  const { startExporter } = await import('../../http/index.ts')
  const { logger } = createLogger(flags.logLevel, flags.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'))
  const { listen = [`127.0.0.1:${DEFAULT_PORT}`] } = flags
  const labels = labelsOf(flags)
  if (flags.window < 2 * flags.interval)
    throw new UsageError(
      `--window ${flags.window} has no two looks of --interval ${flags.interval}: nothing could be judged`,
    )
  const addresses: HttpAddress[] = listen.map((text) => parseAddress(text, '--listen', DEFAULT_PORT))
  const server = await startExporter({
    kafka: openKafka(flags).kafka,
    addresses,
    clock: systemClock,
    logger,
    version: packageVersion(),
    compat: flags.compat,
    clusterName: flags.clusterName,
    labels,
    granularity: flags.granularity,
    maxSeries: flags.maxSeries,
    includesMetric: filterOf(flags.metricAllow, flags.metricDeny),
    monitor: {
      intervalMs: flags.interval * 1_000,
      timeoutMs: flags.timeout,
      includesGroup: filterOf(flags.groupAllow, flags.groupDeny),
      includesTopic: filterOf(flags.topicAllow, flags.topicDeny),
      topics: flags.compat !== undefined || flags.allTopics === true ? 'all' : 'consumed',
      sizes: flags.compat === 'kminion' ? 'all' : 'bounded',
      rules: { windowMs: flags.window * 1_000 },
      records: { maxPlaces: flags.maxPlaces },
    },
  })
  warnOfOpenHttp(server.addresses, logger)
  const where = server.addresses.map((address) => `http://${formatAddress(address)}/metrics`).join(' and ')
  process.stdout.write(`kohort exporter ready: ${where}\n`)
  const end = (): void => {
    server.close().then(
      () => process.exit(ExitCode.OK),
      () => process.exit(ExitCode.FAILED),
    )
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
}

/** @throws UsageError */
function labelsOf({ label = [], compat, clusterName }: ExporterFlags): Readonly<Record<string, string>> {
  if (clusterName !== undefined && (compat === undefined || !compats[compat].namesCluster)) {
    const named = compatModes.filter((mode) => compats[mode].namesCluster)
    throw new UsageError(
      `--cluster-name is for --compat ${named.join(', ')}; a label of its own is --label cluster=NAME`,
    )
  }
  const labels: Record<string, string> = {}
  for (const text of label) {
    const [, name, value] = /^([a-zA-Z_][a-zA-Z0-9_]*)=(.*)$/.exec(text) ?? []
    if (name === undefined || name.startsWith('__'))
      throw new UsageError(`--label ${text}: expected a name of letters, digits and _, a =, and a value`)
    labels[name] = value!
  }
  return labels
}

function filterOf(allow: RegExp | undefined, deny: RegExp | undefined): (name: string) => boolean {
  return (name) => (allow === undefined || allow.test(name)) && (deny === undefined || !deny.test(name))
}

function expression(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    try {
      return new RegExp(text)
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
  })
}
