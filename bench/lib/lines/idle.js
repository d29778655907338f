// What a broker costs that has nothing to do: its start, and its memory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Broker } from '../brokers.js'
import { runScenario } from '../client.js'
import { pause, rssMbOf, run } from '../processes.js'

/** Unmeasured time before memory is read: a start's garbage is gone, as far as the runtime lets it go. */
const SETTLE_MS = 3_000
const UNFLUSHED = ['kohort', 'kafka']

export const idleLines = {
  start: {
    measure: measureStart,
    variants: UNFLUSHED,
    figures: [
      { key: 'startMs', title: 'cold start to first Metadata answer', unit: 'ms', target: '<= 0.067x' },
      { key: 'rssMb', title: 'idle memory (RSS)', unit: 'MB', target: '<= 0.33x' },
    ],
  },
  'start-in-process': {
    measure: measureStartInProcess,
    variants: ['kohort'],
    figures: [
      {
        key: 'startMs',
        title: 'in-process start (`kohort/testing`), the first of a process',
        unit: 'ms',
        target: '<= 20 ms',
      },
      { key: 'againMs', title: 'in-process start, later ones', unit: 'ms', target: '<= 20 ms' },
      { key: 'importMs', title: 'import of `kohort/testing`, before the first start', unit: 'ms', target: '–' },
    ],
  },
  'first-assignment': {
    measure: measureFirstAssignment,
    variants: UNFLUSHED,
    figures: [
      {
        key: 'firstAssignmentMs',
        title: 'broker for a test: from its start to the first assignment in a group of two',
        unit: 'ms',
        target: '–',
      },
    ],
  },
  'idle-1000-partitions': {
    measure: measureIdle,
    variants: UNFLUSHED,
    figures: [
      { key: 'rssMb', title: 'memory (RSS), 1,000 partitions, 200 connections', unit: 'MB', target: '<= 0.33x' },
      { key: 'idleCpuMsPerSecond', title: 'CPU of the same at rest', unit: 'ms/s', target: '–' },
    ],
  },
}

async function measureStart(broker, context) {
  return withFreshBroker(broker, context, async (fresh, startMs) => {
    await pause(SETTLE_MS)
    return { startMs, rssMb: rssMbOf(fresh.pid) }
  })
}

async function measureStartInProcess(_broker, { variant }) {
  const program = join(import.meta.dirname, '../start-in-process.js')
  return JSON.parse(await run(process.execPath, [program, variant.checkout]))
}

/** Kohort as a test starts it, in its own process (`kohort/testing`); Kafka as a process. Both with their default configs. */
async function measureFirstAssignment(broker, context) {
  const scenario = (bootstrap) => {
    const topic = `first-${context.unique}`
    const options = { bootstrap, topic, partitions: 2, group: topic, members: 2, cooperative: false, heartbeatMs: 500 }
    return runScenario('create', { bootstrap, topics: [topic], partitions: 2 }).then(() =>
      runScenario('group', options),
    )
  }
  if (context.variant.kind === 'kafka') {
    return withFreshBroker(broker, context, async (fresh, startMs) => {
      const { allJoinedMs } = await scenario(fresh.bootstrap)
      return { firstAssignmentMs: startMs + allJoinedMs }
    })
  }
  const program = join(import.meta.dirname, '../first-assignment.js')
  const child = spawn(process.execPath, [program, context.variant.checkout], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [line] = await once(child.stdout, 'data')
    const { bootstrap, startMs } = JSON.parse(line)
    const { allJoinedMs } = await scenario(bootstrap)
    return { firstAssignmentMs: startMs + allJoinedMs }
  } finally {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
}

/** Each partition has been written to, so that none is cheap only because nobody has asked for it yet. */
async function measureIdle(broker, context) {
  return withFreshBroker(broker, context, async (fresh) => {
    const topics = Array.from({ length: 10 }, (_, i) => `idle-${i}`)
    await runScenario('create', { bootstrap: fresh.bootstrap, topics, partitions: 100 })
    for (const topic of topics) {
      await runScenario('produce', { bootstrap: fresh.bootstrap, topic, partitions: 100, size: 100, records: 100 })
    }
    return runScenario('idle', { bootstrap: fresh.bootstrap, connections: 200, brokerPid: fresh.pid, seconds: 5 })
  })
}

async function withFreshBroker(broker, { unique, variant, folders }, measure) {
  const fresh = new Broker(unique, variant, broker.port + 4, folders, broker.onGone)
  await fresh.prepare()
  try {
    const startMs = await fresh.start()
    return await fresh.whileRunning(measure(fresh, startMs))
  } finally {
    await fresh.stop()
    fresh.remove()
  }
}
