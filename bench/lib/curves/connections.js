import { runScenario } from '../client.js'

const IDLE_SECONDS = 3
const SECONDS = 3

export const connectionsCurve = {
  title: 'connections',
  points: ({ scale }) => [1, 10, 100, 1000].filter((count) => count <= 1000 * scale || count === 1),
  figures: [
    { key: 'rssMb', title: 'RSS, all idle', unit: 'MB' },
    { key: 'idleCpuMsPerSecond', title: 'CPU, all idle', unit: 'ms/s' },
    { key: 'requestsPerSecond', title: 'one record a request, all busy', unit: '/s' },
    { key: 'ackP50Us', title: 'ack p50', unit: 'us' },
    { key: 'ackP99Us', title: 'ack p99', unit: 'us' },
    { key: 'clientCores', title: 'client CPU', unit: 'cores' },
  ],
  async *measure({ withBroker, locked }, points) {
    for (const clients of points) {
      yield await withBroker((broker) =>
        locked(async () => {
          const { bootstrap, pid } = broker
          const idle = { bootstrap, connections: clients, brokerPid: pid, seconds: IDLE_SECONDS }
          const { rssMb, idleCpuMsPerSecond } = await runScenario('idle', idle)
          const topic = { bootstrap, topic: 'curve', partitions: 6 }
          await runScenario('create', { bootstrap, topics: ['curve'], partitions: 6 })
          // The JIT of either has seen it before.
          await runScenario('request', { ...topic, size: 1000, clients: 16, seconds: 2 })
          const busy = await runScenario('request', { ...topic, size: 1000, clients, seconds: SECONDS })
          const clientCores = busy.clientCpuSeconds / busy.seconds
          return { point: clients, rssMb, idleCpuMsPerSecond, ...busy, clientCores }
        }),
      )
    }
  },
}
