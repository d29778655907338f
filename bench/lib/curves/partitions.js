import { runScenario } from '../client.js'
import { filesOf, rssMbOf } from '../processes.js'

const TOPIC = 'curve'
const RECORDS = 200_000

export const partitionsCurve = {
  title: 'partitions of one topic',
  points: ({ scale }) => [1, 10, 100, 1000, 5000].filter((count) => count <= 5000 * scale || count === 1),
  figures: [
    { key: 'createMs', title: 'create', unit: 'ms' },
    { key: 'recordsPerSecond', title: `produce ${RECORDS / 1000} k records of 1 KB`, unit: 'records/s' },
    { key: 'rssMb', title: 'RSS after that', unit: 'MB' },
    { key: 'files', title: 'open files', unit: '' },
    { key: 'stopMs', title: 'clean stop', unit: 'ms' },
    { key: 'startMs', title: 'start after it', unit: 'ms' },
    { key: 'startRssMb', title: 'RSS then', unit: 'MB' },
    { key: 'restartMs', title: 'start after kill -9 behind one record a partition', unit: 'ms' },
    { key: 'deleteMs', title: 'delete the topic', unit: 'ms' },
  ],
  async *measure(variant, points) {
    for (const partitions of points) {
      yield await variant.withBroker((broker) => measurePoint(variant, broker, partitions))
    }
  },
}

async function measurePoint({ locked }, broker, partitions) {
  return locked(async () => {
    const { bootstrap } = broker
    const createMs = await timed(() => runScenario('create', { bootstrap, topics: [TOPIC], partitions }))
    const load = { bootstrap, topic: TOPIC, partitions }
    const { recordsPerSecond } = await runScenario('produce', { ...load, size: 1000, records: RECORDS, secondsMax: 30 })
    const [rssMb, files] = [rssMbOf(broker.pid), filesOf(broker.pid)]
    const stopMs = await timed(() => broker.stop())
    const startMs = await broker.start()
    const startRssMb = rssMbOf(broker.pid)
    await runScenario('produce', { ...load, size: 100, records: partitions })
    await broker.kill()
    const restartMs = await broker.start()
    const deleteMs = await timed(() => runScenario('delete', { bootstrap, topics: [TOPIC] }))
    return {
      point: partitions,
      createMs,
      recordsPerSecond,
      rssMb,
      files,
      stopMs,
      startMs,
      startRssMb,
      restartMs,
      deleteMs,
    }
  })
}

async function timed(work) {
  const began = performance.now()
  await work()
  return performance.now() - began
}
