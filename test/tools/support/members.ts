import { type Consumer, type ConsumerConfig, type ConsumerRecord, Kafka } from '../../../src/client/index.ts'

export interface MemberOptions extends ConsumerConfig {
  readonly groupId: string
  readonly clientId: string
  readonly topics: readonly string[]
  /** Records that it works on at once; default 1. */
  readonly concurrency?: number
  /** What it does with a record; default nothing. */
  readonly handler?: (record: ConsumerRecord) => unknown
}

/** A member as applications make it: a consumer of its own client that runs until it is closed. */
export interface RunningMember {
  readonly clientId: string
  readonly consumer: Consumer
  /** Rejects with what ended it. */
  readonly done: Promise<void>
  close(): Promise<void>
}

export function startMember(bootstrapServers: string, options: MemberOptions): RunningMember {
  const { clientId, topics, handler = () => {}, concurrency = 1, ...config } = options
  const kafka = new Kafka({ bootstrapServers, clientId, retryBackoffMs: 5, reconnectBackoffMs: 5 })
  const consumer = kafka.consumer({
    autoOffsetReset: 'earliest',
    heartbeat: 'inline',
    ...(config.groupProtocol !== 'consumer' && { heartbeatIntervalMs: 50 }),
    ...config,
  })
  consumer.subscribe([...topics])
  const done = consumer.run({ concurrency, handler: async (record) => void (await handler(record)) })
  done.catch(() => {})
  return {
    clientId,
    consumer,
    done,
    close: () => kafka.close(),
  }
}

/** Everything of an iteration. */
export async function all<T>(iteration: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of iteration) found.push(one)
  return found
}
