import * as wire from '../../../../src/wire/index.ts'
import { fetchFrom, produceBody, produceTo, shownFetch, shownProduce } from './requests.ts'
import {
  changed,
  initProducerId,
  MAGIC_AT,
  produceAll,
  recent,
  type Scenario,
  TIMESTAMP,
  withoutTimes,
} from './steps.ts'

export const producingScenarios: readonly Scenario[] = [
  {
    name: 'produce: structure of the records',
    async run(target) {
      await target.createTopic('structure', 1)
      const batch = recent(['a', 'b'])
      return produceAll(target, 'structure', {
        good: batch,
        empty: Buffer.alloc(0),
        few: batch.subarray(0, 16),
        cut: batch.subarray(0, batch.length - 1),
        two: Buffer.concat([batch, batch]),
        andPart: Buffer.concat([batch, batch.subarray(0, 40)]),
        andFew: Buffer.concat([batch, Buffer.from('zz')]),
        andGarbage: Buffer.concat([batch, Buffer.alloc(40, 0xff)]),
        tinyLength: changed(batch, (b) => b.writeInt32BE(13, 8)),
        shortLength: changed(batch.subarray(0, 40), (b) => b.writeInt32BE(28, 8)),
        magic1: changed(batch, (b) => b.writeInt8(1, MAGIC_AT)),
        magic3: changed(batch, (b) => b.writeInt8(3, MAGIC_AT)),
        crc: Buffer.concat([batch.subarray(0, -1), Buffer.from([batch.at(-1)! ^ 1])]),
        baseOffset: changed(batch, (b) => b.writeBigInt64BE(5n, 0)),
        count: changed(batch, (b) => b.writeInt32BE(3, wire.batchLayout.recordCount)),
        countZero: changed(batch, (b) => b.writeInt32BE(0, wire.batchLayout.recordCount)),
        countNegative: changed(batch, (b) => b.writeInt32BE(-1, wire.batchLayout.recordCount)),
        deltaNegative: changed(batch, (b) => b.writeInt32BE(-5, wire.batchLayout.lastOffsetDelta)),
        control: changed(batch, (b) => b.writeInt16BE(wire.CONTROL_BIT, wire.batchLayout.attributes)),
        noSequence: recent(['a'], { producerId: 5n, producerEpoch: 0, baseSequence: -1 }),
        transactional: recent(['a'], { producerId: 5n, producerEpoch: 0, baseSequence: 0, isTransactional: true }),
      })
    },
  },
  {
    name: 'produce: versions and acks',
    async run(target) {
      const topicId = await target.createTopic('versions', 1)
      const client = await target.connect()
      const outcomes: Record<string, unknown> = {}
      for (let version = 3; version <= 12; version++) {
        outcomes[`v${version}`] = shownProduce(await produceTo(client, 'versions', 0, recent(['a']), { version }))
      }
      outcomes.v13 = shownProduce(await produceTo(client, topicId, 0, recent(['a']), { version: 13 }))
      outcomes.v13Unknown = shownProduce(
        await produceTo(client, 'zzzzzzzzzzzzzzzzzzzzzA', 0, recent(['a']), { version: 13 }),
      )
      outcomes.unknownTopic = shownProduce(await produceTo(client, 'nope', 0, recent(['a'])))
      outcomes.unknownPartition = shownProduce(await produceTo(client, 'versions', 7, recent(['a'])))
      outcomes.negativePartition = shownProduce(await produceTo(client, 'versions', -1, recent(['a'])))
      outcomes.acks1 = shownProduce(await produceTo(client, 'versions', 0, recent(['a']), { acks: 1 }))
      outcomes.acks2 = shownProduce(await produceTo(client, 'versions', 0, recent(['a']), { acks: 2 }))
      outcomes.acksMinus2 = shownProduce(await produceTo(client, 'versions', 0, recent(['a']), { acks: -2 }))
      outcomes.transactionalIdOnly = shownProduce(
        await produceTo(client, 'versions', 0, recent(['a']), { transactionalId: 'tx' }),
      )
      outcomes.internal = shownProduce(await produceTo(client, '__consumer_offsets', 0, recent(['a'])))
      client.close()
      return outcomes
    },
  },
  {
    name: 'produce: zstd needs version 7',
    async run(target) {
      await wire.loadCodecs()
      await target.createTopic('zstd', 1)
      const client = await target.connect()
      const batch = recent(['a', 'b'], { compression: 'zstd' })
      const outcomes = {
        v6: shownProduce(await produceTo(client, 'zstd', 0, batch, { version: 6 })),
        v7: shownProduce(await produceTo(client, 'zstd', 0, batch, { version: 7 })),
        fetchV4: shownFetch(await fetchFrom(client, [{ topic: 'zstd' }], { version: 4 })),
        fetchV10: shownFetch(await fetchFrom(client, [{ topic: 'zstd' }], { version: 10 })),
      }
      client.close()
      return outcomes
    },
  },
  {
    name: 'produce: acks=0 has no answer, and an error ends the connection',
    async run(target) {
      await target.createTopic('acks0', 1)
      const client = await target.connect()
      const good = produceBody({ topic: 'acks0', partition: 0, records: recent(['a']), version: 9, acks: 0 })
      client.send(wire.produceRequest, 9, good)
      const next = shownProduce(await produceTo(client, 'acks0', 0, recent(['b'])))
      client.send(wire.produceRequest, 9, {
        ...good,
        topicData: [{ name: 'nope', partitionData: good.topicData[0]!.partitionData }],
      })
      const frame = await client.nextFrame()
      client.close()
      return { next, afterError: frame === undefined ? 'ended' : 'answered' }
    },
  },
  {
    name: 'produce: sizes',
    async run(target) {
      await target.createTopic('sizes', 1, { 'max.message.bytes': '200' })
      return produceAll(target, 'sizes', {
        small: recent(['a']),
        large: recent(['x'.repeat(300)]),
        packed: recent(['x'.repeat(300)], { compression: 'gzip' }),
      })
    },
  },
  {
    name: 'produce: compacted topics need keys',
    async run(target) {
      await target.createTopic('compacted', 1, { 'cleanup.policy': 'compact' })
      const keyed = { timestamp: TIMESTAMP, key: Buffer.from('k'), value: Buffer.from('v') }
      const bare = { timestamp: TIMESTAMP, key: null, value: Buffer.from('v') }
      const batches = {
        keyed: wire.encodeBatch({ records: [keyed, keyed] }),
        emptyKey: wire.encodeBatch({ records: [{ ...keyed, key: Buffer.alloc(0) }] }),
        bare: wire.encodeBatch({ records: [keyed, bare, keyed, bare] }),
        barePacked: wire.encodeBatch({ records: [keyed, bare], compression: 'lz4' }),
      }
      return {
        v9: await produceAll(target, 'compacted', batches),
        v7: await produceAll(target, 'compacted', { bare: batches.bare }, { version: 7 }),
      }
    },
  },
  {
    name: 'produce: limits of timestamps',
    async run(target) {
      await target.createTopic('young', 1, { 'message.timestamp.before.max.ms': '3600000' })
      await target.createTopic('any', 1)
      const dayMs = 86_400_000
      const batches = {
        good: recent(['a', 'b']),
        old: recent(['a', 'b'], { timestamps: [TIMESTAMP - dayMs, TIMESTAMP] }),
        future: recent(['a', 'b'], { timestamps: [TIMESTAMP, TIMESTAMP + dayMs] }),
        none: recent(['a'], { timestamps: [-1] }),
        claimsAppendTime: recent(['a'], { timestampType: 'LogAppendTime' }),
      }
      return {
        young: withoutTimes(await produceAll(target, 'young', batches)),
        any: withoutTimes(await produceAll(target, 'any', batches)),
      }
    },
  },
  {
    name: 'produce: LogAppendTime',
    async run(target) {
      await target.createTopic('appended', 1, { 'message.timestamp.type': 'LogAppendTime' })
      const beforeMs = Date.now()
      const produced = await produceAll(target, 'appended', {
        good: recent(['a', 'b']),
        packed: recent(['a', 'b'], { compression: 'gzip' }),
        old: recent(['a'], { timestamps: [1000] }),
        claims: recent(['a'], { timestampType: 'LogAppendTime' }),
      })
      const client = await target.connect()
      const { responses } = await fetchFrom(client, [{ topic: 'appended' }])
      client.close()
      const batches = []
      for (const batch of wire.iterateBatches(responses[0]!.partitions[0]!.records!)) {
        const { timestampType, maxTimestamp, baseOffset, position } = batch
        const problem = wire.verifyBatch(responses[0]!.partitions[0]!.records!, position)?.message ?? null
        batches.push({ timestampType, isNow: maxTimestamp >= beforeMs, baseOffset: Number(baseOffset), problem })
      }
      return { produced: withoutTimes(produced), batches }
    },
  },
  {
    name: 'produce: the codec of the topic',
    async run(target) {
      await wire.loadCodecs()
      const outcomes: Record<string, unknown> = {}
      for (const topicCodec of ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd', 'producer']) {
        const topic = `codec-${topicCodec}`
        await target.createTopic(topic, 1, { 'compression.type': topicCodec })
        const produced = await produceAll(target, topic, {
          none: recent(['a', 'b']),
          gzip: recent(['c'], { compression: 'gzip' }),
          snappy: recent(['d'], { compression: 'snappy' }),
          lz4: recent(['e'], { compression: 'lz4' }),
          zstd: recent(['f'], { compression: 'zstd' }),
        })
        const client = await target.connect()
        const fetched = await fetchFrom(client, [{ topic }])
        client.close()
        const records = fetched.responses[0]!.partitions[0]!.records!
        const codecs = [...wire.iterateBatches(records)].map(({ compression, position }) => {
          return `${compression} ${wire.verifyBatch(records, position)?.message ?? 'intact'}`
        })
        outcomes[topicCodec] = { produced, codecs, fetched: shownFetch(fetched) }
      }
      return outcomes
    },
  },
  {
    name: 'produce: idempotent producers',
    async run(target) {
      await target.createTopic('idempotent', 1)
      const client = await target.connect()
      const { producerId } = await initProducerId(client, 4)
      const at = (baseSequence: number, values: string[], producerEpoch = 0): Buffer =>
        recent(values, { producerId, producerEpoch, baseSequence })
      const outcomes: Record<string, object> = {}
      const send = async (name: string, batch: Buffer): Promise<void> => {
        outcomes[name] = shownProduce(await produceTo(client, 'idempotent', 0, batch))
      }
      await send('first', at(0, ['a', 'b']))
      await send('second', at(2, ['c']))
      await send('again', at(0, ['a', 'b']))
      await send('gap', at(9, ['z']))
      await send('older epoch', at(3, ['d'], 1))
      await send('newer epoch at 0', at(0, ['e'], 1))
      await send('back to the older epoch', at(3, ['f'], 0))
      for (let i = 1; i <= 6; i++) await send(`more ${i}`, at(i, ['g'], 1))
      await send('long ago', at(0, ['e'], 1))
      await send(
        'unknown producer in the middle',
        recent(['x'], { producerId: producerId + 1000n, producerEpoch: 0, baseSequence: 7 }),
      )
      client.close()
      return outcomes
    },
  },
  {
    name: 'InitProducerId',
    async run(target) {
      const client = await target.connect()
      const outcomes: Record<string, unknown> = {}
      const ask = async (name: string, version: number, producerId: bigint, producerEpoch: number): Promise<void> => {
        const answer = await initProducerId(client, version, version >= 3 ? { producerId, producerEpoch } : {})
        outcomes[name] = {
          errorCode: wire.errorName(answer.errorCode),
          isFresh: answer.producerId >= 0n && answer.producerId !== producerId,
          producerEpoch: answer.producerEpoch,
        }
      }
      for (let version = 0; version <= 5; version++) await ask(`v${version}`, version, -1n, -1)
      await ask('bump', 4, 5n, 3)
      await ask('id only', 4, 5n, -1)
      await ask('epoch only', 4, -1n, 3)
      client.close()
      return outcomes
    },
  },
  {
    name: 'DescribeProducers',
    async run(target) {
      await target.createTopic('producers', 1)
      const client = await target.connect()
      const producerId = 77_000n
      await produceTo(client, 'producers', 0, recent(['a', 'b'], { producerId, producerEpoch: 4, baseSequence: 0 }))
      const ask = async (name: string, partitionIndexes: number[]) => {
        const { topics } = await client.call(wire.describeProducersRequest, wire.describeProducersResponse, 0, {
          topics: [{ name, partitionIndexes }],
        })
        return topics[0]!.partitions.map(({ partitionIndex, errorCode, errorMessage, activeProducers }) => ({
          partitionIndex,
          errorCode: wire.errorName(errorCode),
          errorMessage,
          activeProducers: activeProducers.map((producer) => ({
            ...producer,
            producerId: Number(producer.producerId),
            lastTimestamp: Number(producer.lastTimestamp) - TIMESTAMP,
            currentTxnStartOffset: Number(producer.currentTxnStartOffset),
          })),
        }))
      }
      const outcomes = {
        known: await ask('producers', [0, 3]),
        unknown: await ask('nope', [0]),
        badName: await ask('a b', [0]),
      }
      client.close()
      return outcomes
    },
  },
]
