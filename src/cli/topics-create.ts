import { Kafka, KafkaError, KafkaItemsError } from '../client/index.ts'
import { formatAddress, parseAddress } from './address.ts'
import { ExitCode } from './exit-code.ts'
import { DEFAULT_PORT, withCluster } from './with-cluster.ts'

export interface CreateTopicOptions {
  readonly name: string
  readonly partitions?: number
  readonly config?: ReadonlyMap<string, string>
  readonly ifNotExists?: boolean
  readonly bootstrapServer: string
}

const TIMEOUT_MS = 30_000

/** Creates a topic on any Kafka cluster. Prints what it did; a refusal is one sentence on stderr and exit code 1. */
export async function createTopic(options: CreateTopicOptions): Promise<void> {
  // The admin client would wait for a broker that starts later; who types a command wants to know at once that none is there.
  const problem = await withCluster(options.bootstrapServer, TIMEOUT_MS, async () => {})
  if (problem === undefined) await create(options)
  else fail(problem)
}

async function create({
  name,
  partitions,
  config,
  ifNotExists = false,
  bootstrapServer,
}: CreateTopicOptions): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: withPorts(bootstrapServer), clientId: 'kohort' })
  const topic = { name, partitions, configs: Object.fromEntries(config ?? []) }
  try {
    const created = await kafka.admin().createTopics([topic], { timeoutMs: TIMEOUT_MS })
    const known = created.get(name)?.partitions ?? -1
    const count = known > 0 ? known : (partitions ?? 1)
    process.stdout.write(`Created topic ${name} with ${count} ${count === 1 ? 'partition' : 'partitions'}.\n`)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const { code, message } = (error instanceof KafkaItemsError ? error.failures.get(name) : undefined) ?? error
    if (code === 'TOPIC_ALREADY_EXISTS' && ifNotExists) process.stdout.write(`Topic ${name} exists already.\n`)
    else fail(`Topic ${name} was not created: ${message} (${code})`)
  }
}

/** The command line takes a host alone. */
function withPorts(servers: string): readonly string[] {
  return servers
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((text) => formatAddress(parseAddress(text, '--bootstrap-server', DEFAULT_PORT)))
}

function fail(message: string): void {
  process.stderr.write(`kohort: ${message}\n`)
  process.exitCode = ExitCode.FAILED
}
