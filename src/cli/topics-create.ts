import {
  apiVersionsRequest,
  apiVersionsResponse,
  createTopicsRequest,
  createTopicsResponse,
  ErrorCode,
  errorMessage,
  errorName,
} from '../wire/index.ts'
import { connectToAny } from './connect-to-any.ts'
import { ExitCode } from './exit-code.ts'
import type { WireConnection } from './wire-connection.ts'

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
  const { name, ifNotExists = false } = options
  const connection = await connectToAny(options.bootstrapServer, TIMEOUT_MS)
  if (typeof connection === 'string') return fail(connection)
  try {
    const answer = await create(connection, options)
    if (answer.errorCode === ErrorCode.NONE) {
      const count = answer.numPartitions > 0 ? answer.numPartitions : (options.partitions ?? 1)
      process.stdout.write(`Created topic ${name} with ${count} ${count === 1 ? 'partition' : 'partitions'}.\n`)
    } else if (answer.errorCode === ErrorCode.TOPIC_ALREADY_EXISTS && ifNotExists) {
      process.stdout.write(`Topic ${name} exists already.\n`)
    } else {
      const error = errorName(answer.errorCode)
      fail(`Topic ${name} was not created: ${answer.errorMessage ?? errorMessage(error)} (${error})`)
    }
  } catch (error) {
    fail(`Topic ${name} may not have been created: ${(error as Error).message}.`)
  } finally {
    connection.close()
  }
}

async function create(connection: WireConnection, { name, partitions = -1, config = new Map() }: CreateTopicOptions) {
  const body = {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: -1,
        assignments: [],
        configs: Array.from(config, ([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: TIMEOUT_MS,
    validateOnly: false,
  }
  const version = await createTopicsVersion(connection)
  const { topics } = await connection.call(createTopicsRequest, createTopicsResponse, version, body)
  const [answer] = topics
  if (answer === undefined) throw new Error('the broker answered without naming the topic')
  return answer
}

/** The newest version that both sides have. Version 4 is the first in which -1 stands for the broker's defaults. */
async function createTopicsVersion(connection: WireConnection): Promise<number> {
  const { apiKeys } = await connection.call(apiVersionsRequest, apiVersionsResponse, 0, {})
  const range = apiKeys.find(({ apiKey }) => apiKey === createTopicsRequest.apiKey)
  const version = Math.min(range?.maxVersion ?? -1, createTopicsRequest.highestVersion)
  if (version < 4) throw new Error('the broker is too old: it must be Apache Kafka 2.4 or newer')
  return version
}

function fail(message: string): void {
  process.stderr.write(`kohort: ${message}\n`)
  process.exitCode = ExitCode.FAILED
}
