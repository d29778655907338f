import { apiVersionsRequest, apiVersionsResponse, metadataRequest, metadataResponse } from '../wire/index.ts'
import { connectToAny } from './connect-to-any.ts'
import { ExitCode } from './exit-code.ts'

export interface HealthOptions {
  readonly bootstrapServer: string
  /** In milliseconds, for connecting and for each answer. */
  readonly timeout: number
}

/**
 * Asks a broker what every client asks first, as a health check of a container or a service manager: exit code 0 when it answers, 1 with
 * the reason when it does not.
 */
export async function checkHealth({ bootstrapServer, timeout }: HealthOptions): Promise<void> {
  const connection = await connectToAny(bootstrapServer, timeout)
  if (typeof connection === 'string') return fail(connection)
  try {
    const { apiKeys } = await connection.call(apiVersionsRequest, apiVersionsResponse, 0, {})
    const range = apiKeys.find(({ apiKey }) => apiKey === metadataRequest.apiKey)
    // The first version that can ask for no topic at all, which is the cheapest question.
    const version = Math.min(Math.max(range?.minVersion ?? 1, 1), metadataRequest.highestVersion)
    const { brokers } = await connection.call(metadataRequest, metadataResponse, version, { topics: [] })
    if (brokers.length === 0) return fail(`The broker at ${bootstrapServer} knows no broker that takes requests.`)
    const nodes = brokers.map(({ nodeId, host, port }) => `node ${nodeId} at ${host}:${port}`)
    process.stdout.write(`healthy: ${nodes.join(', ')}\n`)
  } catch (error) {
    fail(`The broker at ${bootstrapServer} does not answer as one: ${(error as Error).message}.`)
  } finally {
    connection.close()
  }
}

function fail(message: string): void {
  process.stderr.write(`kohort: ${message}\n`)
  process.exitCode = ExitCode.FAILED
}
