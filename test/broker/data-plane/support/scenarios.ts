import * as wire from '../../../../src/wire/index.ts'
import { type BatchOptions, batchOf } from '../../../log/support/batches.ts'
import type { RawClient } from '../../../support/raw-client.ts'
import {
  fetchBody,
  fetchFrom,
  type ProduceOptions,
  produceBody,
  produceTo,
  shownFetch,
  shownPartition,
  shownProduce,
} from './requests.ts'
import type { ScenarioTarget } from './targets.ts'

/**
 * What is asked of kohort and of Apache Kafka alike. The outcomes of Apache Kafka are recorded in fixtures/ and hold for
 * both; each scenario uses topics of its own, so that they may run in any order.
 */
export interface Scenario {
  readonly name: string
  run(target: ScenarioTarget): Promise<unknown>
}

/** In the past, but young enough for every limit. */
const TIMESTAMP = Math.floor(Date.now() / 1000) * 1000 - 60_000
const MAGIC_AT = wire.batchLayout.magic

function recent(values: readonly string[], options: BatchOptions = {}): Buffer {
  return batchOf(values, { timestamps: values.map((_, i) => TIMESTAMP + i), ...options })
}

/** A batch with some bytes changed and the checksum made right again. */
function changed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(batch)
  change(copy)
  wire.writeCrc(copy, 0)
  return copy
}

async function produceAll(
  target: ScenarioTarget,
  topic: string,
  batches: Readonly<Record<string, Buffer | null>>,
  options: ProduceOptions = {},
): Promise<object> {
  const client = await target.connect()
  const outcomes: Record<string, object> = {}
  for (const [name, records] of Object.entries(batches)) {
    outcomes[name] = shownProduce(await produceTo(client, topic, 0, records, options))
  }
  client.close()
  return outcomes
}

/** What happened to the connection after bytes that may end it: the answer as hex, or that it ended. */
async function fate(target: ScenarioTarget, bytes: Uint8Array): Promise<string> {
  const client = await target.connect()
  client.sendBytes(bytes)
  const frame = await client.nextFrame()
  client.close()
  return frame === undefined ? 'ended' : frame.toString('hex')
}

function header(apiKey: number, apiVersion: number, rest: string): Buffer {
  const fields = Buffer.alloc(10)
  fields.writeInt16BE(apiKey, 0)
  fields.writeInt16BE(apiVersion, 2)
  fields.writeInt32BE(7, 4)
  fields.writeInt16BE(-1, 8)
  const body = Buffer.concat([fields, Buffer.from(rest, 'hex')])
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

function withoutTimes(outcome: object): unknown {
  return JSON.parse(JSON.stringify(outcome).replaceAll(/\d{13,}/g, 'TIME'))
}

/** Asks again while Kafka's broker gets its first block of ids. */
async function initProducerId(
  client: RawClient,
  version: number,
  had: { readonly producerId?: bigint; readonly producerEpoch?: number } = {},
): Promise<wire.InitProducerIdResponse> {
  for (;;) {
    const body = { transactionalId: null, transactionTimeoutMs: 60_000, ...had }
    const answer = await client.call(wire.initProducerIdRequest, wire.initProducerIdResponse, version, body)
    if (wire.errorName(answer.errorCode) !== 'COORDINATOR_LOAD_IN_PROGRESS') return answer
  }
}

async function listAll(
  client: RawClient,
  topic: string,
  asks: Readonly<Record<string, bigint>>,
  options: { readonly version?: number; readonly isolationLevel?: number; readonly currentLeaderEpoch?: number } = {},
): Promise<object> {
  const { version = 11, isolationLevel = 0, currentLeaderEpoch = -1 } = options
  const outcomes: Record<string, object> = {}
  for (const [name, timestamp] of Object.entries(asks)) {
    const { topics } = await client.call(wire.listOffsetsRequest, wire.listOffsetsResponse, version, {
      replicaId: -1,
      ...(version >= 2 ? { isolationLevel } : {}),
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: 0, timestamp, ...(version >= 4 ? { currentLeaderEpoch } : {}) }],
        },
      ],
    })
    const { errorCode, offset, timestamp: found, leaderEpoch } = topics[0]!.partitions[0]!
    outcomes[name] = {
      errorCode: wire.errorName(errorCode),
      offset: Number(offset),
      afterFirst: found === -1n ? null : Number(found) - TIMESTAMP,
      leaderEpoch,
    }
  }
  return outcomes
}

const everyTimestamp = {
  latest: -1n,
  earliest: -2n,
  max: -3n,
  earliestLocal: -4n,
  latestTiered: -5n,
  earliestPendingUpload: -6n,
  unknownSpecial: -7n,
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'requests that cannot be decoded or are not served',
    run: async (target) => ({
      produceV0: await fate(target, header(0, 0, '0001000003e800000000')),
      produceV2: await fate(target, header(0, 2, '0001000003e800000000')),
      fetchV3: await fate(target, header(1, 3, '')),
      unknownKey: await fate(target, header(999, 0, '')),
      negativeKey: await fate(target, header(-1, 0, '')),
      heartbeatV99: await fate(target, header(12, 99, '')),
      heartbeatNegativeVersion: await fate(target, header(12, -1, '')),
      truncatedListOffsets: await fate(target, header(2, 1, 'ffff')),
      apiVersionsV99: await fate(target, header(18, 99, '00')),
      apiVersionsBadName: await fate(target, header(18, 3, '00010100')),
      produceWithBytesBehind: await fate(target, header(0, 3, 'ffff0001000003e8000000007a7a')),
      negativeSize: await fate(target, Buffer.from('ffffffff', 'hex')),
      hugeSize: await fate(target, Buffer.from('7fffffff', 'hex')),
      emptyFrame: await fate(target, Buffer.from('00000000', 'hex')),
      http: await fate(target, Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')),
    }),
  },
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
