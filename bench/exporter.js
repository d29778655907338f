// What `kohort exporter` costs with many groups: time of a round, of a page, and memory, against a kohort broker in a process of its own.
// Run `npm run build` first, then `node bench/exporter.js [GROUPS] [PARTITIONS] [SCRAPES]` (5000, 100, 50). Figures of one run on a shared machine are hints.
//
// Broker and exporter are processes of their own. Of partitions the page has lag and seconds. Groups are synthetic: each has committed an offset in each partition
// of one of ten topics, which is what groups without members look like. Every other group is behind, at one of ten offsets; a few records are produced all the
// time, so that lags move. Half of the scrapes take gzip, as Prometheus does, the other half do not.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { gunzipSync } from 'node:zlib'
import { Kafka } from '../dist/client/index.js'
import { startExporter } from '../dist/http/index.js'
import { silentLogger, systemClock } from '../dist/platform/index.js'
import { startTestBroker } from '../dist/testing/index.js'

const TOPICS = 10
const RECORDS = 20
const [groups = 5_000, partitions = 100, scrapes = 50] = process.argv.slice(2).map(Number)

const role = process.env.KOHORT_BENCH_ROLE
if (role !== undefined) process.on('disconnect', () => process.exit())

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
  const delay = monitorEventLoopDelay({ resolution: 5 })
  process.on('message', () =>
    process.send({ p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, memory: process.memoryUsage() }),
  )
  process.send(server.addresses[0].port)
  delay.enable()
} else await main()

async function main() {
  const broker = await start('broker')
  console.log(`${groups} groups x ${partitions} partitions = ${groups * partitions} lags; Node ${process.version}`)
  const kafka = new Kafka({ bootstrapServers: broker.message })
  await produceAll(kafka)
  await commitAll(kafka)
  const beganMs = performance.now()
  const exporter = await start('exporter', { KOHORT_BENCH_BROKER: broker.message })
  const url = `http://127.0.0.1:${exporter.message}/metrics`
  for (;;) {
    const { text } = await scrape(url)
    if (text.includes('kafka_consumer_lag{')) break
  }
  console.log(`first page after ${seconds(performance.now() - beganMs)}, the start of the process included`)
  const producer = kafka.producer()
  const times = { gzip: [], plain: [] }
  const rounds = new Map()
  let last
  for (let i = 0; i < scrapes; i++) {
    const kind = i % 2 === 0 ? 'gzip' : 'plain'
    last = await scrape(url, kind)
    times[kind].push(last.ms)
    const roundOf = (what) => sampleOf(last.text, `kohort_lag_round_${what}_seconds`)
    rounds.set(roundOf('timestamp'), roundOf('duration'))
    if (kind === 'gzip') console.error(`${ms(last.ms)} for ${mb(last.wireBytes)} packed`)
    for (let topic = 0; topic < TOPICS; topic++) await producer.send({ topic: `topic-${topic}`, value: 'x' })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
  console.log(`page: ${sampleOf(last.text, 'kohort_lag_series')} series, ${mb(last.text.length)}`)
  for (const [kind, all] of Object.entries(times)) {
    all.sort((a, b) => a - b)
    const at = (share) => all[Math.min(all.length - 1, Math.floor(share * all.length))]
    console.log(
      `${kind}, to the last byte: p50 ${ms(at(0.5))}, p99 ${ms(at(0.99))}, max ${ms(all.at(-1))} of ${all.length}`,
    )
  }
  console.log(`rounds: ${[...rounds.values()].map((s) => `${Number(s).toFixed(1)} s`).join(', ')}`)
  exporter.child.send('delay')
  const [delay] = await once(exporter.child, 'message')
  console.log(`exporter: event loop p99 ${ms(delay.p99)}, max ${ms(delay.max)}`)
  const { rss, heapUsed, arrayBuffers } = delay.memory
  console.log(`exporter: ${mb(rss)} resident, ${mb(heapUsed)} of objects, ${mb(arrayBuffers)} of buffers`)
  await kafka.close()
  exporter.child.disconnect()
  broker.child.disconnect()
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

async function produceAll(kafka) {
  const producer = kafka.producer()
  for (let i = 0; i < TOPICS * partitions; i += 100) {
    await Promise.all(
      Array.from({ length: 100 * RECORDS }, (_, j) => {
        const place = i + Math.floor(j / RECORDS)
        return producer.send({
          topic: `topic-${place % TOPICS}`,
          partition: Math.floor(place / TOPICS) % partitions,
          value: 'x',
        })
      }),
    )
  }
  await producer.close()
}

async function commitAll(kafka) {
  const admin = kafka.admin()
  for (let i = 0; i < groups; i += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, groups - i) }, (_, j) => {
        const topic = `topic-${(i + j) % TOPICS}`
        // Groups of one topic that are behind are at different places.
        const group = (i + j) / TOPICS
        const offset = (i + j) % 2 === 0 ? RECORDS : Math.floor(group) % 10
        const offsets = Array.from({ length: partitions }, (_, partition) => ({
          topic,
          partition,
          offset: BigInt(offset),
        }))
        return admin.alterGroupOffsets(`group-${String(i + j).padStart(5, '0')}`, offsets)
      }),
    )
  }
}

/** Times are to the last byte, without unpacking. */
function scrape(url, kind = 'gzip') {
  return new Promise((resolve, reject) => {
    const beganMs = performance.now()
    const headers = { accept: 'text/plain', ...(kind === 'gzip' ? { 'accept-encoding': 'gzip' } : {}) }
    get(url, { headers }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const ms = performance.now() - beganMs
        const body = Buffer.concat(chunks)
        const isPacked = response.headers['content-encoding'] === 'gzip'
        resolve({ ms, wireBytes: body.length, text: (isPacked ? gunzipSync(body) : body).toString() })
      })
    }).on('error', reject)
  })
}

function mb(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function ms(value) {
  return `${value.toFixed(0)} ms`
}

function seconds(value) {
  return `${(value / 1_000).toFixed(1)} s`
}
