// What the broker's own /metrics costs its clients: how long a heartbeat waits while the lag of many groups is looked at and scraped, and while it is not.
// Run `npm run build` first, then `node bench/broker-page.js [GROUPS] [PARTITIONS] [SECONDS]` (1000, 10, 20). Figures of one run on a shared machine are hints.
//
// Broker and page are one process, the heartbeats come from another, fifty a second on a connection of their own: of a member that is not there, which is
// the same work but for the answer.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import { Kafka } from '../dist/client/index.js'
import { startHttpServer } from '../dist/http/index.js'
import { silentLogger, systemClock } from '../dist/platform/index.js'
import { startTestBroker } from '../dist/testing/index.js'

const [groups = 1_000, partitions = 10, secondsAPhase = 20] = process.argv.slice(2).map(Number)

async function main() {
  const env = { ...process.env, KOHORT_BENCH_ROLE: 'broker' }
  const child = fork(new URL(import.meta.url), process.argv.slice(2), { env })
  const [{ bootstrapServers, port }] = await once(child, 'message')
  console.log(`${groups} groups x ${partitions} partitions; Node ${process.version}`)
  const kafka = new Kafka({ bootstrapServers })
  const admin = kafka.admin()
  for (let i = 0; i < groups; i += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, groups - i) }, (_, j) => {
        const offsets = Array.from({ length: partitions }, (_, partition) => ({
          topic: 'orders',
          partition,
          offset: 0n,
        }))
        return admin.alterGroupOffsets(`group-${i + j}`, offsets)
      }),
    )
  }
  await kafka.close()
  const heartbeats = await Heartbeats.connect(Number(bootstrapServers.split(':')[1]))
  report('nobody scrapes', await heartbeats.during(secondsAPhase * 1_000))
  let isOver = false
  const sizes = []
  const scraping = (async () => {
    while (!isOver) {
      sizes.push(await scrape(`http://127.0.0.1:${port}/metrics`))
      await sleep(1_000)
    }
  })()
  report('scraped once a second', await heartbeats.during(secondsAPhase * 1_000))
  isOver = true
  await scraping
  console.log(`page: ${(sizes.at(-1) / 1e3).toFixed(0)} kB packed`)
  heartbeats.close()
  child.kill()
}

class Heartbeats {
  #socket
  #answered = () => {}

  static async connect(port) {
    const heartbeats = new Heartbeats()
    heartbeats.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    heartbeats.#socket.on('data', () => heartbeats.#answered())
    await once(heartbeats.#socket, 'connect')
    return heartbeats
  }

  /** How long each waited for its answer, in ms. */
  async during(durationMs) {
    const times = []
    const endMs = performance.now() + durationMs
    while (performance.now() < endMs) {
      const beganMs = performance.now()
      const answered = new Promise((resolve) => {
        this.#answered = resolve
      })
      this.#socket.write(HEARTBEAT)
      await answered
      times.push(performance.now() - beganMs)
      await sleep(20)
    }
    return times
  }

  close() {
    this.#socket.destroy()
  }
}

/** Heartbeat v0 of member `m` of group `group-0`, with its length in front. */
const HEARTBEAT = (() => {
  const text = (value) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)])
  const header = Buffer.from([0, 12, 0, 0, 0, 0, 0, 1, 255, 255])
  const frame = Buffer.concat([header, text('group-0'), Buffer.from([0, 0, 0, 1]), text('m')])
  const length = Buffer.alloc(4)
  length.writeInt32BE(frame.length)
  return Buffer.concat([length, frame])
})()

function report(what, times) {
  times.sort((a, b) => a - b)
  const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(1)
  console.log(`heartbeats, ${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms of ${times.length}`)
}

function scrape(url) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      let size = 0
      response.on('data', (chunk) => {
        size += chunk.length
      })
      response.on('end', () => resolve(size))
    }).on('error', reject)
  })
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

if (process.env.KOHORT_BENCH_ROLE === 'broker') {
  process.on('disconnect', () => process.exit())
  const broker = await startTestBroker({ topics: [{ name: 'orders', partitions }] })
  const http = await startHttpServer({
    addresses: [{ host: '127.0.0.1', port: 0 }],
    observed: { broker, isStopping: false },
    clock: systemClock,
    logger: silentLogger,
    version: 'bench',
    showsLag: true,
  })
  process.send({ bootstrapServers: broker.bootstrapServers, port: http.addresses[0].port })
} else await main()
