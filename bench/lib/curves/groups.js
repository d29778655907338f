import { runScenario } from '../client.js'

const HEARTBEAT_MS = 3000
const IDLE_SECONDS = 6

const figures = [
  { key: 'allStableMs', title: 'all stable', unit: 'ms' },
  { key: 'joins', title: 'joins sent', unit: '' },
  { key: 'idleCpuMsPerSecond', title: 'CPU at rest', unit: 'ms/s' },
  { key: 'heartbeatP50Us', title: 'heartbeat p50', unit: 'us' },
  { key: 'heartbeatP99Us', title: 'heartbeat p99', unit: 'us' },
  { key: 'rssMb', title: 'RSS', unit: 'MB' },
]

export const groupsCurve = {
  title: 'groups of 2 members, heartbeats every 3 s',
  points: ({ scale }) => [1, 10, 100, 1000].filter((count) => count <= 1000 * scale || count === 1),
  figures: [...figures, { key: 'restartMs', title: 'start after kill -9', unit: 'ms' }],
  async *measure({ withBroker, locked }, points) {
    for (const groups of points) {
      yield await withBroker((broker) =>
        locked(async () => {
          const sample = await measureGroups(broker, { groups, members: 2, partitions: 2 })
          await broker.kill()
          return { point: groups, ...sample, restartMs: await broker.start() }
        }),
      )
    }
  },
}

export const membersCurve = {
  title: 'members of one group, heartbeats every 3 s',
  points: ({ scale }) => [1, 10, 100, 1000].filter((count) => count <= 1000 * scale || count === 1),
  figures: [
    ...figures,
    { key: 'oneLeftMs', title: 'one leaves', unit: 'ms' },
    { key: 'oneJoinedMs', title: 'one joins', unit: 'ms' },
  ],
  async *measure({ withBroker, locked }, points) {
    for (const members of points) {
      yield await withBroker((broker) =>
        locked(async () => {
          const sample = await measureGroups(broker, { groups: 1, members, partitions: members, change: members > 1 })
          return { point: members, ...sample }
        }),
      )
    }
  },
}

async function measureGroups({ bootstrap, pid }, { partitions, ...options }) {
  await runScenario('create', { bootstrap, topics: ['curve'], partitions })
  // The first group makes __consumer_offsets, and shows the code to the JIT.
  const all = { bootstrap, topic: 'curve', partitions, heartbeatMs: HEARTBEAT_MS, brokerPid: pid }
  await runScenario('groups', { ...all, name: 'first', groups: 10, members: 2, heartbeatMs: 300, idleSeconds: 0 })
  return runScenario('groups', { ...all, ...options, idleSeconds: IDLE_SECONDS })
}
