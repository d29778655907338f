// A static member (KIP-345): its partitions wait for it while it restarts, and the others notice nothing.
import { parseArgs } from 'node:util'
import { Kafka, string } from 'kohort'

const { values: o } = parseArgs({
  options: {
    server: { type: 'string', default: '127.0.0.1:9092' },
    group: { type: 'string', default: 'my-group' },
    topic: { type: 'string', default: 'events' },
    instance: { type: 'string', default: 'one' },
  },
})

await using kafka = new Kafka({ bootstrapServers: o.server, clientId: o.instance })
await using consumer = kafka.consumer({
  groupId: o.group,
  // One name for each running copy, the same after a restart: a pod's of a StatefulSet, a host's.
  groupInstanceId: o.instance,
  // How long its partitions wait for it.
  sessionTimeoutMs: 30_000,
  autoOffsetReset: 'earliest',
  value: string(),
})
// It does not leave the group: close({ groupMembershipOperation: 'leave-group' }) would, for a copy that does not come back.
process.once('SIGINT', () => void consumer.close())

consumer.subscribe(o.topic, {
  onPartitionsAssigned: (partitions) => {
    console.log(`${o.instance} assigned: [${partitions.map(({ partition }) => partition).join(', ')}]`)
  },
})
for await (const { partition, offset, value } of consumer.records()) {
  console.log(`partition=${partition} offset=${offset} value=${value}`)
}
