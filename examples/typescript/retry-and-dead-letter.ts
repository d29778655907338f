// A handler that fails is called again; what fails for good goes to another topic, and the group goes on behind it.
import { parseArgs } from 'node:util'
import { deadLetter, json, Kafka, retry } from 'kohort'

const { values: o } = parseArgs({
  options: {
    server: { type: 'string', default: '127.0.0.1:9092' },
    group: { type: 'string', default: 'my-group' },
    topic: { type: 'string', default: 'events' },
  },
})

interface Order {
  readonly id: string
  readonly cents: number
}

await using kafka = new Kafka({ bootstrapServers: o.server, clientId: 'retry-and-dead-letter' })
await using consumer = kafka.consumer({ groupId: o.group, autoOffsetReset: 'earliest', value: json<Order>() })
process.once('SIGINT', () => void consumer.close())

let wobbles = 1
function charge({ id, cents }: Order): void {
  if (cents < 0) throw new Error('nobody can be charged less than nothing')
  if (cents > 1_000 && wobbles-- > 0) throw new Error('the bank does not answer')
  console.log(`charged ${id}`)
}

consumer.subscribe(o.topic)
await consumer.run({
  // Keys keep their order, others overtake.
  concurrency: 4,
  order: 'key',
  handler: ({ value }) => {
    if (value !== null) charge(value)
  },
  // What cannot be decoded is not tried again: it goes to the dead letters at once. The offset moves when they are acknowledged.
  onError: retry({ attempts: 3, backoffMs: 50 }).then(deadLetter(`${o.topic}.DLT`)),
})
