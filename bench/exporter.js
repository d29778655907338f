// What `kohort exporter` costs with many groups: time of a round, of a page, and memory, against a kohort broker in a process of its own.
// Run `npm run build` first, then `node bench/exporter.js [GROUPS] [PARTITIONS] [SCRAPES]` (5000, 100, 50). Figures of one run on a shared machine are hints.
//
// Broker and exporter are processes of their own. Of partitions the page has lag and seconds. Groups are synthetic: each has committed an offset in each partition of one of ten topics, which is what groups without members look like.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { Kafka } from '../dist/client/index.js'
import { startExporter } from '../dist/http/index.js'
import { silentLogger, systemClock } from '../dist/platform/index.js'
import { startTestBroker } from '../dist/testing/index.js'

const TOPICS = 10
const [groups = 5_000, partitions = 100, scrapes = 50] = process.argv.slice(2).map(Number)

const role = process.env.KOHORT_BENCH_ROLE

if (role === 'broker') {
  const topics = Array.from({ length: TOPICS }, (_, i) => ({ name: `topic-${i}`, partitions }))
  const broker = await startTestBroker({ topics })
  process.send(broker.bootstrapServers)
} else if (role === 'exporter') {
  const server = await startExporter({
    kafka: new Kafka({ bootstrapServers: process.env.KOHORT_BENCH_BROKER }),
    addresses: [{ host: '127.0.0.1', port: 0 }],
    clock: systemClock,
    logger: silentLogger,
    version: 'bench',
    maxSeries: Number.MAX_SAFE_INTEGER,
    includesMetric: (name) => !/^kafka_consumer_(commit|catch|retention|eval|committed|lag_records)/.test(name),
    monitor: { intervalMs: 15_000, timeoutMs: 120_000 },
  })
  process.send(server.addresses[0].port)
} else await main()

async function main() {
  const broker = await start('broker')
  console.log(`${groups} groups x ${partitions} partitions = ${groups * partitions} lags; Node ${process.version}`)
  const kafka = new Kafka({ bootstrapServers: broker.message })
  await commitAll(kafka)
  await kafka.close()
  const beganMs = performance.now()
  const exporter = await start('exporter', { KOHORT_BENCH_BROKER: broker.message })
  const url = `http://127.0.0.1:${exporter.message}/metrics`
  for (;;) {
    const { text } = await scrape(url)
    if (text.includes('kafka_consumer_lag{')) break
  }
  console.log(`first page after ${seconds(performance.now() - beganMs)}, the start of the process included`)
  const times = []
  const rounds = new Map()
  let bytes = 0
  let text = ''
  for (let i = 0; i < scrapes; i++) {
    const scraped = await scrape(url)
    times.push(scraped.ms)
    bytes = scraped.size
    text = scraped.text
    rounds.set(
      sampleOf(text, 'kohort_lag_round_timestamp_seconds'),
      sampleOf(text, 'kohort_lag_round_duration_seconds'),
    )
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
  times.sort((a, b) => a - b)
  const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))]
  console.log(`page: ${sampleOf(text, 'kohort_lag_series')} series, ${(bytes / 1e6).toFixed(1)} MB`)
  console.log(
    `scrape, to the last byte: p50 ${ms(at(0.5))}, p99 ${ms(at(0.99))}, max ${ms(times.at(-1))} of ${times.length}`,
  )
  console.log(`rounds: ${[...rounds.values()].map((s) => `${Number(s).toFixed(1)} s`).join(', ')}`)
  console.log(`exporter: ${(sampleOf(text, 'process_resident_memory_bytes') / 1e6).toFixed(0)} MB resident`)
  exporter.child.kill()
  broker.child.kill()
}

async function start(name, environment = {}) {
  const env = { ...process.env, ...environment, KOHORT_BENCH_ROLE: name }
  const child = fork(new URL(import.meta.url), process.argv.slice(2), { env })
  const [message] = await once(child, 'message')
  return { child, message }
}

function sampleOf(text, name) {
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1])
}

async function commitAll(kafka) {
  const admin = kafka.admin()
  for (let i = 0; i < groups; i += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, groups - i) }, (_, j) => {
        const topic = `topic-${(i + j) % TOPICS}`
        const offsets = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0n }))
        return admin.alterGroupOffsets(`group-${String(i + j).padStart(5, '0')}`, offsets)
      }),
    )
  }
}

function scrape(url) {
  return new Promise((resolve, reject) => {
    const beganMs = performance.now()
    get(url, { headers: { accept: 'text/plain' } }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => {
        const body = Buffer.concat(chunks)
        resolve({ ms: performance.now() - beganMs, size: body.length, text: body.toString() })
      })
    }).on('error', reject)
  })
}

function ms(value) {
  return `${value.toFixed(0)} ms`
}

function seconds(value) {
  return `${(value / 1_000).toFixed(1)} s`
}
