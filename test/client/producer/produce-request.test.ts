import { expect, test } from 'vitest'
import { KafkaError } from '../../../src/client/index.ts'
import { ProduceRequest, recordErrors } from '../../../src/client/producer/produce-request.ts'
import { ProducerBatch } from '../../../src/client/producer/producer-batch.ts'
import { apis, type ProduceResponse } from '../../../src/wire/index.ts'

const ids: Readonly<Record<string, string>> = { orders: 'AAAAAAAAAAAAAAAAAAAAAQ', bills: 'AAAAAAAAAAAAAAAAAAAAAg' }
const places = [
  { topic: 'orders', partition: 2 },
  { topic: 'bills', partition: 0 },
  { topic: 'orders', partition: 0 },
]
const batches = places.map((place, order) => new ProducerBatch(place, order, 0, 1_000))
const records = places.map((_, i) => Buffer.from([i]))
const options = { acks: -1, timeoutMs: 5_000 }

function answer(version: number, responses: object[]): ProduceResponse {
  const bytes = apis.Produce.response.encode({ responses, throttleTimeMs: 0 } as never, version)
  return apis.Produce.response.decode(Buffer.concat([bytes].flat()), version)
}

test('a request names each topic once, by its id from version 13 on', () => {
  const request = new ProduceRequest(batches, (topic) => ids[topic])
  const [orders, bills] = [
    [
      { index: 2, records: records[0] },
      { index: 0, records: records[2] },
    ],
    [{ index: 0, records: records[1] }],
  ]
  expect(request.body(12, records, options)).toEqual({
    ...options,
    topicData: [
      { name: 'orders', partitionData: orders },
      { name: 'bills', partitionData: bills },
    ],
  })
  expect(request.body(13, records, options)).toEqual({
    ...options,
    topicData: [
      { topicId: ids.orders, partitionData: orders },
      { topicId: ids.bills, partitionData: bills },
    ],
  })
})

test('the version has what the request needs: ids of all topics, and zstd', () => {
  const known = new ProduceRequest(batches, (topic) => ids[topic])
  expect(known.versions('none')).toEqual({ minVersion: 3 })
  expect(known.versions('zstd')).toEqual({ minVersion: 7 })
  const unknown = new ProduceRequest(batches, (topic) => (topic === 'bills' ? undefined : ids[topic]))
  expect(unknown.versions('lz4')).toEqual({ minVersion: 3, maxVersion: 12 })
})

test.each([
  12, 13,
])('the answer of version %i is read by partition, whatever its order, and with the ids that were asked for', (version) => {
  const now = { ...ids }
  const request = new ProduceRequest(batches, (topic) => now[topic])
  // The topic was made anew while the request was under way.
  now.orders = 'AAAAAAAAAAAAAAAAAAAABw'
  const named = (topic: string) => (version >= 13 ? { topicId: ids[topic] } : { name: topic })
  const outcome = (index: number, baseOffset: bigint) => ({ index, errorCode: 0, baseOffset })
  const body = answer(version, [
    { ...named('bills'), partitionResponses: [outcome(0, 7n)] },
    { ...named('orders'), partitionResponses: [outcome(0, 9n), outcome(5, 1n)] },
  ])
  expect(request.outcomes(version, body).map((one) => one?.baseOffset)).toEqual([undefined, 7n, 9n])
})

test('the records that the broker refuses are named with its words for each, or for all', () => {
  const refused = [
    { batchIndex: 1, batchIndexErrorMessage: 'no key' },
    { batchIndex: 3, batchIndexErrorMessage: null },
  ]
  const body = answer(12, [
    { name: 'orders', partitionResponses: [{ index: 0, errorCode: 87, baseOffset: -1n, recordErrors: refused }] },
  ])
  const outcome = body.responses[0]!.partitionResponses[0]!
  const error = new KafkaError('INVALID_RECORD', 'the batch was refused')
  expect([...recordErrors(error, outcome)!].map(([index, { code, message }]) => [index, code, message])).toEqual([
    [1, 'INVALID_RECORD', 'no key (INVALID_RECORD)'],
    [3, 'INVALID_RECORD', 'the batch was refused (INVALID_RECORD)'],
  ])
  expect(recordErrors(error, { ...outcome, recordErrors: [] })).toBeUndefined()
})
