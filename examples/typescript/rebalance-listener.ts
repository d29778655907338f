// State for each partition: set up when the partition comes, saved when it goes, dropped when it is lost.
import { parseArgs } from 'node:util'
import { Kafka, string } from 'kohort'

const { values: o } = parseArgs({
  options: {
    server: { type: 'string', default: '127.0.0.1:9092' },
    group: { type: 'string', default: 'my-group' },
    topic: { type: 'string', default: 'events' },
  },
})

await using kafka = new Kafka({ bootstrapServers: o.server, clientId: 'rebalance-listener' })
await using consumer = kafka.consumer({
  groupId: o.group,
  autoOffsetReset: 'earliest',
  partitionAssignmentStrategy: 'cooperative-sticky',
  value: string(),
})
process.once('SIGINT', () => void consumer.close())

const counts = new Map<number, number>()
// All three are awaited: the group waits meanwhile, maxPollIntervalMs at most.
consumer.subscribe(o.topic, {
  onPartitionsAssigned(partitions) {
    for (const { partition } of partitions) {
      counts.set(partition, 0)
      console.log(`partition ${partition} assigned`)
    }
  },
  async onPartitionsRevoked(partitions, { commit, reason }) {
    for (const { partition } of partitions) {
      console.log(`partition ${partition} revoked after ${counts.get(partition)} records`)
      counts.delete(partition)
    }
    console.log(`because: ${reason}`)
    // Still ours: what is saved and what is committed belong together.
    await commit()
  },
  onPartitionsLost(partitions) {
    // Another's already: nothing may be saved.
    for (const { partition } of partitions) counts.delete(partition)
  },
})
for await (const { partition } of consumer.records()) counts.set(partition, (counts.get(partition) ?? 0) + 1)
