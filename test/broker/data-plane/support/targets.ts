import * as wire from '../../../../src/wire/index.ts'
import { startBroker } from '../../../interop/support/broker.ts'
import { RawClient } from '../../../support/raw-client.ts'
import { TestBroker } from './test-broker.ts'

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

export async function startKohort(): Promise<ScenarioTarget> {
  const broker = await new TestBroker().start()
  broker.createTopic('__consumer_offsets', 1)
  return {
    name: 'kohort',
    port: broker.port,
    connect: (clientId = 'raw-client') => RawClient.connect({ port: broker.port, clientId }),
    createTopic: async (name, partitions, configs) => broker.createTopic(name, partitions, configs).topicId,
    deleteTopic: (name) => broker.deleteTopic(broker.broker.metadata.image.topicsByName.get(name)!),
    stop: () => broker.stop(),
  }
}

export async function startKafka(): Promise<ScenarioTarget> {
  const given = process.env.KAFKA_PORT
  const broker = given === undefined ? await startBroker({ target: 'kafka' }) : undefined
  const port = broker?.port ?? Number(given)
  const admin = await RawClient.connect({ port })
  const createTopic: ScenarioTarget['createTopic'] = async (name, numPartitions, configs = {}) => {
    const { topics } = await admin.call(wire.createTopicsRequest, wire.createTopicsResponse, 7, {
      topics: [
        {
          name,
          numPartitions,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: 30_000,
    })
    const { errorCode, errorMessage, topicId } = topics[0]!
    if (errorCode !== 0) throw new Error(`${name}: ${errorCode} ${errorMessage}`)
    await untilLed(admin, name, numPartitions)
    return topicId
  }
  // The first group makes __consumer_offsets.
  await admin.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 2, { key: 'g', keyType: 0 })
  await untilLed(admin, '__consumer_offsets', 1)
  return {
    name: 'kafka',
    port,
    connect: (clientId = 'raw-client') => RawClient.connect({ port, clientId }),
    createTopic,
    async deleteTopic(name) {
      await admin.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 5, {
        topicNames: [name],
        timeoutMs: 30_000,
      })
      while (await isListed(admin, name)) {}
    },
    async stop() {
      admin.close()
      await broker?.stop()
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
