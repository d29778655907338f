// Commits only after the record was processed: after a crash it is read again, never skipped (at least once).
import { parseArgs } from 'node:util'
import { Kafka, string } from 'kohort'

const { values: o } = parseArgs({
  options: {
    server: { type: 'string', default: '127.0.0.1:9092' },
    group: { type: 'string', default: 'my-group' },
    topic: { type: 'string', default: 'events' },
  },
})

await using kafka = new Kafka({ bootstrapServers: o.server, clientId: 'manual-commit' })
await using consumer = kafka.consumer({
  groupId: o.group,
  autoOffsetReset: 'earliest',
  enableAutoCommit: false,
  value: string(),
})
process.once('SIGINT', () => void consumer.close())

consumer.subscribe(o.topic)
for await (const record of consumer.records()) {
  const { partition, offset, value } = record
  console.log(`processed partition=${partition} offset=${offset} value=${value}`)
  // Waits for the broker. Where that costs too much: batches(), and one commit each.
  await consumer.commit(record)
  console.log(`committed partition=${partition} offset=${offset + 1n}`)
}
