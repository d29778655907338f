// Heartbeats of a group member while a log is compacted and another is read from cold files: what cleaning costs those who wait for an answer.
//   npm run build && node bench/cleaning.js [--mb 2048] [--port 21700] [--dir FOLDER]
// Two brokers one after another on one folder: the first takes the records (log.cleaner.enable=false), the second cleans them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import * as wire from '../dist/wire/index.js'

const { values: options } = parseArgs({
  options: {
    mb: { type: 'string', default: '2048' },
    port: { type: 'string', default: '21700' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const port = Number(options.port)
const totalBytes = Number(options.mb) * 1024 * 1024
/** Each key comes about five times. */
const KEYS = Math.max(1000, Math.round(totalBytes / 1024 / 5))
const HEARTBEAT_MS = 5

/** A connection: one request at a time. */
class Client {
  #socket
  #received = Buffer.alloc(0)
  #chunks = []
  #bytes = 0
  #waiting
  #id = 0

  static async connect() {
    const client = new Client()
    client.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(client.#socket, 'connect')
    client.#socket.on('data', (chunk) => client.#take(chunk))
    return client
  }

  async call(api, version, body) {
    const correlationId = ++this.#id
    const answer = new Promise((resolve) => {
      this.#waiting = resolve
    })
    for (const part of wire.encodeRequestFrame({ api, version, correlationId, clientId: 'bench', body }))
      this.#socket.write(part)
    return wire.decodeResponse(api, version, await answer).body
  }

  #take(chunk) {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < 4) return
    if (this.#received.length === 0) this.#received = Buffer.concat(this.#chunks.splice(0))
    const size = this.#received.readInt32BE(0) + 4
    if (this.#bytes < size) return
    const frame = Buffer.concat([this.#received, ...this.#chunks.splice(0)])
    this.#received = Buffer.alloc(0)
    this.#bytes = 0
    this.#waiting(frame.subarray(4))
  }

  close() {
    this.#socket.destroy()
  }
}

async function startBroker(dataDir, set) {
  const args = ['bin/kohort.js', 'broker', '--listen', `127.0.0.1:${port}`, '--data-dir', dataDir]
  for (const [name, value] of Object.entries(set)) args.push('--set', `${name}=${value}`)
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => lines.push(...String(text).split('\n')))
  for (let i = 0; i < 600; i++) {
    const socket = connect({ port, host: '127.0.0.1' })
    const isUp = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isUp) return { child, lines }
    if (child.exitCode !== null) throw new Error(lines.join('\n'))
    await pause(100)
  }
  throw new Error(`no broker:\n${lines.join('\n')}`)
}

async function stop({ child }) {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
}

async function createTopic(client, name, configs) {
  const entries = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
  const topics = [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: entries }]
  const answer = await client.call(wire.apis.CreateTopics, 4, { topics, timeoutMs: 30_000, validateOnly: false })
  if (answer.topics[0].errorCode !== 0) throw new Error(`${name}: ${answer.topics[0].errorMessage}`)
}

async function fill(client, topic, bytes) {
  const value = Buffer.alloc(1000, 'v')
  let sent = 0
  let n = 0
  while (sent < bytes) {
    const records = Array.from({ length: 900 }, () => ({
      timestamp: Date.now(),
      key: Buffer.from(`key-${(n++ * 7919) % KEYS}`),
      value,
    }))
    const batch = wire.encodeBatch({ records })
    const topicData = [{ name: topic, partitionData: [{ index: 0, records: batch }] }]
    const answer = await client.call(wire.apis.Produce, 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData,
    })
    const { errorCode } = answer.responses[0].partitionResponses[0]
    if (errorCode !== 0) throw new Error(`produce: ${errorCode}`)
    sent += batch.length
  }
}

async function joinGroup(client) {
  for (;;) {
    const found = await client.call(wire.apis.FindCoordinator, 3, { key: 'beats', keyType: 0 })
    if (found.errorCode === 0) break
    await pause(100)
  }
  const join = {
    groupId: 'beats',
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    groupInstanceId: null,
    protocolType: 'consumer',
  }
  const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
  let memberId = ''
  for (;;) {
    const joined = await client.call(wire.apis.JoinGroup, 5, { ...join, memberId, protocols })
    memberId = joined.memberId
    if (joined.errorCode === 79 || joined.errorCode === 14 || joined.errorCode === 15 || joined.errorCode === 16) {
      await pause(50)
      continue
    }
    if (joined.errorCode !== 0) throw new Error(`join: ${joined.errorCode}`)
    const member = { groupId: 'beats', generationId: joined.generationId, memberId, groupInstanceId: null }
    await client.call(wire.apis.SyncGroup, 3, { ...member, assignments: [{ memberId, assignment: Buffer.alloc(0) }] })
    return member
  }
}

/** Round trips of heartbeats, one every few milliseconds, until told to stop. */
function beat(client, member) {
  const ms = []
  let isOver = false
  const done = (async () => {
    while (!isOver) {
      const began = performance.now()
      const { errorCode } = await client.call(wire.apis.Heartbeat, 3, member)
      ms.push(performance.now() - began)
      if (errorCode !== 0) throw new Error(`heartbeat: ${errorCode}`)
      await pause(HEARTBEAT_MS)
    }
  })()
  return async () => {
    isOver = true
    await done
    ms.sort((a, b) => a - b)
    const at = (share) => ms[Math.min(ms.length - 1, Math.floor(ms.length * share))].toFixed(2)
    return { beats: ms.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) }
  }
}

/** Reads a topic from its start, again and again. */
function readCold(client, topic) {
  let bytes = 0
  let isOver = false
  const done = (async () => {
    let fetchOffset = 0n
    while (!isOver) {
      const partitions = [
        {
          partition: 0,
          currentLeaderEpoch: -1,
          fetchOffset,
          lastFetchedEpoch: -1,
          logStartOffset: -1n,
          partitionMaxBytes: 1_048_576,
        },
      ]
      const topics = [{ topic, partitions }]
      const body = {
        replicaId: -1,
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 50_000_000,
        isolationLevel: 0,
        sessionId: 0,
        sessionEpoch: -1,
        topics,
        forgottenTopicsData: [],
        rackId: '',
      }
      const answer = await client.call(wire.apis.Fetch, 11, body)
      const { records } = answer.responses[0].partitions[0]
      if (records === null || records.length === 0) {
        fetchOffset = 0n
        continue
      }
      bytes += records.length
      for (const header of wire.iterateBatches(records)) fetchOffset = header.lastOffset + 1n
    }
  })()
  return async () => {
    isOver = true
    await done
    return bytes
  }
}

const dataDir = await mkdtemp(join(options.dir, 'kohort-cleaning-'))
let broker
try {
  broker = await startBroker(dataDir, { 'log.cleaner.enable': 'false' })
  const client = await Client.connect()
  await createTopic(client, 'table', {
    'cleanup.policy': 'compact',
    'segment.bytes': String(Math.min(128 * 1024 * 1024, totalBytes / 8)),
  })
  await createTopic(client, 'cold', { 'retention.ms': '-1' })
  let began = performance.now()
  await fill(client, 'cold', totalBytes / 4)
  await fill(client, 'table', totalBytes)
  console.log(
    `filled ${options.mb} MB of table and ${Number(options.mb) / 4} MB of cold in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  )
  client.close()
  await stop(broker)

  broker = await startBroker(dataDir, { 'log.cleaner.backoff.ms': '8000' })
  const [heart, reader] = [await Client.connect(), await Client.connect()]
  const member = await joinGroup(heart)
  const quiet = beat(heart, member)
  await pause(4000)
  console.log('heartbeats, nothing else', await quiet())
  const stopReading = readCold(reader, 'cold')
  const cleaning = beat(heart, member)
  began = performance.now()
  const cleaned = () => broker.lines.find((line) => line.includes('cleaned table-0'))
  while (cleaned() === undefined && performance.now() - began < 240_000) await pause(100)
  console.log('heartbeats, cleaning and a cold reader', await cleaning())
  const bytes = await stopReading()
  console.log(`${cleaned() ?? 'NOT CLEANED'}`)
  console.log(`the cold reader read ${(bytes / 1024 / 1024 / ((performance.now() - began) / 1000)).toFixed(0)} MB/s`)
  const readOnly = readCold(reader, 'cold')
  const reading = beat(heart, member)
  await pause(4000)
  console.log('heartbeats, a cold reader alone', await reading())
  await readOnly()
  heart.close()
  reader.close()
} finally {
  if (broker !== undefined) await stop(broker)
  await rm(dataDir, { recursive: true, force: true })
}
