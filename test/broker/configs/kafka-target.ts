import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { alterConfigOpId, configResourceTypeId } from '../../../src/broker/configs/index.ts'
import {
  type AlterConfigsResponse,
  type Api,
  ApiKey,
  apiByKey,
  type CreateTopicsResponse,
  type DescribeConfigsResponse,
  decodeResponse,
  encodeRequestFrame,
  errorName,
  type IncrementalAlterConfigsResponse,
} from '../../../src/wire/index.ts'
import type { ConfigTarget, Outcome, Step } from './scenario.ts'

/** Runs steps against a broker over TCP, one request after the other. */
export class KafkaTarget implements ConfigTarget {
  readonly #socket: Socket
  readonly #frames: AsyncGenerator<Buffer>

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#frames = frames(socket)
  }

  static async connect(port: number): Promise<KafkaTarget> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new KafkaTarget(socket)
  }

  close(): void {
    this.#socket.destroy()
  }

  async run(step: Step): Promise<Outcome> {
    if ('describe' in step) return this.#describe(step)
    if ('createTopic' in step) {
      const [name, configs] = [step.createTopic, step.configs.map(([key, value]) => ({ name: key, value }))]
      const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs }
      const request = { topics: [topic], timeoutMs: 30_000, validateOnly: false }
      const { topics } = (await this.#send(ApiKey.CreateTopics, 7, request)) as CreateTopicsResponse
      return outcome(topics[0]!)
    }
    if ('replace' in step) {
      const configs = step.configs.map(([name, value]) => ({ name, value }))
      const resource = { resourceType: configResourceTypeId[step.replace], resourceName: step.resource, configs }
      const request = { resources: [resource], validateOnly: false }
      const { responses } = (await this.#send(ApiKey.AlterConfigs, 2, request)) as AlterConfigsResponse
      return outcome(responses[0]!)
    }
    const configs = step.operations.map(([operation, name, value]) => ({
      name,
      configOperation: typeof operation === 'number' ? operation : alterConfigOpId[operation],
      value,
    }))
    const resource = { resourceType: configResourceTypeId[step.alter], resourceName: step.resource, configs }
    const request = { resources: [resource], validateOnly: step.validateOnly ?? false }
    const answer = await this.#send(ApiKey.IncrementalAlterConfigs, 1, request)
    return outcome((answer as IncrementalAlterConfigsResponse).responses[0]!)
  }

  async #describe(step: Extract<Step, { describe: unknown }>): Promise<Outcome> {
    const request = {
      resources: [
        {
          resourceType: configResourceTypeId[step.describe],
          resourceName: step.resource,
          configurationKeys: step.keys ?? null,
        },
      ],
      includeSynonyms: true,
      includeDocumentation: step.documentation ?? false,
    }
    const answer = (await this.#send(ApiKey.DescribeConfigs, 4, request)) as DescribeConfigsResponse
    const { configs, ...result } = answer.results[0]!
    return { ...outcome(result), rows: outcomeRows(configs, step.documentation) }
  }

  async #send(key: number, version: number, body: unknown): Promise<unknown> {
    const api = apiByKey.get(key) as Api<unknown, unknown>
    for (const chunk of encodeRequestFrame({ api, version, correlationId: 1, clientId: 'configs', body })) {
      this.#socket.write(chunk)
    }
    const { value, done } = await this.#frames.next()
    if (done === true) throw new Error('the broker has closed the connection')
    return decodeResponse(api as unknown as Api<unknown, never, unknown>, version, value).body
  }
}

function outcome(result: { readonly errorCode: number; readonly errorMessage: string | null }): Outcome {
  return { errorCode: errorName(result.errorCode), message: result.errorMessage }
}

type WireRow = DescribeConfigsResponse['results'][number]['configs'][number]

/** Rows by name; Kafka's own order is that of a hash map. */
export function outcomeRows(rows: readonly WireRow[], documentation: boolean | undefined): Outcome['rows'] & {} {
  return rows
    .map((row) => ({
      name: row.name,
      value: row.value,
      readOnly: row.readOnly,
      source: row.configSource,
      sensitive: row.isSensitive,
      type: row.configType,
      synonyms: row.synonyms.map(({ name, value, source }) => `${source} ${name}=${value}`),
      ...(documentation === true ? { documentation: row.documentation } : {}),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function* frames(socket: Socket): AsyncGenerator<Buffer> {
  let buffered = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    buffered = Buffer.concat([buffered, chunk])
    while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
      const end = 4 + buffered.readInt32BE(0)
      yield buffered.subarray(4, end)
      buffered = buffered.subarray(end)
    }
  }
}
