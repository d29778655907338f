import { createRequire } from 'node:module'
import { join } from 'node:path'
import { measured, optionsOf } from './measure.js'

const options = optionsOf()
const m = measured(options)
const require = createRequire(join(import.meta.dirname, '../../test/interop/node/package.json'))
const { KafkaConsumer } = require('node-rdkafka')
const consumer = new KafkaConsumer(
  { 'metadata.broker.list': options.bootstrap, 'group.id': options.groupId },
  { 'auto.offset.reset': 'earliest' },
)
await new Promise((done, fail) => consumer.connect({}, (error) => (error ? fail(error) : done())))
consumer.subscribe([options.topic])
if (options.by === 'records') {
  consumer.on('data', ({ value }) => m.record(value))
  consumer.consume()
} else {
  const next = () => {
    consumer.consume(1000, (error, messages) => {
      if (error) throw error
      for (const { value } of messages) m.record(value)
      setImmediate(next)
    })
  }
  next()
}
await m.finished
m.report()
process.exit(0)
