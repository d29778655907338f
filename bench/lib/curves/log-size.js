import { statfsSync } from 'node:fs'
import { runScenario } from '../client.js'
import { rssMbOf } from '../processes.js'

const TOPIC = 'curve'
const PARTITIONS = 6
const LOOKUPS = 200
const COLD_RECORDS = 300_000
const RECORD_BYTES = 1000
/** One go of the client; longer ones would hold the machine for too long. */
const FILL_RECORDS_MAX = 5_000_000
/** Free space that stays free. */
const RESERVE_BYTES = 10e9

export const logSizeCurve = {
  title: 'log size, 1 KB records, 6 partitions',
  points: ({ logGb }) => [0.5, 1, 2, 5, 10, 20, 40, 80].filter((gigabytes) => gigabytes <= logGb),
  figures: [
    { key: 'fillPerSecond', title: 'filling', unit: 'records/s' },
    { key: 'stopMs', title: 'clean stop', unit: 'ms' },
    { key: 'startMs', title: 'start, files not in memory', unit: 'ms' },
    { key: 'killStartMs', title: 'start after kill -9, files not in memory', unit: 'ms' },
    { key: 'coldPerSecond', title: 'consume from the middle, cold', unit: 'records/s' },
    { key: 'lookupP50Us', title: 'timestamp look-up, cold, p50', unit: 'us' },
    { key: 'lookupP99Us', title: 'p99', unit: 'us' },
    { key: 'rssMb', title: 'RSS at the end', unit: 'MB' },
  ],
  /** One broker, whose log grows from point to point. */
  async *measure({ withBrokers, locked, folder }, points) {
    const neededBytes = points.at(-1) * 1e9 + RESERVE_BYTES
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize < neededBytes) throw new Error(`${points.at(-1)} GB do not fit; use --log-gb`)
    yield* withBrokers(async function* (broker) {
      const { bootstrap } = broker
      await runScenario('create', { bootstrap, topics: [TOPIC], partitions: PARTITIONS })
      const fromMs = Date.now()
      let filled = 0
      for (const point of points) {
        const target = Math.round((point * 1e9) / RECORD_BYTES)
        let seconds = 0
        const before = filled
        while (filled < target) {
          const records = Math.min(FILL_RECORDS_MAX, target - filled)
          const fill = { bootstrap, topic: TOPIC, partitions: PARTITIONS, size: RECORD_BYTES, records }
          seconds += (await locked(() => runScenario('produce', fill))).seconds
          filled += records
        }
        const figures = await locked(() => measurePoint(broker, { fromMs, toMs: Date.now(), filled }))
        yield { point, fillPerSecond: (filled - before) / seconds, ...figures }
      }
    })
  },
}

async function measurePoint(broker, { fromMs, toMs, filled }) {
  const topic = { bootstrap: broker.bootstrap, topic: TOPIC, partitions: PARTITIONS }
  const evict = () => runScenario('evict', { folder: broker.folder })
  const began = performance.now()
  await broker.stop()
  const stopMs = performance.now() - began
  await evict()
  const startMs = await broker.start()
  // Something behind the checkpoint, as there is when a broker dies.
  await runScenario('produce', { ...topic, size: RECORD_BYTES, records: 20_000 })
  await broker.kill()
  await evict()
  const killStartMs = await broker.start()
  await evict()
  const middle = Math.floor(filled / PARTITIONS / 2)
  const records = Math.min(COLD_RECORDS, filled / 4)
  const cold = await runScenario('consume', { ...topic, from: middle, records })
  await evict()
  const lookups = await runScenario('lookup', { ...topic, lookups: LOOKUPS, fromMs, toMs })
  return { stopMs, startMs, killStartMs, coldPerSecond: cold.recordsPerSecond, ...lookups, rssMb: rssMbOf(broker.pid) }
}
