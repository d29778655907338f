// Incremental rebalances: only partitions that move stop, the others are read all the time.
import { parseArgs } from 'node:util'
import { Kafka, string } from 'kohort'

const { values: o } = parseArgs({
  options: {
    server: { type: 'string', default: '127.0.0.1:9092' },
    group: { type: 'string', default: 'my-group' },
    topic: { type: 'string', default: 'events' },
  },
})

await using kafka = new Kafka({ bootstrapServers: o.server, clientId: 'cooperative-sticky' })
await using consumer = kafka.consumer({
  groupId: o.group,
  autoOffsetReset: 'earliest',
  partitionAssignmentStrategy: 'cooperative-sticky',
  value: string(),
})
process.once('SIGINT', () => void consumer.close())

const numbers = (partitions: readonly { readonly partition: number }[]): string =>
  `[${partitions.map(({ partition }) => partition).join(', ')}]`
consumer.subscribe(o.topic, {
  onPartitionsAssigned: (partitions) => console.log(`came: ${numbers(partitions)}`),
  onPartitionsRevoked: (partitions) => console.log(`went: ${numbers(partitions)}`),
})
for await (const { partition, offset, value } of consumer.records()) {
  console.log(`partition=${partition} offset=${offset} value=${value}`)
}
