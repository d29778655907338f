// Requests a second, and how long each takes.
import { runScenario } from '../client.js'
import { withTopic } from './topics.js'

export const requestLines = {
  'requests-16': requestLine({ clients: 16, title: 'one record a request, 16 clients' }),
  'requests-64': requestLine({ clients: 64, title: 'one record a request, 64 clients' }),
  'latency-1': latencyLine({ clients: 1, title: 'one client' }),
  'latency-half': {
    ...latencyLine({ clients: 16, title: 'half load' }),
    isHalfLoad: true,
    variants: ['kohort', 'kohort-none', 'kafka'],
  },
  'latency-half-flushed': {
    ...latencyLine({ clients: 16, title: 'half load of flushing brokers', target: '<= 0.6x', targetP99: '<= 0.6x' }),
    isHalfLoad: true,
    variants: ['kohort', 'kafka-flush'],
  },
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
        target: '>= 5x; 4x flushed',
      },
    ],
  },
}

function requestLine({ clients, title }) {
  return {
    measure: (broker, { seconds, unique }) =>
      withTopic(broker, 6, unique, (topic) =>
        runScenario('request', { bootstrap: broker.bootstrap, topic, partitions: 6, size: 1000, clients, seconds }),
      ),
    figures: [{ key: 'requestsPerSecond', title, unit: '/s', target: '>= 1.3x; 4x flushed' }],
  }
}

function latencyLine({
  clients,
  title,
  target = '<= 1.3x; none 0.8x; flushed 0.6x',
  targetP99 = '<= 2x; none 1.2x; flushed 0.6x',
}) {
  const figure = (key, what, to) => ({ key, title: `${what}, ${title}`, unit: 'us', target: to })
  return {
    measure: (broker, { seconds, unique, rate = 0 }) =>
      withTopic(broker, 6, unique, (topic) =>
        runScenario('request', {
          bootstrap: broker.bootstrap,
          topic,
          partitions: 6,
          size: 1000,
          clients,
          seconds,
          consume: true,
          rate,
        }),
      ),
    figures: [
      figure('ackP50Us', 'ack p50', target),
      figure('ackP99Us', 'ack p99', targetP99),
      figure('endToEndP50Us', 'end to end p50', target),
      figure('endToEndP99Us', 'end to end p99', targetP99),
    ],
  }
}
