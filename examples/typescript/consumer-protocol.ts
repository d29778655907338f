// The consumer protocol (KIP-848): the broker assigns, and members move one by one, without a stop for all.
import { parseArgs } from 'node:util'
import { Kafka, string } from 'kohort'

const { values: o } = parseArgs({
  options: {
    server: { type: 'string', default: '127.0.0.1:9092' },
    group: { type: 'string', default: 'my-group' },
    topic: { type: 'string', default: 'events' },
  },
})

await using kafka = new Kafka({ bootstrapServers: o.server, clientId: 'consumer-protocol' })
await using consumer = kafka.consumer({
  groupId: o.group,
  // 'auto' keeps the protocol of a group that has members, and takes this one for a group that has none.
  groupProtocol: 'consumer',
  groupRemoteAssignor: 'uniform',
  autoOffsetReset: 'earliest',
  value: string(),
})
process.once('SIGINT', () => void consumer.close())

const names = (partitions: readonly { readonly topic: string; readonly partition: number }[]): string =>
  partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
// A pattern that the broker matches (RE2, the whole name): topics that come later are found without asking for all metadata.
consumer.subscribe(
  { re2: `${o.topic}.*` },
  {
    onPartitionsAssigned: (partitions) => console.log(`came: ${names(partitions)}`),
    onPartitionsRevoked: (partitions) => console.log(`went: ${names(partitions)}`),
  },
)
for await (const { topic, partition, offset, value } of consumer.records()) {
  console.log(`${topic}-${partition} offset=${offset} value=${value}`)
}
