// Records a second.
import { runScenario } from '../client.js'
import { runPerfTest } from '../perf-test.js'
import { withTopic } from './topics.js'

/** Kafka that flushes each of a hundred partitions would take minutes. */
const PRODUCE_SECONDS_MAX = 6
/** What a flush costs does not matter to who reads. */
const READERS = ['kohort', 'kafka']
/** More than kohort keeps in memory, so that the records before it are in files only. */
const TAIL_BYTES = 160 * 1024 * 1024

export const throughputLines = {
  'produce-1k': produceLine({ size: 1000, partitions: 6, records: 400_000, target: '>= 1.4x; 1.5x flushed' }),
  'produce-1k-java': {
    measure: (broker, { count, unique }) =>
      withTopic(broker, 6, unique, (topic) =>
        runPerfTest({
          bootstrap: broker.bootstrap,
          topic,
          size: 1000,
          warmUp: count(100_000),
          records: count(500_000),
        }),
      ),
    figures: [
      {
        key: 'recordsPerSecond',
        title: 'the same, Java perf-test',
        unit: 'records/s',
        target: '>= 1.4x; 1.5x flushed',
      },
    ],
  },
  'produce-100b': produceLine({ size: 100, partitions: 6, records: 2_000_000, target: '>= 1.1x; 1.5x flushed' }),
  'produce-100-partitions': produceLine({
    size: 1000,
    partitions: 100,
    records: 800_000,
    target: '>= 2x; 1.5x flushed',
  }),
  'consume-1k-tail': tailLine({ size: 1000, records: 100_000, passes: 8 }),
  'consume-100b-tail': tailLine({ size: 100, records: 800_000, passes: 4 }),
  'consume-1k-cold': coldLine({ size: 1000, records: 600_000 }),
  'consume-100b-cold': coldLine({ size: 100, records: 3_000_000 }),
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
    variants: READERS,
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
    variants: READERS,
    figures: [consumeFigure(size, 'from cold files')],
  }
}

function consumeFigure(size, from) {
  return { key: 'recordsPerSecond', title: `consume ${sizeName(size)} ${from}`, unit: 'records/s', target: '>= 1.0x' }
}

function sizeName(bytes) {
  return bytes >= 1000 ? `${bytes / 1000} KB` : `${bytes} B`
}
