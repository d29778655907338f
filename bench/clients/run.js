// Clients of Node side by side: one broker, one machine, one run, alternating rounds, each client in a process of its own.
//   node bench/clients/run.js [--lines start,consume,unowned,produce] [--rounds 3] [--scale 1] [--port 25100] [--dist dist] [--node PATH] [--only kohort,kafkajs]
// `start` is the time from the first line of a program, its imports included, to the first record that a new group gets, a median of seven a round. `consume` reads
// what is there, by records and by batches, to the last record. `unowned` lets a member join 20 others and asks the broker for how long partitions had no owner. `produce` sends with acks=all, in calls of 500 and one at a time.
// Ratios are of medians, with the smallest and largest within one round.
// @platformatic/kafka needs Node 22: all run on the Node that test/interop/node brings along, unless --node says otherwise. node-rdkafka takes part where it is
// installed beside the others: it is compiled, or downloaded, when it is installed.
import '../lib/environment.js'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { summary, table } from './table.js'

const folder = import.meta.dirname
const root = resolve(folder, '../..')
const { values: options } = parseArgs({
  options: {
    lines: { type: 'string', default: 'start,consume,unowned,produce' },
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    port: { type: 'string', default: '25100' },
    dist: { type: 'string', default: join(root, 'dist') },
    node: { type: 'string' },
    only: { type: 'string', default: 'kohort,kafkajs,platformatic,rdkafka' },
  },
})
const bundled = join(root, `test/interop/node/node_modules/node-linux-${process.arch}/bin/node`)
const node = options.node ?? (existsSync(bundled) ? bundled : process.execPath)
const scale = Number(options.scale)
// Many times what a client reads ahead: some 50 MB.
const records = {
  'consume 1 KB': { topic: 'bench-1k', partitions: 4, records: Math.round(600_000 * scale), bytes: 1000 },
  'consume 100 B': { topic: 'bench-100', partitions: 4, records: Math.round(4_000_000 * scale), bytes: 100 },
}
const produced = {
  'produce 1 KB, calls of 500': {
    records: Math.round(60_000 * scale),
    bytes: 1000,
    recordsACall: 500,
    callsUnderWay: 4,
  },
  'produce 100 B, calls of 500': {
    records: Math.round(300_000 * scale),
    bytes: 100,
    recordsACall: 500,
    callsUnderWay: 4,
  },
  'produce 1 KB, each awaited': { records: Math.round(5_000 * scale), bytes: 1000, recordsACall: 1, callsUnderWay: 1 },
  'produce 1 KB, 100 at once': {
    records: Math.round(30_000 * scale),
    bytes: 1000,
    recordsACall: 1,
    callsUnderWay: 100,
  },
}
const startTopic = { topic: 'bench-start', partitions: 4, records: 4000, bytes: 100 }
const STARTS = 7
const produceTopic = { topic: 'bench-produce', partitions: 4, records: 0, bytes: 0 }
const groupTopic = { topic: 'bench-group', partitions: 42, records: 0, bytes: 0 }
const MEMBERS = 20
/** Kohort's defaults begin with an eager assignor, as Java's do; a group that is new can have better. */
const ourGroups = {
  'kohort (defaults)': {},
  kohort: { partitionAssignmentStrategy: ['cooperative-sticky'] },
  'kohort (KIP-848)': { groupProtocol: 'consumer' },
}
const figures = [
  { key: 'recordsASecond', unit: 'records/s' },
  { key: 'megabytesASecond', unit: 'MB/s' },
  { key: 'cpuMicrosARecord', unit: 'CPU µs/record' },
  { key: 'startToLastMs', unit: 'start to last record, ms' },
  { key: 'startToFirstMs', unit: 'start to first record, ms' },
  { key: 'peakRssMb', unit: 'peak RSS, MB' },
  { key: 'unownedMs', unit: 'a partition without an owner, mean ms' },
  { key: 'longestMs', unit: 'the longest, ms' },
]
const clients = options.only.split(',').filter(isInstalled)
const bootstrap = `127.0.0.1:${options.port}`
const topics = Object.fromEntries(
  [startTopic, ...Object.values(records), groupTopic, produceTopic].map(({ topic, ...spec }) => [topic, spec]),
)

