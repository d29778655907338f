// Consumer groups: how long until all members have their partitions, and what they cost at rest.
import { runScenario } from '../client.js'
import { withTopic } from './topics.js'

const HEARTBEAT_MS = 1000
const BOTH = ['kohort', 'kafka']
/** The first member's generation need not wait for others. Defaults: 3,000 ms at Kafka, 100 ms at kohort. */
const NO_DELAY = { 'group.initial.rebalance.delay.ms': '0' }

export const groupLines = {
  'group-eager': groupLine({ cooperative: false, name: 'eager' }),
  'group-cooperative': groupLine({ cooperative: true, name: 'cooperative' }),
  'group-eager-no-delay': { ...groupLine({ cooperative: false, name: 'no delay, eager' }), configs: NO_DELAY },
  'group-cooperative-no-delay': {
    ...groupLine({ cooperative: true, name: 'no delay, cooperative' }),
    configs: NO_DELAY,
  },
  'group-consumer': groupLine({ consumer: true, name: 'consumer protocol,' }),
  'groups-1000': manyGroupsLine(''),
  'groups-1000-consumer': manyConsumersLine(),
  'groups-1000-no-delay': { ...manyGroupsLine('no delay, '), configs: NO_DELAY },
}

function groupLine({ cooperative = false, consumer = false, name }) {
  const figure = (key, what, target) => ({
    key,
    title: `${name} group of 100, 300 partitions: ${what}`,
    unit: 'ms',
    target,
  })
  return {
    variants: BOTH,
    measure: (broker, { unique }) =>
      withTopic(broker, 300, unique, (topic) => {
        const options = { bootstrap: broker.bootstrap, topic, partitions: 300, group: topic, members: 100 }
        return runScenario('group', { ...options, cooperative, consumer, heartbeatMs: HEARTBEAT_MS })
      }),
    figures: [
      figure('allJoinedMs', 'all joined', consumer ? '<= 0.3x' : '<= 0.5x'),
      figure('oneLeftMs', 'one leaves', consumer ? '<= 0.3x' : `<= ${HEARTBEAT_MS + 50} ms`),
      figure('oneJoinedMs', 'one joins', consumer ? '<= 0.3x' : `<= ${HEARTBEAT_MS + 50} ms`),
    ],
  }
}

function manyGroupsLine(prefix) {
  const title = (what) => `${prefix}1,000 groups of 2 members: ${what}`
  return {
    variants: BOTH,
    measure: (broker, { unique, count }) =>
      withTopic(broker, 2, unique, (topic) =>
        runScenario('groups', {
          bootstrap: broker.bootstrap,
          topic,
          partitions: 2,
          groups: count(1000, 10),
          members: 2,
          heartbeatMs: 3000,
          idleSeconds: 4,
          brokerPid: broker.pid,
        }),
      ),
    figures: [
      { key: 'allStableMs', title: title('all stable'), unit: 'ms', target: '<= 0.5x' },
      { key: 'idleCpuMsPerSecond', title: title('CPU while idle'), unit: 'ms/s', target: '<= 0.5x' },
      { key: 'heartbeatP99Us', title: title('heartbeat p99 while idle'), unit: 'us', target: '–' },
    ],
  }
}

/** Rest and storm of the consumer protocol: members send heartbeats when the broker tells them to. */
function manyConsumersLine() {
  const title = (what) => `consumer protocol, 1,000 groups of 1 member: ${what}`
  return {
    variants: BOTH,
    measure: (broker, { unique, count }) =>
      withTopic(broker, 2, unique, (topic) =>
        runScenario('consumers', {
          bootstrap: broker.bootstrap,
          topic,
          partitions: 2,
          groups: count(1000, 10),
          idleSeconds: 5,
          brokerPid: broker.pid,
          joining: count(1000, 10),
        }),
      ),
    figures: [
      { key: 'allStableMs', title: title('all stable'), unit: 'ms', target: '–' },
      { key: 'idleCpuMsPerSecond', title: title('CPU while idle'), unit: 'ms/s', target: '<= 0.5x' },
      { key: 'heartbeatP99Us', title: title('heartbeat p99 while idle'), unit: 'us', target: '–' },
      { key: 'joinedMs', title: title('1,000 members join another group at once: joined'), unit: 'ms', target: '–' },
      {
        key: 'othersHeartbeatP99Us',
        title: title('their heartbeat p99 while 1,000 members join another group'),
        unit: 'us',
        target: '<= 50 ms',
      },
    ],
  }
}
