import { type RunningBroker, startBroker } from '../../src/broker/index.ts'
import { type Logger, silentLogger } from '../../src/platform/index.ts'
import * as wire from '../../src/wire/index.ts'
import { RawClient } from '../support/raw-client.ts'

/** A whole broker in this process, with what it said of its own mistakes. */
export interface Victim {
  readonly broker: RunningBroker
  readonly port: number
  /** Lines logged as errors: mistakes of the broker. */
  readonly mistakes: readonly string[]
  connect(): Promise<RawClient>
  /** Throws unless the broker still serves an ordinary client. */
  probe(): Promise<void>
  untilNoConnections(): Promise<void>
  stop(): Promise<void>
}

export async function startVictim(properties: Readonly<Record<string, string>> = {}): Promise<Victim> {
  const mistakes: string[] = []
  const logger: Logger = {
    ...silentLogger,
    error: (fields, message) => mistakes.push(`${message} ${describe(fields)}`),
  }
  const broker = await startBroker({
    listeners: [{ host: '127.0.0.1', port: 0 }],
    topics: [{ name: 'probe', partitions: 1 }],
    properties,
    logger,
  })
  const { port } = broker.listeners[0]!
  const clients = new Set<RawClient>()
  const connect = async (): Promise<RawClient> => {
    const client = await RawClient.connect({ port })
    clients.add(client)
    return client
  }
  return {
    broker,
    port,
    mistakes,
    connect,
    async probe() {
      const client = await connect()
      const { topics } = await client.call(wire.listOffsetsRequest, wire.listOffsetsResponse, 5, {
        replicaId: -1,
        topics: [{ name: 'probe', partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
      })
      client.close()
      if (topics[0]?.partitions[0]?.errorCode !== 0) throw new Error('the broker does not serve the probe')
    },
    async untilNoConnections() {
      for (const client of clients) await client.ended()
      clients.clear()
    },
    stop: () => broker.close(),
  }
}

function describe(fields: object): string {
  const { err, ...rest } = fields as { readonly err?: unknown }
  return `${JSON.stringify(rest)} ${err instanceof Error ? err.stack : ''}`
}

/** Numbers that a seed gives again (mulberry32). */
export function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below)
  }
}

export function residentMb(): number {
  return process.memoryUsage().rss / 1024 / 1024
}
