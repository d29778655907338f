import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { load, options } from './load.js'

const { Kafka } = await import(pathToFileURL(join(options.dist, 'lib/client.js')).href)
const { topic } = options
const producer = new Kafka({ bootstrapServers: [options.bootstrap], clientId: 'bench' }).producer()
// Its default is idempotent: more than the others are asked for.
await load((values, partition) =>
  values.length === 1
    ? producer.send({ topic, partition, value: values[0] })
    : producer.sendBatch(values.map((value) => ({ topic, partition, value }))),
)
