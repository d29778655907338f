import { expect, test } from 'vitest'
import { Kafka } from '../../../src/client/index.ts'
import { startBroker } from '../../../src/testing/index.ts'

test.each([
  'classic',
  'consumer',
] as const)('%s: a topic that is deleted behind its reader holds up no rebalance', async (groupProtocol) => {
  await using broker = await startBroker({
    topics: { kept: 1, gone: 1 },
    properties: {
      'auto.create.topics.enable': 'false',
      'group.consumer.min.heartbeat.interval.ms': '50',
      'group.consumer.heartbeat.interval.ms': '50',
    },
  })
  await broker.produce('gone', ['one'])
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, metadataMaxAgeMs: 100, retryBackoffMs: 5 })
  await using consumer = kafka.consumer({ groupId: 'g', groupProtocol, autoOffsetReset: 'earliest' })
  consumer.subscribe(/kept|gone/)
  while ((await consumer.poll({ timeoutMs: 100 })).length === 0);
  await kafka.admin().deleteTopics(['gone'])
  while (consumer.assignment().length !== 1) await consumer.poll({ timeoutMs: 50 })
  await broker.produce('kept', ['two'])
  const [record] = await consumer.poll({ timeoutMs: 5_000 })
  expect(record?.topic).toBe('kept')
})
