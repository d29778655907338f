import { createRequire } from 'node:module'
import { join } from 'node:path'
import { measured, optionsOf } from './measure.js'

const options = optionsOf()
const m = measured(options)
const require = createRequire(join(import.meta.dirname, '../../test/interop/node/package.json'))
const { Kafka, logLevel } = require('kafkajs')
const kafka = new Kafka({ brokers: [options.bootstrap], clientId: 'bench', logLevel: logLevel.NOTHING })
const consumer = kafka.consumer({ groupId: options.groupId })
await consumer.connect()
await consumer.subscribe({ topics: [options.topic], fromBeginning: true })
await consumer.run(
  options.by === 'records'
    ? {
        eachMessage: async ({ message }) => {
          m.record(message.value)
        },
      }
    : {
        eachBatch: async ({ batch }) => {
          for (const message of batch.messages) if (m.record(message.value)) break
        },
      },
)
await m.finished
m.report()
process.exit(0)
