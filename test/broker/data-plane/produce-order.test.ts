import assert from 'node:assert/strict'
import { afterEach, test } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { batchOf } from '../../log/support/batches.ts'
import { RawClient } from '../../support/raw-client.ts'
import { fetchFrom, produceBody, valuesOf } from './support/requests.ts'
import { TestBroker } from './support/test-broker.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('batches of one connection keep their order, also where some take longer to prepare', async () => {
  await wire.loadCodecs()
  const broker = await new TestBroker().start()
  ends.push(() => broker.stop())
  // zstd of a batch is done off the request's turn; the others would overtake it.
  broker.createTopic('slow', 1, { 'compression.type': 'uncompressed' })
  const client = await RawClient.connect({ port: broker.port })
  ends.push(() => client.close())
  const large = 'x'.repeat(300_000)
  const values = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  for (const [i, value] of values.entries()) {
    const records = batchOf([i % 3 === 0 ? `${value}${large}` : value], { compression: i % 3 === 0 ? 'zstd' : 'none' })
    client.send(wire.produceRequest, 9, produceBody({ topic: 'slow', partition: 0, records, version: 9 }))
  }
  const offsets: bigint[] = []
  for (const _ of values) {
    const answer = await client.receive(wire.produceRequest, wire.produceResponse, 9)
    offsets.push(answer!.body.responses[0]!.partitionResponses[0]!.baseOffset)
  }
  assert.deepEqual(offsets, [0n, 1n, 2n, 3n, 4n, 5n, 6n])
  const { responses } = await fetchFrom(client, [{ topic: 'slow', maxBytes: 10_000_000 }])
  const read = valuesOf(responses[0]!.partitions[0]!.records!).map((value) => value.slice(2, 3))
  assert.deepEqual(read, values)
})

test('records of null are refused: Apache Kafka never answers them', async () => {
  const broker = await new TestBroker().start()
  ends.push(() => broker.stop())
  broker.createTopic('t', 1)
  const client = await RawClient.connect({ port: broker.port })
  ends.push(() => client.close())
  const body = produceBody({ topic: 't', partition: 0, records: null, version: 9 })
  const { responses } = await client.call(wire.produceRequest, wire.produceResponse, 9, body)
  assert.equal(wire.errorName(responses[0]!.partitionResponses[0]!.errorCode), 'INVALID_RECORD')
})
