import { Broker } from './brokers.js'
import { runScenario } from './client.js'
import { pause, rssMbOf } from './processes.js'

/** Unmeasured time before memory is read: a start's garbage is gone, as far as the runtime lets it go. */
const SETTLE_MS = 3_000
/** Kafka that flushes each of a hundred partitions would take minutes. */
const PRODUCE_SECONDS_MAX = 10
/** More than kohort keeps in memory, so that the records before it are in files only. */
const TAIL_BYTES = 160 * 1024 * 1024

/**
 * A line: `measure(broker, context)` gives one sample, an object of figures; `figures` are those of them that the table
 * shows. `setUp` runs once for each broker. `context`: `count` scales numbers of records, `seconds` a duration, `unique`
 * names a topic, `rate` is half of what Kafka answers to 16 clients.
 */
export const lines = {
  start: {
    measure: measureStart,
    figures: [
      { key: 'startMs', title: 'cold start to first Metadata answer', unit: 'ms', target: '<= 0.067x' },
      { key: 'rssMb', title: 'idle memory (RSS)', unit: 'MB', target: '<= 0.33x' },
    ],
  },
  'produce-1k': produceLine({ size: 1000, partitions: 6, records: 400_000, target: '>= 1.4x' }),
  'produce-100b': produceLine({ size: 100, partitions: 6, records: 2_000_000, target: '>= 1.1x' }),
  'produce-100-partitions': produceLine({ size: 1000, partitions: 100, records: 800_000, target: '>= 2x' }),
  'consume-1k-tail': tailLine({ size: 1000, records: 100_000, passes: 8 }),
  'consume-100b-tail': tailLine({ size: 100, records: 800_000, passes: 4 }),
  'consume-1k-cold': coldLine({ size: 1000, records: 600_000 }),
  'consume-100b-cold': coldLine({ size: 100, records: 3_000_000 }),
  'requests-16': requestLine({ clients: 16, title: 'one record a request, 16 clients', target: '>= 1.3x' }),
  'requests-64': requestLine({ clients: 64, title: 'one record a request, 64 clients', target: '>= 1.3x' }),
  'latency-1': latencyLine({ clients: 1, title: 'one client' }),
  'latency-half': latencyLine({ clients: 16, isHalfLoad: true, title: 'half load' }),
  commits: {
    measure: (broker, { seconds, unique }) =>
      withTopic(broker, 6, unique, (topic) =>
        runScenario('commit', {
          bootstrap: broker.bootstrap,
          topic,
          partitions: 6,
          group: topic,
          clients: 16,
          seconds,
        }),
      ),
    figures: [
      {
        key: 'commitsPerSecond',
        title: 'offset commits of 6 partitions, 16 clients',
        unit: '/s',
        target: '>= 5x flushed',
      },
    ],
  },
  'group-eager': groupLine({ cooperative: false, name: 'eager' }),
  'group-cooperative': groupLine({ cooperative: true, name: 'cooperative' }),
}

/** Names for lines that are often measured together. */
export const groups = {
  throughput: Object.keys(lines).filter((name) => /^(produce|consume)-/.test(name)),
  latency: ['requests-16', 'requests-64', 'latency-1', 'latency-half', 'commits'],
  groups: ['group-eager', 'group-cooperative'],
  idle: ['start'],
}

async function measureStart(broker, { unique, variant, folders }) {
  const fresh = new Broker(unique, variant, broker.port + 4, folders, broker.onGone)
  await fresh.prepare()
  try {
    const startMs = await fresh.start()
    await pause(SETTLE_MS)
    return { startMs, rssMb: rssMbOf(fresh.pid) }
  } finally {
    await fresh.stop()
    fresh.remove()
  }
}

function produceLine({ size, partitions, records, target }) {
  const title = `produce ${sizeName(size)}, ${partitions} partitions`
  return {
    measure: (broker, { count, unique }) =>
      withTopic(broker, partitions, unique, (topic) =>
        runScenario('produce', {
          bootstrap: broker.bootstrap,
          topic,
          partitions,
          size,
          records: count(records),
          secondsMax: PRODUCE_SECONDS_MAX,
        }),
      ),
    figures: [{ key: 'recordsPerSecond', title, unit: 'records/s', target }],
  }
}

