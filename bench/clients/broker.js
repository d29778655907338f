// A broker with records in memory, for clients to read: node broker.js DIST PORT '{"topic": {"partitions": 4, "records": 100000, "bytes": 1000}}'
// Says 'ready'; then each line on its input is a question in JSON, answered by one line:
//   {"settled": GROUP, "members": 20}   when the group rests with so many members, each with a partition
//   {"unowned": GROUP, "sinceMs": …}    for how long its partitions had no owner since then, as the broker's timeline has it
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [dist, port, topicsJson] = process.argv.slice(2)
const load = (file) => import(pathToFileURL(join(dist, file)).href)
const { startBroker } = await load('testing/index.js')
const topics = JSON.parse(topicsJson)
const RECORDS_A_BATCH = 500
/** A group rests when it has not changed for so long. */
const QUIET_MS = 500

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
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line)
  const answer = 'settled' in question ? await settled(question) : await unowned(question)
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

async function settled({ settled: groupId, members }) {
  const group = broker.group(groupId)
  let [state, sinceMs] = ['', performance.now()]
  for (;;) {
    const all = group.members()
    const has = all.map(({ assignment }) => Object.values(assignment).flat().length)
    const now = JSON.stringify([group.state, group.generationId, has])
    if (now !== state) [state, sinceMs] = [now, performance.now()]
    const rests = group.state === 'Stable' && all.length === members && has.every((count) => count > 0)
    if (rests && performance.now() - sinceMs > QUIET_MS) return { settled: groupId }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function unowned({ unowned: groupId, sinceMs }) {
  let [totalMs, maxMs] = [0, 0]
  for await (const event of broker.timeline({ groupId, sinceMs })) {
    for (const { ms } of event.unowned ?? []) [totalMs, maxMs] = [totalMs + ms, Math.max(maxMs, ms)]
  }
  return { totalMs, maxMs }
}
