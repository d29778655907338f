// A broker with records in memory, for clients to read: node broker.js DIST PORT '{"topic": {"partitions": 4, "records": 100000, "bytes": 1000}}'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [dist, port, topicsJson] = process.argv.slice(2)
const load = (file) => import(pathToFileURL(join(dist, file)).href)
const { startBroker } = await load('testing/index.js')
const topics = JSON.parse(topicsJson)
const RECORDS_A_BATCH = 500

const broker = await startBroker({
  port: Number(port),
  topics: Object.fromEntries(Object.entries(topics).map(([name, { partitions }]) => [name, partitions])),
})
for (const [name, { partitions, records, bytes }] of Object.entries(topics)) {
  for (let sent = 0, i = 0; sent < records; sent += RECORDS_A_BATCH, i++) {
    const count = Math.min(RECORDS_A_BATCH, records - sent)
    const value = Buffer.alloc(bytes, 97 + (i % 26))
    await broker.produce(
      name,
      Array.from({ length: count }, () => ({ partition: i % partitions, value })),
    )
  }
}
process.stdout.write('ready\n')
process.on('SIGTERM', () => broker.close().then(() => process.exit(0)))
