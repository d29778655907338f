import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { measured, optionsOf } from './measure.js'

const options = optionsOf()
const m = measured(options)
const require = createRequire(join(import.meta.dirname, '../../test/interop/node/package.json'))
const { Consumer } = await import(pathToFileURL(require.resolve('@platformatic/kafka')).href)
const consumer = new Consumer({ clientId: 'bench', bootstrapBrokers: [options.bootstrap], groupId: options.groupId })
const stream = await consumer.consume({ topics: [options.topic], mode: 'committed', fallbackMode: 'earliest' })
// It has no batches to hand out: its fastest way is the stream's own events.
if (options.by === 'records') {
  for await (const message of stream) if (m.record(message.value)) break
} else {
  stream.on('data', (message) => m.record(message.value))
  await m.finished
}
m.report()
process.exit(0)
