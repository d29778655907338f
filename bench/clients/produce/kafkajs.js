import { createRequire } from 'node:module'
import { join } from 'node:path'
import { load, options } from './load.js'

const require = createRequire(join(import.meta.dirname, '../../../test/interop/node/package.json'))
const { Kafka, logLevel } = require('kafkajs')
const { topic } = options
const kafka = new Kafka({ brokers: [options.bootstrap], clientId: 'bench', logLevel: logLevel.NOTHING })
const producer = kafka.producer()
await producer.connect()
await load((values, partition) =>
  producer.send({ topic, acks: -1, messages: values.map((value) => ({ partition, value })) }),
)
