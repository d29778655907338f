import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { measured, optionsOf } from './measure.js'

const options = optionsOf()
const m = measured(options)
const { Kafka } = await import(pathToFileURL(join(options.dist, 'lib/client.js')).href)
const kafka = new Kafka({ bootstrapServers: [options.bootstrap], clientId: 'bench' })
const consumer = kafka.consumer({ groupId: options.groupId, autoOffsetReset: 'earliest', ...options.config })
consumer.subscribe(options.topic)
if (options.by === 'records') {
  for await (const record of consumer.records()) if (m.record(record.value)) break
} else {
  loop: for await (const batch of consumer.batches()) {
    for (const record of batch.records) if (m.record(record.value)) break loop
  }
}
m.report()
await kafka.close()
process.exit(0)
