// Lines measured on several brokers in turn, round by round.
import { mkdirSync, rmSync } from 'node:fs'
import { Broker } from './brokers.js'
import { lines } from './lines.js'
import { takeLock, waitForQuiet, watchMachine } from './machine.js'
import { childrenCpu, cpuOf, totalSeconds } from './processes.js'
import { median } from './statistics.js'

/** Ports of a variant: its broker, Kafka's controller behind it, and the same for the broker of the start line. */
const PORTS_A_VARIANT = 10
/** The machine may be in use all the time: then the round is measured anyway, and says so. */
const QUIET_TIMEOUT_MS = 15_000

/**
 * Measures lines on variants. The first round warms up and does not count: Kafka's JIT has seen each request by then, and ours.
 * `onRound` is called after each round with all results so far.
 *
 * A broker that ends unasked, or a scenario that fails, costs its sample and is reported in `incidents`; the rest goes on.
 */
export async function compare({ names, variants, rounds, scale, port, folders, lock, onRound }) {
  const incidents = []
  const brokers = Object.entries(variants).map(
    ([name, variant], index) =>
      new Broker(name, variant, port + index * PORTS_A_VARIANT, folders, (words) => report(incidents, words)),
  )
  const run = { names, variants, scale, folders, brokers, rate: 0, sequence: 0, incidents }
  const results = names.map((name) => ({ name, samples: [] }))
  const outcome = () => ({ results, incidents, rate: run.rate })
  try {
    rmSync(folders.data, { recursive: true, force: true })
    mkdirSync(folders.data, { recursive: true })
    await locked(lock, () => startAll(run))
    for (let round = 0; round <= rounds; round++) {
      for (const { name, samples } of results) {
        await locked(lock, () => measureInTurn(run, name, round, samples))
      }
      if (round > 0) onRound(outcome())
    }
    return outcome()
  } finally {
    await Promise.all(brokers.map((broker) => broker.stop()))
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

async function startAll(run) {
  for (const broker of run.brokers) {
    await broker.prepare()
    await broker.start()
  }
  if (run.names.some((name) => lines[name].needsRate)) run.rate = await halfOfKafka(run)
  for (const name of run.names) {
    for (const broker of run.brokers) await lines[name].setUp?.(broker, contextOf(run, broker))
  }
}

async function measureInTurn(run, name, round, samples) {
  for (let turn = 0; turn < run.brokers.length; turn++) {
    // Nobody always comes first.
    const broker = run.brokers[(turn + round) % run.brokers.length]
    try {
      if (!broker.isRunning) await broker.start()
      const sample = await measure(run, broker, lines[name])
      process.stderr.write(
        `${round === 0 ? 'warm-up' : `round ${round}`} ${name} ${broker.name}: ${JSON.stringify(sample)}\n`,
      )
      if (round > 0) samples.push({ variant: broker.name, round, ...sample })
    } catch (error) {
      report(run.incidents, `${name} of ${broker.name}, round ${round}: ${error.message}`)
    }
  }
}

async function measure(run, broker, line) {
  const isQuiet = await broker.whileRunning(waitForQuiet(run.folders.data, QUIET_TIMEOUT_MS))
  const ourPrograms = () => [cpuOf(broker.pid), childrenCpu(), cpuOf(process.pid)]
  const before = ourPrograms()
  const stopWatch = watchMachine()
  const sample = await broker.whileRunning(line.measure(broker, contextOf(run, broker)))
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

/** Requests a second that are half of what Kafka answers to 16 clients that ask without a pause: half load, for all. */
async function halfOfKafka(run) {
  const broker = run.brokers.find(({ kind }) => kind === 'kafka') ?? run.brokers[0]
  const samples = []
  for (let i = 0; i < 3; i++) samples.push(await lines['requests-16'].measure(broker, contextOf(run, broker)))
  return Math.round(median(samples.slice(1).map(({ requestsPerSecond }) => requestsPerSecond)) / 2)
}

function contextOf(run, broker) {
  run.sequence++
  return {
    count: (records) => Math.max(1000, Math.round(records * run.scale)),
    seconds: Math.max(0.2, 3 * run.scale),
    unique: `bench-${run.sequence}`,
    variant: run.variants[broker.name],
    folders: run.folders,
    rate: run.rate,
  }
}

function report(incidents, words) {
  process.stderr.write(`${words}\n`)
  incidents.push(`${new Date().toISOString()} ${words}`)
}
