import { Command, Option } from 'commander'
import { ExitCode } from '../exit-code.ts'
import { positiveInteger } from '../options.ts'
import { withCluster } from '../with-cluster.ts'

interface HealthOptions {
  readonly bootstrapServer: string
  /** In milliseconds, for connecting and for each answer. */
  readonly timeout: number
}

export function healthCommand(): Command {
  return new Command()
    .addOption(
      new Option('--bootstrap-server <host:port>', 'a broker, or several')
        .default('127.0.0.1:9092')
        .env('KOHORT_BOOTSTRAP_SERVER'),
    )
    .addOption(
      new Option('--timeout <ms>', 'longest wait for the connection, and for each answer')
        .default(3_000)
        .argParser(positiveInteger),
    )
    .action((options: HealthOptions) => checkHealth(options))
}

/**
 * Asks a broker what every client asks first, as a health check of a container or a service manager: exit code 0 when it answers, 1 with
 * the reason when it does not.
 */
async function checkHealth({ bootstrapServer, timeout }: HealthOptions): Promise<void> {
  const problem = await withCluster(bootstrapServer, timeout, async (cluster) => {
    const { nodes } = await cluster.refresh('the health of a broker', { timeoutMs: timeout })
    const names = Array.from(nodes.values(), ({ nodeId, host, port }) => `node ${nodeId} at ${host}:${port}`)
    process.stdout.write(`healthy: ${names.join(', ')}\n`)
  })
  if (problem === undefined) return
  process.stderr.write(`kohort: ${problem}\n`)
  process.exitCode = ExitCode.FAILED
}
