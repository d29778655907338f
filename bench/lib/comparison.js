// Lines measured on several brokers in turn, round by round.
import { mkdirSync, rmSync } from 'node:fs'
import { Broker } from './brokers.js'
import { isMeasuredOn, lines } from './lines/index.js'
import { takeLock, waitForQuiet, watchMachine } from './machine.js'
import { childrenCpu, cpuOf, totalSeconds } from './processes.js'
import { median } from './statistics.js'

/** Its own, Kafka's controller behind it, and the same for the broker of the start line. */
const PORTS_A_BROKER = 10
/** How long a broker is asked without a pause. */
const SECONDS = 2

/** Samples that say what half load is, behind one that warms up. */
const CALIBRATIONS = 3

/**
 * Measures lines on variants. The first round warms up and does not count: Kafka's JIT has seen each request by then, and ours.
 * The machine may be in use all the time: after `patienceMs` a sample is taken anyway, and says so.
 * `onRound` is called after each round with all results so far.
 *
 * A broker that ends unasked, or a scenario that fails, costs its sample and is reported in `incidents`; the rest goes on.
 */
export async function compare({
  names,
  variants,
  rounds,
  scale,
  port,
  folders,
  lock,
  patienceMs,
  profile,
  rate,
  onRound,
}) {
  const run = {
    variants,
    scale,
    port,
    folders,
    patienceMs,
    profile,
    rate,
    brokers: [],
    rates: {},
    sequence: 0,
    incidents: [],
  }
  const results = names.map((name) => ({ name, samples: [] }))
  const outcome = () => ({ results, incidents: run.incidents, rates: run.rates })
  try {
    rmSync(folders.data, { recursive: true, force: true })
    mkdirSync(folders.data, { recursive: true })
    await locked(lock, () => startAll(run, names))
    for (let round = 0; round <= rounds; round++) {
      for (const { name, samples } of results) {
        await locked(lock, () => measureInTurn(run, name, round, samples))
      }
      if (round > 0) onRound(outcome())
    }
    return outcome()
  } finally {
    await Promise.all(run.brokers.map((broker) => broker.stop()))
    rmSync(folders.data, { recursive: true, force: true })
  }
}

async function locked(file, work) {
  const release = await takeLock(file)
  try {
    return await work()
  } finally {
    release()
  }
}

async function startAll(run, names) {
  for (const name of names) {
    for (const broker of await brokersOf(run, name)) await lines[name].setUp?.(broker, contextOf(run, broker))
  }
  for (const name of names.filter((name) => lines[name].isHalfLoad))
    run.rates[name] = run.rate ?? (await halfLoad(run, name))
}

/** The brokers that a line is measured on: those of its variants, with its configs. The first line that needs one starts it. */
async function brokersOf(run, name) {
  const { configs = {} } = lines[name]
  const key = JSON.stringify(configs)
  const found = []
  for (const [variantName, variant] of Object.entries(run.variants)) {
    if (!isMeasuredOn(lines[name], variant)) continue
    let broker = run.brokers.find((broker) => broker.variantName === variantName && broker.configsKey === key)
    if (broker === undefined) {
      broker = await startBroker(run, variantName, variant, configs)
      Object.assign(broker, { variantName, configsKey: key })
    }
    found.push(broker)
  }
  return found
}

async function startBroker(run, variantName, variant, configs) {
  const index = run.brokers.length
  const name = Object.keys(configs).length === 0 ? variantName : `${variantName}-${index}`
  const port = run.port + index * PORTS_A_BROKER
  const profile = run.profile && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${run.folders.logs}` }
  const merged = { ...variant, configs: { ...variant.configs, ...configs }, env: profile }
  const broker = new Broker(name, merged, port, run.folders, (words) => report(run.incidents, words))
  run.brokers.push(broker)
  await broker.prepare()
  await broker.start()
  return broker
}

async function measureInTurn(run, name, round, samples) {
  const brokers = await brokersOf(run, name)
  for (let turn = 0; turn < brokers.length; turn++) {
    // Nobody always comes first.
    const broker = brokers[(turn + round) % brokers.length]
    try {
      if (!broker.isRunning) await broker.start()
      const sample = await measure(run, broker, name)
      process.stderr.write(
        `${round === 0 ? 'warm-up' : `round ${round}`} ${name} ${broker.variantName}: ${JSON.stringify(sample)}\n`,
      )
      if (round > 0) samples.push({ variant: broker.variantName, round, ...sample })
    } catch (error) {
      report(run.incidents, `${name} of ${broker.name}, round ${round}: ${error.message}`)
    }
  }
}

async function measure(run, broker, name) {
  const isQuiet = await broker.whileRunning(waitForQuiet(run.folders.data, run.patienceMs))
  const ourPrograms = () => [cpuOf(broker.pid), childrenCpu(), cpuOf(process.pid)]
  const before = ourPrograms()
  const stopWatch = watchMachine()
  const sample = await broker.whileRunning(lines[name].measure(broker, contextOf(run, broker, name)))
  const { seconds: watchedSeconds, userSeconds, stolenCores, load } = stopWatch()
  const after = ourPrograms()
  const ourUserSeconds = after.reduce((sum, cpu, i) => sum + cpu.userSeconds - before[i].userSeconds, 0)
  const brokerCpuSeconds = totalSeconds(after[0]) - totalSeconds(before[0])
  const otherCores = Math.max(0, userSeconds - ourUserSeconds) / watchedSeconds
  const machine = { isQuiet, otherCores, stolenCores, load }
  if (sample.seconds === undefined) return { ...sample, ...machine }
  const { seconds, clientCpuSeconds, ...figures } = sample
  return { ...figures, clientCores: clientCpuSeconds / seconds, brokerCpuSeconds, ...machine }
}

/** Requests a second that are half of what the slowest broker of a line answers to 16 clients that ask without a pause. */
async function halfLoad(run, name) {
  const rates = []
  for (const broker of await brokersOf(run, name)) {
    const samples = []
    for (let i = 0; i <= CALIBRATIONS; i++) {
      await waitForQuiet(run.folders.data, run.patienceMs)
      samples.push(await lines['requests-16'].measure(broker, contextOf(run, broker, name)))
    }
    rates.push(median(samples.slice(1).map(({ requestsPerSecond }) => requestsPerSecond)))
  }
  return Math.round(Math.min(...rates) / 2)
}

function contextOf(run, broker, name) {
  run.sequence++
  return {
    count: (records, least = 1000) => Math.max(least, Math.round(records * run.scale)),
    seconds: Math.max(0.2, SECONDS * run.scale),
    unique: `bench-${run.sequence}`,
    variant: run.variants[broker.variantName],
    folders: run.folders,
    rate: run.rates[name],
  }
}

function report(incidents, words) {
  process.stderr.write(`${words}\n`)
  incidents.push(`${new Date().toISOString()} ${words}`)
}
