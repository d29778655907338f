import { startBroker } from '../../../../src/broker/index.ts'
import * as wire from '../../../../src/wire/index.ts'
import { startBroker as startProcess } from '../../../interop/support/broker.ts'
import { RawClient } from '../../../support/raw-client.ts'

/** A broker that scenarios are run against: ours, or Apache Kafka 4.2 as the judge. */
export interface ScenarioTarget {
  readonly name: 'kohort' | 'kafka'
  readonly port: number
  connect(clientId?: string): Promise<RawClient>
  /** Gives the topic's id. */
  createTopic(name: string, partitions: number, configs?: Readonly<Record<string, string>>): Promise<string>
  deleteTopic(name: string): Promise<void>
  stop(): Promise<void>
}

/** A whole broker in this process; records in memory. */
export async function startKohort(): Promise<ScenarioTarget> {
  const broker = await startBroker({ listeners: [{ host: '127.0.0.1', port: 0 }] })
  return targetAt('kohort', broker.listeners[0]!.port, () => broker.close())
}

/** KAFKA_PORT names one that runs already. */
export async function startKafka(): Promise<ScenarioTarget> {
  const given = process.env.KAFKA_PORT
  const broker = given === undefined ? await startProcess({ target: 'kafka' }) : undefined
  return targetAt('kafka', broker?.port ?? Number(given), async () => broker?.stop())
}

async function targetAt(
  name: ScenarioTarget['name'],
  port: number,
  stop: () => Promise<void> | undefined,
): Promise<ScenarioTarget> {
  const admin = await RawClient.connect({ port })
  // The first group makes __consumer_offsets.
  await admin.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 2, { key: 'g', keyType: 0 })
  await untilLed(admin, '__consumer_offsets', 1)
  return {
    name,
    port,
    connect: (clientId = 'raw-client') => RawClient.connect({ port, clientId }),
    async createTopic(topic, numPartitions, configs = {}) {
      const { topics } = await admin.call(wire.createTopicsRequest, wire.createTopicsResponse, 7, {
        topics: [
          {
            name: topic,
            numPartitions,
            replicationFactor: 1,
            assignments: [],
            configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
          },
        ],
        timeoutMs: 30_000,
      })
      const { errorCode, errorMessage, topicId } = topics[0]!
      if (errorCode !== 0) throw new Error(`${topic}: ${errorCode} ${errorMessage}`)
      await untilLed(admin, topic, numPartitions)
      return topicId
    },
    async deleteTopic(topic) {
      const body = { topicNames: [topic], timeoutMs: 30_000 }
      await admin.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 5, body)
      while (await isListed(admin, topic)) {}
    },
    async stop() {
      admin.close()
      await stop()
    },
  }
}

/** Asks again until each partition has its leader and answers for itself. */
async function untilLed(admin: RawClient, name: string, partitions: number): Promise<void> {
  for (;;) {
    const { topics } = await admin.call(wire.listOffsetsRequest, wire.listOffsetsResponse, 5, {
      replicaId: -1,
      topics: [
        {
          name,
          partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n })),
        },
      ],
    })
    if (topics[0]!.partitions.every(({ errorCode }) => errorCode === 0)) return
  }
}

async function isListed(admin: RawClient, name: string): Promise<boolean> {
  const { topics } = await admin.call(wire.metadataRequest, wire.metadataResponse, 5, {
    topics: [{ name }],
    allowAutoTopicCreation: false,
  })
  return topics[0]!.errorCode === 0
}
