// A consumer that sends every seventh record to the dead letters, for a test that kills it.
import { deadLetter, Kafka, retry, string } from 'kohort'
import { emit } from '../node/events.js'

const { bootstrap, topic, config } = JSON.parse(process.argv[2])
const kafka = new Kafka({ bootstrapServers: bootstrap, clientId: 'dead-letters' })
const consumer = kafka.consumer({ ...config, key: string(), value: string() })
consumer.subscribe(topic)
process.on('SIGTERM', () => void kafka.close())
await consumer.run({
  concurrency: 3,
  handler({ topic: from, partition, offset, key, value }) {
    if (Number(value) % 7 === 0) throw new Error(`${value} is a multiple of seven`)
    emit('record', { topic: from, partition, offset: Number(offset), key, value })
  },
  onError: retry({ attempts: 1, backoffMs: 1 }).then(deadLetter(`${topic}.DLT`)),
})
await kafka.close()
emit('closed')
