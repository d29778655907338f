import assert from 'node:assert/strict'
import { afterEach, test } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { batchOf } from '../../log/support/batches.ts'
import { RawClient } from '../../support/raw-client.ts'
import { TestBroker } from './support/test-broker.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('records that were produced are listed and fetched over TCP', async () => {
  const broker = await new TestBroker().start()
  ends.push(() => broker.stop())
  broker.createTopic('t', 1)
  const client = await RawClient.connect({ port: broker.port })
  ends.push(() => client.close())
  const produced = await client.call(wire.produceRequest, wire.produceResponse, 9, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf(['a', 'b']) }] }],
  })
  assert.equal(produced.responses[0]?.partitionResponses[0]?.errorCode, 0)
  const listed = await client.call(wire.listOffsetsRequest, wire.listOffsetsResponse, 5, {
    replicaId: -1,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
  })
  assert.equal(listed.topics[0]?.partitions[0]?.offset, 2n)
  const fetched = await client.call(wire.fetchRequest, wire.fetchResponse, 11, {
    maxWaitMs: 1000,
    minBytes: 1,
    topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000_000 }] }],
  })
  const records = fetched.responses[0]?.partitions[0]?.records
  assert.deepEqual(
    wire.decodeRecords(records!).map(({ value }) => value?.toString()),
    ['a', 'b'],
  )
})
