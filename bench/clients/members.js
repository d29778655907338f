// Members of one group in one process: node members.js '{"client": "kohort", "dist": …, "bootstrap": …, "topic": …, "groupId": …, "members": 20}'
// Starts them; one more for each line on its input; ends with it.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const options = JSON.parse(process.argv[2])
const require = createRequire(join(import.meta.dirname, '../../test/interop/node/package.json'))

const starters = {
  async kohort() {
    const { Kafka } = await import(pathToFileURL(join(options.dist, 'lib/client.js')).href)
    const kafka = new Kafka({ bootstrapServers: [options.bootstrap], clientId: 'bench' })
    return async () => {
      const consumer = kafka.consumer({ groupId: options.groupId, ...options.config })
      consumer.subscribe(options.topic)
      void consumer.run({ handler: () => {} })
    }
  },
  async kafkajs() {
    const { Kafka, logLevel } = require('kafkajs')
    const kafka = new Kafka({ brokers: [options.bootstrap], clientId: 'bench', logLevel: logLevel.NOTHING })
    return async () => {
      const consumer = kafka.consumer({ groupId: options.groupId })
      await consumer.connect()
      await consumer.subscribe({ topics: [options.topic] })
      await consumer.run({ eachMessage: async () => {} })
    }
  },
  async platformatic() {
    const { Consumer } = await import(pathToFileURL(require.resolve('@platformatic/kafka')).href)
    return async () => {
      const consumer = new Consumer({
        clientId: 'bench',
        bootstrapBrokers: [options.bootstrap],
        groupId: options.groupId,
      })
      const stream = await consumer.consume({ topics: [options.topic], mode: 'committed' })
      stream.on('data', () => {})
      stream.on('error', () => {})
    }
  },
  async rdkafka() {
    const { KafkaConsumer } = require('node-rdkafka')
    return async () => {
      const consumer = new KafkaConsumer(
        { 'metadata.broker.list': options.bootstrap, 'group.id': options.groupId, ...options.config },
        {},
      )
      await new Promise((done, fail) => consumer.connect({}, (error) => (error ? fail(error) : done())))
      consumer.subscribe([options.topic])
      consumer.consume(() => {})
    }
  },
}

const start = await starters[options.client]()
await Promise.all(Array.from({ length: options.members }, start))
for await (const _line of createInterface({ input: process.stdin })) await start()
process.exit(0)