const broker = spawn(
  process.execPath,
  [join(folder, 'broker.js'), options.dist, options.port, JSON.stringify(topics)],
  { stdio: ['pipe', 'pipe', 'inherit'] },
)
const brokerEnd = new Promise((_done, fail) => {
  broker.once('exit', (code) => fail(new Error(`the broker ended with ${code}`)))
})
brokerEnd.catch(() => {})
const answers = createInterface({ input: broker.stdout })[Symbol.asyncIterator]()
const nextAnswer = async () => (await Promise.race([answers.next(), brokerEnd])).value
await nextAnswer()
const ask = async (question) => {
  broker.stdin.write(`${JSON.stringify(question)}\n`)
  return JSON.parse(await nextAnswer())
}

const samples = []
try {
  for (let round = 0; round < Number(options.rounds); round++) {
    // Each round another first.
    const inTurn = clients.map((_, i) => clients[(i + round) % clients.length])
    if (options.lines.includes('start')) await startRound(round, inTurn)
    if (options.lines.includes('consume')) await consumeRound(round, inTurn)
    if (options.lines.includes('unowned')) await unownedRound(round, inTurn)
    if (options.lines.includes('produce')) await produceRound(round, inTurn)
  }
} finally {
  broker.kill('SIGTERM')
}
process.stdout.write(`${table(samples, figures)}\n`)
process.exit(0)

async function startRound(round, inTurn) {
  const samplesOf = Object.fromEntries(inTurn.map((client) => [client, []]))
  for (let i = 0; i < STARTS; i++) {
    for (const client of inTurn) {
      const groupId = `${client}-start-${round}-${i}`
      const settings = { bootstrap, topic: startTopic.topic, groupId, records: 1, by: 'records', dist: options.dist }
      samplesOf[client].push((await run(client, settings)).startToFirstMs)
    }
  }
  for (const client of inTurn) note('start', client, round, { startToFirstMs: summary(samplesOf[client]).median })
}

async function consumeRound(round, inTurn) {
  for (const [name, spec] of Object.entries(records)) {
    for (const by of ['records', 'batches']) {
      for (const client of inTurn) {
        const groupId = `${client}-${spec.topic}-${by}-${round}`
        const settings = { bootstrap, topic: spec.topic, groupId, records: spec.records, by, dist: options.dist }
        note(`${name} by ${by}`, client, round, await run(client, settings))
      }
    }
  }
}

async function produceRound(round, inTurn) {
  const { topic, partitions } = produceTopic
  for (const [name, spec] of Object.entries(produced)) {
    for (const client of inTurn) {
      const settings = { bootstrap, topic, partitions, dist: options.dist, ...spec }
      note(name, client, round, await run(`produce/${client}`, settings))
    }
  }
}

async function unownedRound(round, inTurn) {
  for (const peer of inTurn) {
    const variants = peer === 'kohort' ? Object.entries(ourGroups) : [[peer, {}]]
    for (const [client, config] of variants) {
      note('a member joins 20 others', client, round, await joined(peer, config, `${client}-${round}`))
    }
  }
}

function note(line, client, round, figures) {
  samples.push({ line, client, round, figures })
  process.stderr.write(`${line} ${client}: ${JSON.stringify(figures)}\n`)
}

async function joined(client, config, groupId) {
  const { topic, partitions } = groupTopic
  const settings = { client, config, groupId, dist: options.dist, bootstrap, topic, members: MEMBERS }
  const child = spawn(node, [join(folder, 'members.js'), JSON.stringify(settings)], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  try {
    await ask({ settled: groupId, members: MEMBERS })
    const sinceMs = Date.now()
    child.stdin.write('join\n')
    await ask({ settled: groupId, members: MEMBERS + 1 })
    const { totalMs, maxMs } = await ask({ unowned: groupId, sinceMs })
    return { unownedMs: Math.round(totalMs / partitions), longestMs: Math.round(maxMs) }
  } finally {
    child.kill('SIGKILL')
  }
}

function run(client, settings) {
  return new Promise((done, fail) => {
    const child = spawn(node, [join(folder, `${client}.js`), JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), 120_000)
    child.once('exit', (code) => {
      clearTimeout(timer)
      try {
        const { records: _records, ...measured } = JSON.parse(output.trim().split('\n').at(-1))
        done(measured)
      } catch {
        fail(new Error(`${client} ended with ${code} and said: ${output.slice(0, 500)}`))
      }
    })
  })
}

function isInstalled(client) {
  if (client !== 'rdkafka') return true
  try {
    createRequire(join(root, 'test/interop/node/package.json')).resolve('node-rdkafka')
    return true
  } catch {
    process.stderr.write('node-rdkafka is not installed (npm would compile librdkafka): it takes no part\n')
    return false
  }
}