function tailLine({ size, records, passes }) {
  return {
    measure: (broker, { count, unique }) =>
      withTopic(broker, 6, unique, async (topic) => {
        const options = { bootstrap: broker.bootstrap, topic, partitions: 6, records: count(records) }
        await runScenario('produce', { ...options, size })
        return runScenario('consume', { ...options, passes })
      }),
    figures: [consumeFigure(size, 'from the tail')],
  }
}

function coldLine({ size, records }) {
  const topic = `cold-${size}`
  const optionsOf = (broker, count) => ({ bootstrap: broker.bootstrap, topic, partitions: 6, records: count(records) })
  return {
    setUp: async (broker, { count }) => {
      const filler = `${topic}-filler`
      await runScenario('create', { bootstrap: broker.bootstrap, topics: [topic, filler], partitions: 6 })
      await runScenario('produce', { ...optionsOf(broker, count), size })
      const fill = { bootstrap: broker.bootstrap, topic: filler, partitions: 6, size: 1000 }
      await runScenario('produce', { ...fill, records: Math.ceil(TAIL_BYTES / 1000) })
    },
    measure: async (broker, { count }) => {
      await runScenario('evict', { folder: broker.folder })
      return runScenario('consume', { ...optionsOf(broker, count), passes: 1 })
    },
    figures: [consumeFigure(size, 'from cold files')],
  }
}

function consumeFigure(size, from) {
  return { key: 'recordsPerSecond', title: `consume ${sizeName(size)} ${from}`, unit: 'records/s', target: '>= 1.0x' }
}

function requestLine({ clients, title, target }) {
  return {
    measure: (broker, { seconds, unique }) =>
      withTopic(broker, 6, unique, (topic) =>
        runScenario('request', { bootstrap: broker.bootstrap, topic, partitions: 6, size: 1000, clients, seconds }),
      ),
    figures: [{ key: 'requestsPerSecond', title, unit: '/s', target }],
  }
}

function latencyLine({ clients, title, isHalfLoad = false }) {
  const figure = (key, what, target) => ({ key, title: `${what}, ${title}`, unit: 'us', target })
  return {
    needsRate: isHalfLoad,
    measure: (broker, { seconds, unique, rate }) =>
      withTopic(broker, 6, unique, (topic) => {
        const options = { bootstrap: broker.bootstrap, topic, partitions: 6, size: 1000, clients, seconds }
        return runScenario('request', { ...options, consume: true, rate: isHalfLoad ? rate : 0 })
      }),
    figures: [
      figure('ackP50Us', 'ack p50', '<= 1.3x'),
      figure('ackP99Us', 'ack p99', '<= 2x'),
      figure('endToEndP50Us', 'end to end p50', '<= 1.3x'),
      figure('endToEndP99Us', 'end to end p99', '<= 2x'),
    ],
  }
}

function groupLine({ cooperative, name }) {
  const heartbeatMs = 1000
  const figure = (key, what, target) => ({
    key,
    title: `${name} group of 100, 300 partitions: ${what}`,
    unit: 'ms',
    target,
  })
  return {
    measure: (broker, { unique }) =>
      withTopic(broker, 300, unique, (topic) => {
        const options = { bootstrap: broker.bootstrap, topic, partitions: 300, group: topic, members: 100 }
        return runScenario('group', { ...options, cooperative, heartbeatMs })
      }),
    figures: [
      figure('allJoinedMs', 'all joined', '<= 0.5x'),
      figure('oneLeftMs', 'one leaves', `<= ${heartbeatMs + 50} ms`),
      figure('oneJoinedMs', 'one joins', `<= ${heartbeatMs + 50} ms`),
    ],
  }
}

async function withTopic({ bootstrap }, partitions, topic, measure) {
  await runScenario('create', { bootstrap, topics: [topic], partitions })
  try {
    return await measure(topic)
  } finally {
    await runScenario('delete', { bootstrap, topics: [topic] })
  }
}

function sizeName(bytes) {
  return bytes >= 1000 ? `${bytes / 1000} KB` : `${bytes} B`
}
