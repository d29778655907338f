import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { load, options } from './load.js'

const require = createRequire(join(import.meta.dirname, '../../../test/interop/node/package.json'))
const { Producer, ProduceAcks } = await import(pathToFileURL(require.resolve('@platformatic/kafka')).href)
const { topic } = options
const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [options.bootstrap] })
await load((values, partition) =>
  producer.send({ acks: ProduceAcks.ALL, messages: values.map((value) => ({ topic, partition, value })) }),
)
