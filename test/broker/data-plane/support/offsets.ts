import * as wire from '../../../../src/wire/index.ts'
import { fetchFrom, produceTo, shownFetch } from './requests.ts'
import { everyTimestamp, listAll, recent, type Scenario, TIMESTAMP } from './steps.ts'

export const offsetScenarios: readonly Scenario[] = [
  {
    name: 'ListOffsets',
    async run(target) {
      await target.createTopic('listed', 1)
      const client = await target.connect()
      const outcomes: Record<string, unknown> = {}
      const asks = {
        ...everyTimestamp,
        zero: 0n,
        first: BigInt(TIMESTAMP),
        second: BigInt(TIMESTAMP + 1),
        between: BigInt(TIMESTAMP + 7),
        last: BigInt(TIMESTAMP + 10),
        after: BigInt(TIMESTAMP + 11),
      }
      outcomes.empty = await listAll(client, 'listed', asks)
      await produceTo(client, 'listed', 0, recent(['a', 'b', 'c']))
      await produceTo(
        client,
        'listed',
        0,
        recent(['d', 'e'], { timestamps: [TIMESTAMP + 10, TIMESTAMP + 5], compression: 'gzip' }),
      )
      outcomes.filled = await listAll(client, 'listed', asks)
      outcomes.committed = await listAll(client, 'listed', asks, { isolationLevel: 1 })
      for (let version = 1; version <= 11; version++) {
        outcomes[`v${version}`] = await listAll(client, 'listed', everyTimestamp, { version })
      }
      outcomes.newerEpoch = await listAll(client, 'listed', { latest: -1n }, { currentLeaderEpoch: 50 })
      outcomes.rightEpoch = await listAll(client, 'listed', { latest: -1n }, { currentLeaderEpoch: 0 })
      outcomes.unknownTopic = await listAll(client, 'nope', { latest: -1n })
      const { topics } = await client.call(wire.listOffsetsRequest, wire.listOffsetsResponse, 5, {
        replicaId: -1,
        topics: [
          {
            name: 'listed',
            partitions: [
              { partitionIndex: 0, timestamp: -1n },
              { partitionIndex: 0, timestamp: -2n },
            ],
          },
        ],
      })
      outcomes.twice = topics[0]!.partitions.map(({ errorCode }) => wire.errorName(errorCode))
      client.close()
      return outcomes
    },
  },
  {
    name: 'OffsetForLeaderEpoch',
    async run(target) {
      await target.createTopic('epochs', 2)
      const client = await target.connect()
      await produceTo(client, 'epochs', 0, recent(['a', 'b']))
      const outcomes: Record<string, unknown> = {}
      const ask = async (
        name: string,
        topic: string,
        partition: number,
        leaderEpoch: number,
        currentLeaderEpoch = -1,
      ) => {
        const version = 4
        const { topics } = await client.call(
          wire.offsetForLeaderEpochRequest,
          wire.offsetForLeaderEpochResponse,
          version,
          {
            replicaId: -1,
            topics: [{ topic, partitions: [{ partition, leaderEpoch, currentLeaderEpoch }] }],
          },
        )
        const answer = topics[0]!.partitions[0]!
        outcomes[name] = {
          errorCode: wire.errorName(answer.errorCode),
          leaderEpoch: answer.leaderEpoch,
          endOffset: Number(answer.endOffset),
        }
      }
      await ask('current', 'epochs', 0, 0)
      await ask('current of an empty partition', 'epochs', 1, 0)
      await ask('future', 'epochs', 0, 5)
      await ask('none', 'epochs', 0, -1)
      await ask('unknown topic', 'nope', 0, 0)
      await ask('unknown partition', 'epochs', 9, 0)
      await ask('newer leader', 'epochs', 0, 0, 9)
      await ask('right leader', 'epochs', 0, 0, 0)
      client.close()
      return outcomes
    },
  },
  {
    name: 'DeleteRecords',
    async run(target) {
      await target.createTopic('deleted', 1)
      await target.createTopic('kept', 1, { 'cleanup.policy': 'compact' })
      const client = await target.connect()
      await produceTo(client, 'deleted', 0, recent(['a', 'b', 'c']))
      await produceTo(client, 'deleted', 0, recent(['d']))
      const outcomes: Record<string, unknown> = {}
      const ask = async (name: string, topic: string, partitionIndex: number, offset: bigint) => {
        const { topics } = await client.call(wire.deleteRecordsRequest, wire.deleteRecordsResponse, 2, {
          topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }],
          timeoutMs: 10_000,
        })
        const { errorCode, lowWatermark } = topics[0]!.partitions[0]!
        outcomes[name] = { errorCode: wire.errorName(errorCode), lowWatermark: Number(lowWatermark) }
      }
      await ask('two', 'deleted', 0, 2n)
      await ask('back', 'deleted', 0, 1n)
      outcomes['fetch below'] = shownFetch(await fetchFrom(client, [{ topic: 'deleted', offset: 1n }]))
      outcomes['fetch at'] = shownFetch(await fetchFrom(client, [{ topic: 'deleted', offset: 2n }]))
      outcomes.earliest = await listAll(client, 'deleted', { earliest: -2n, zero: 0n })
      await ask('beyond', 'deleted', 0, 9n)
      await ask('negative', 'deleted', 0, -2n)
      await ask('all', 'deleted', 0, -1n)
      await ask('unknown topic', 'nope', 0, 0n)
      await ask('unknown partition', 'deleted', 5, 0n)
      await ask('compacted', 'kept', 0, 0n)
      await ask('internal', '__consumer_offsets', 0, 0n)
      client.close()
      return outcomes
    },
  },
]
