// A member of a group. Its offsets are committed by themselves, each five seconds and when it ends.
import { parseArgs } from 'node:util'
import { Kafka, string } from 'kohort'

const { values: o } = parseArgs({
  options: {
    server: { type: 'string', default: '127.0.0.1:9092' },
    group: { type: 'string', default: 'my-group' },
    topic: { type: 'string', default: 'events' },
  },
})

await using kafka = new Kafka({ bootstrapServers: o.server, clientId: 'basic-consumer' })
await using consumer = kafka.consumer({ groupId: o.group, autoOffsetReset: 'earliest', value: string() })
// Ctrl-C ends the loop: what is processed is committed, and the member leaves.
process.once('SIGINT', () => void consumer.close())

consumer.subscribe(o.topic)
for await (const { partition, offset, value } of consumer.records()) {
  console.log(`partition=${partition} offset=${offset} value=${value}`)
}
