// npm run bench [-- NAMES]: kohort and Apache Kafka 4.2 side by side: one client, one machine, one run, alternating rounds.
// Prints a markdown table of medians, ranges and ratios. `npm run bench -- --help` lists lines and options.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { setUp } from '../scripts/setup.js'
import { Broker, variants } from './lib/brokers.js'
import { buildClient } from './lib/client.js'
import { lines } from './lib/lines.js'
import { cpuSecondsOf, pause, run } from './lib/processes.js'
import { table } from './lib/report.js'
import { median } from './lib/statistics.js'

/** Ports of a variant: its broker, Kafka's controller behind it, and the same for the broker of the start line. */
const PORTS_A_VARIANT = 10

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    variants: { type: 'string', default: Object.keys(variants).join(',') },
    kohort: { type: 'string' },
    build: { type: 'string', multiple: true, default: [] },
    port: { type: 'string', default: '27000' },
    folder: { type: 'string', default: resolve(import.meta.dirname, '../.cache/bench') },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  process.stdout.write(`npm run bench -- [NAMES] [OPTIONS]
  NAMES               lines to measure; default: all of ${Object.keys(lines).join(' ')}
  --rounds N          measured rounds, behind one that warms up (default 5; ten before a figure is quoted)
  --scale X           factor of records and seconds; 0.01 tries whether all lines run
  --variants A,B      of ${Object.keys(variants).join(', ')}
  --kohort DIR        measure that built checkout of kohort instead of this one
  --build NAME=DIR    another built checkout of kohort beside this one, as variant build-NAME
  --port N            first of the ports used (default 27000)
  --folder DIR        where data goes; the disk under it is measured (default .cache/bench)
  --json FILE         all samples
`)
  process.exit(0)
}

const selected = positionals.length > 0 ? positionals : Object.keys(lines)
const chosen = chooseVariants()
const unknown = selected.find((name) => lines[name] === undefined)
if (unknown !== undefined) throw new Error(`there is no line ${unknown}; --help lists them`)
const scale = Number(options.scale)
const rounds = Number(options.rounds)
const workFolder = join(resolve(options.folder), 'data')

let sequence = 0
let rate = 0
const brokers = []
try {
  const results = await measureAll()
  process.stdout.write(`\n${describeRun()}\n\n${table(results, Object.keys(chosen))}\n`)
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`)
} finally {
  await Promise.all(brokers.map((broker) => broker.stop()))
  rmSync(workFolder, { recursive: true, force: true })
}

function chooseVariants() {
  const names = options.variants.split(',').filter((name) => name !== '')
  const missing = names.find((name) => variants[name] === undefined)
  if (missing !== undefined) throw new Error(`there is no variant ${missing}; --help lists them`)
  const builds = options.build.map((build) => {
    const [name, checkout] = build.split('=')
    return [`build-${name}`, { kind: 'kohort', flush: 'fsync', checkout: resolve(checkout) }]
  })
  const checkout = resolve(options.kohort ?? join(import.meta.dirname, '..'))
  return Object.fromEntries([...names.map((name) => [name, { ...variants[name], checkout }]), ...builds])
}

async function measureAll() {
  if (options.kohort === undefined) setUp()
  await buildClient()
  rmSync(workFolder, { recursive: true, force: true })
  mkdirSync(workFolder, { recursive: true })
  for (const [index, [name, variant]] of Object.entries(chosen).entries()) {
    const broker = new Broker(name, variant, Number(options.port) + index * PORTS_A_VARIANT, workFolder)
    brokers.push(broker)
    await broker.prepare()
    await broker.start()
  }
  if (selected.some((name) => lines[name].needsRate)) rate = await halfOfKafka()
  for (const name of selected) {
    for (const broker of brokers) await lines[name].setUp?.(broker, contextOf(broker))
  }
  const results = selected.map((name) => ({ name, figures: lines[name].figures, samples: {} }))
  // The first round warms up: Kafka's JIT has seen each request by then, and ours.
  for (let round = 0; round <= rounds; round++) {
    for (const result of results) await measureLine(result, round)
  }
  return results
}

async function measureLine({ name, samples }, round) {
  for (let turn = 0; turn < brokers.length; turn++) {
    // Nobody always comes first.
    const broker = brokers[(turn + round) % brokers.length]
    const sample = await measure(broker, lines[name])
    const took = `${name} ${broker.name}: ${JSON.stringify(sample)}`
    process.stderr.write(round === 0 ? `warm-up ${took}\n` : `round ${round} ${took}\n`)
    if (round === 0) continue
    samples[broker.name] ??= []
    samples[broker.name].push(sample)
  }
}

async function measure(broker, line) {
  // Nobody pays for what the one before left to be written.
  await broker.whileRunning(run('sync', []))
  await pause(500 * Math.min(1, scale))
  const cpuSeconds = cpuSecondsOf(broker.pid)
  const sample = await broker.whileRunning(line.measure(broker, contextOf(broker)))
  if (sample.seconds === undefined) return sample
  const { seconds, clientCpuSeconds, ...figures } = sample
  return {
    ...figures,
    clientCores: clientCpuSeconds / seconds,
    brokerCpuSeconds: cpuSecondsOf(broker.pid) - cpuSeconds,
  }
}

/** Requests a second that are half of what Kafka answers to 16 clients that ask without a pause: half load, for all. */
async function halfOfKafka() {
  const broker = brokers.find(({ kind }) => kind === 'kafka') ?? brokers[0]
  const samples = []
  for (let i = 0; i < 3; i++) samples.push(await lines['requests-16'].measure(broker, contextOf(broker)))
  return Math.round(median(samples.slice(1).map(({ requestsPerSecond }) => requestsPerSecond)) / 2)
}

function contextOf(broker) {
  sequence++
  return {
    count: (records) => Math.max(1000, Math.round(records * scale)),
    seconds: Math.max(0.2, 3 * scale),
    unique: `bench-${sequence}`,
    variant: chosen[broker.name],
    workFolder,
    rate,
  }
}

function describeRun() {
  const [{ model }] = cpus()
  const half = rate === 0 ? '' : `; half load is ${rate} requests a second`
  const load = loadavg()[0].toFixed(1)
  return `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${model.trim()}), Node ${process.versions.node}, ${rounds} rounds, load ${load} at the end${half}`
}
