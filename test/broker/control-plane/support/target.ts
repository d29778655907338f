import { startTestBroker } from '../../../../src/testing/start-broker.ts'
import type { Message } from '../../../../src/wire/index.ts'
import * as wire from '../../../../src/wire/index.ts'
import { startBroker as startProcess } from '../../../interop/support/broker.ts'
import { RawClient } from '../../../support/raw-client.ts'

export type TargetName = 'kohort' | 'kafka'

/** What the same tests run against: our broker in this process, and with KOHORT_FULL=1 Apache Kafka 4.2, the judge. */
export const targets: readonly TargetName[] = process.env.KOHORT_FULL === '1' ? ['kohort', 'kafka'] : ['kohort']

/** Starting Apache Kafka takes its time. */
export const START_TIMEOUT_MS = 120_000

export interface TestTarget {
  readonly name: TargetName
  readonly port: number
  readonly client: RawClient
  call<I, T>(request: Message<unknown, I>, response: Message<T>, version: number, body: I): Promise<T>
  /** Creates topics with as many partitions as said; gives their ids. */
  createTopics(topics: Readonly<Record<string, number>>): Promise<ReadonlyMap<string, string>>
  /** Makes the broker coordinate groups: asks FindCoordinator until it says where. */
  findCoordinator(): Promise<void>
  stop(): Promise<void>
}

export async function startTarget(name: TargetName, set: Readonly<Record<string, string>> = {}): Promise<TestTarget> {
  const { port, stop } = name === 'kohort' ? await startKohort(set) : await startKafka(set)
  const client = await RawClient.connect({ port })
  const call: TestTarget['call'] = (request, response, version, body) => client.call(request, response, version, body)
  return {
    name,
    port,
    client,
    call,
    async createTopics(topics) {
      const { topics: created } = await call(wire.createTopicsRequest, wire.createTopicsResponse, 7, {
        topics: Object.entries(topics).map(([topic, numPartitions]) => newTopic(topic, { numPartitions })),
        timeoutMs: 30_000,
      })
      for (const { name: topic, errorMessage } of created)
        if (errorMessage !== null) throw new Error(`${topic}: ${errorMessage}`)
      await until(async () => {
        const { topics: seen } = await call(wire.metadataRequest, wire.metadataResponse, 12, {
          topics: Object.keys(topics).map((topic) => ({ name: topic })),
          allowAutoTopicCreation: false,
        })
        return seen.every(({ errorCode }) => errorCode === 0)
      })
      return new Map(created.map(({ name: topic, topicId }) => [topic, topicId]))
    },
    async findCoordinator() {
      await until(async () => {
        const { errorCode } = await call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 3, { key: 'g' })
        return errorCode === 0
      })
      // All shards: some may still be loading when the first has an owner.
      await until(async () => {
        const groups = Array.from({ length: 200 }, (_, index) => `probe-${index}`)
        const body = { groups }
        const answer = await call(wire.describeGroupsRequest, wire.describeGroupsResponse, 5, body)
        return answer.groups.every(({ errorCode }) => errorCode === 0)
      })
    },
    async stop() {
      client.close()
      await stop()
    },
  }
}

export function newTopic(name: string, more: Readonly<Record<string, unknown>> = {}) {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...more }
}

/** Asks again until it is so; each question waits for its answer, so nothing sleeps. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it did not become true in 30 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function startKohort(set: Readonly<Record<string, string>>) {
  const running = await startTestBroker({ properties: set })
  return { port: running.listeners[0]!.port, stop: () => running.close() }
}

async function startKafka(set: Readonly<Record<string, string>>) {
  const process = await startProcess({ target: 'kafka', set })
  return { port: process.port, stop: () => process.stop() }
}
