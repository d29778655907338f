import * as wire from '../../../../src/wire/index.ts'
import { fetchBody, fetchFrom, produceTo, shownFetch, shownPartition } from './requests.ts'
import { recent, type Scenario } from './steps.ts'

export const fetchingScenarios: readonly Scenario[] = [
  {
    name: 'fetch: every version of an empty and a filled partition',
    async run(target) {
      const topicId = await target.createTopic('fetched', 2)
      const client = await target.connect()
      await produceTo(client, 'fetched', 0, recent(['a', 'b']))
      const outcomes: Record<string, object> = {}
      for (let version = 4; version <= 18; version++) {
        const topic = version >= 13 ? topicId : 'fetched'
        const partitions = [
          { topic, partition: 0 },
          { topic, partition: 1 },
        ]
        const answer = shownFetch(await fetchFrom(client, partitions, { version }))
        outcomes[`v${version}`] = JSON.parse(JSON.stringify(answer).replaceAll(topicId, 'ID'))
      }
      outcomes.readCommitted = shownFetch(await fetchFrom(client, [{ topic: 'fetched' }], { isolationLevel: 1 }))
      client.close()
      return outcomes
    },
  },
  {
    name: 'fetch: errors of a partition',
    async run(target) {
      const topicId = await target.createTopic('errors', 1)
      const client = await target.connect()
      await produceTo(client, 'errors', 0, recent(['a', 'b']))
      const outcomes: Record<string, object> = {}
      const ask = async (
        name: string,
        ...args: Parameters<typeof fetchFrom> extends [unknown, ...infer R] ? R : never
      ) => {
        const answer = await fetchFrom(client, ...args)
        outcomes[name] = JSON.parse(JSON.stringify(shownFetch(answer)).replaceAll(topicId, 'ID'))
      }
      await ask('unknown topic', [{ topic: 'nope' }])
      await ask('unknown partition', [{ topic: 'errors', partition: 3 }])
      await ask('unknown id', [{ topic: 'zzzzzzzzzzzzzzzzzzzzzA' }], { version: 13 })
      await ask('zero id', [{ topic: wire.ZERO_UUID }], { version: 13 })
      await ask('at the end', [{ topic: 'errors', offset: 2n }])
      await ask('beyond the end', [{ topic: 'errors', offset: 3n }])
      await ask('below the start', [{ topic: 'errors', offset: -1n }])
      await ask('newer epoch', [{ topic: 'errors', currentLeaderEpoch: 100 }])
      await ask('right epoch', [{ topic: 'errors', currentLeaderEpoch: 0 }])
      await ask('last fetched epoch', [{ topic: 'errors', lastFetchedEpoch: 0, offset: 1n }])
      await ask('last fetched epoch of nobody', [{ topic: 'errors', lastFetchedEpoch: 7, offset: 1n }])
      await ask('one of two', [{ topic: 'errors' }, { topic: 'nope' }])
      await ask('a replica', [{ topic: 'errors' }], { replicaId: 7 })
      await ask('the debugging replica', [{ topic: 'errors' }], { replicaId: -2 })
      await ask('zero bytes', [{ topic: 'errors', maxBytes: 0 }])
      await ask('zero bytes overall', [{ topic: 'errors' }], { maxBytes: 0 })
      await ask('no partitions', [], { maxWaitMs: 60_000 })
      client.close()
      return outcomes
    },
  },
  {
    name: 'fetch: limits of bytes',
    async run(target) {
      await target.createTopic('limits', 3)
      const client = await target.connect()
      for (const partition of [0, 1, 2]) {
        for (const value of ['a', 'b', 'c']) await produceTo(client, 'limits', partition, recent([value.repeat(100)]))
      }
      const all = [0, 1, 2].map((partition) => ({ topic: 'limits', partition }))
      const counts = async (...args: Parameters<typeof fetchFrom> extends [unknown, ...infer R] ? R : never) => {
        const { responses } = await fetchFrom(client, ...args)
        return responses.flatMap(({ partitions }) =>
          partitions.map(
            (partition) => `${partition.partitionIndex}: ${[...wire.iterateBatches(partition.records!)].length}`,
          ),
        )
      }
      const outcomes = {
        all: await counts(all),
        oneByte: await counts(all, { maxBytes: 1 }),
        oneBytePerPartition: await counts(all.map((spec) => ({ ...spec, maxBytes: 1 }))),
        firstEmpty: await counts([{ ...all[0]!, offset: 3n, maxBytes: 1 }, { ...all[1]!, maxBytes: 1 }, all[2]!], {
          maxBytes: 1,
        }),
      }
      client.close()
      return outcomes
    },
  },
  {
    name: 'fetch: incremental sessions',
    async run(target) {
      const topicId = await target.createTopic('sessions', 3)
      const client = await target.connect()
      const outcomes: Record<string, object> = {}
      const all = [0, 1, 2].map((partition) => ({ topic: 'sessions', partition }))
      const show = (name: string, answer: wire.FetchResponse): void => {
        outcomes[name] = JSON.parse(JSON.stringify(shownFetch(answer)).replaceAll(topicId, 'ID'))
      }
      const full = await fetchFrom(client, all, { sessionEpoch: 0 })
      show('full', full)
      const { sessionId } = full
      show('nothing new', await fetchFrom(client, [], { sessionId, sessionEpoch: 1 }))
      await produceTo(client, 'sessions', 0, recent(['a']))
      await produceTo(client, 'sessions', 1, recent(['b']))
      show('news', await fetchFrom(client, [], { sessionId, sessionEpoch: 2 }))
      show('the same again, the order turned', await fetchFrom(client, [], { sessionId, sessionEpoch: 3 }))
      show('moved on', await fetchFrom(client, [{ ...all[0]!, offset: 1n }], { sessionId, sessionEpoch: 4 }))
      show('wrong epoch', await fetchFrom(client, [], { sessionId, sessionEpoch: 4 }))
      show('right epoch after it', await fetchFrom(client, [], { sessionId, sessionEpoch: 5 }))
      show('by id', await fetchFrom(client, [], { sessionId, sessionEpoch: 6, version: 13 }))
      const forgotten = [{ topic: 'sessions', partitions: [0, 1] }]
      show('forgotten', await fetchFrom(client, [], { sessionId, sessionEpoch: 6, forgotten }))
      show('added', await fetchFrom(client, [all[0]!, { topic: 'nope' }], { sessionId, sessionEpoch: 7 }))
      show('an error again', await fetchFrom(client, [], { sessionId, sessionEpoch: 8 }))
      const rest = [
        { topic: 'sessions', partitions: [0, 2] },
        { topic: 'nope', partitions: [0] },
      ]
      show('all forgotten', await fetchFrom(client, [], { sessionId, sessionEpoch: 9, forgotten: rest }))
      show('ended by that', await fetchFrom(client, [], { sessionId, sessionEpoch: 10 }))
      show('unknown session', await fetchFrom(client, [], { sessionId: 12345, sessionEpoch: 1 }))
      const other = await fetchFrom(client, all, { sessionEpoch: 0 })
      show('closed by its client', await fetchFrom(client, all, { sessionId: other.sessionId, sessionEpoch: -1 }))
      show('gone', await fetchFrom(client, [], { sessionId: other.sessionId, sessionEpoch: 1 }))
      client.close()
      return outcomes
    },
  },
  {
    name: 'fetch: a session by id whose topic is deleted and made anew',
    async run(target) {
      const topicId = await target.createTopic('reborn', 1)
      const client = await target.connect()
      const outcomes: Record<string, object> = {}
      const show = (name: string, answer: wire.FetchResponse): void => {
        outcomes[name] = JSON.parse(JSON.stringify(shownFetch(answer)).replaceAll(topicId, 'ID'))
      }
      const version = 16
      const full = await fetchFrom(client, [{ topic: topicId }], { version, sessionEpoch: 0 })
      show('full', full)
      const { sessionId } = full
      await target.deleteTopic('reborn')
      show('deleted', await fetchFrom(client, [], { version, sessionId, sessionEpoch: 1 }))
      show('deleted, without session', await fetchFrom(client, [{ topic: topicId }], { version }))
      await target.createTopic('reborn', 1)
      show('made anew', await fetchFrom(client, [], { version, sessionId, sessionEpoch: 2 }))
      client.close()
      return outcomes
    },
  },
  {
    name: 'fetch: a long poll ends when there are enough bytes',
    async run(target) {
      await target.createTopic('poll', 2)
      const consumer = await target.connect()
      const producer = await target.connect()
      const all = [0, 1].map((partition) => ({ topic: 'poll', partition }))
      consumer.send(wire.fetchRequest, 12, fetchBody(all, { maxWaitMs: 60_000, minBytes: 130 }))
      await produceTo(producer, 'poll', 0, recent(['a']))
      await produceTo(producer, 'poll', 1, recent(['b']))
      const answer = await consumer.receive(wire.fetchRequest, wire.fetchResponse, 12)
      consumer.close()
      producer.close()
      return answer!.body.responses.flatMap(({ partitions }) => partitions.map(shownPartition))
    },
  },
]
