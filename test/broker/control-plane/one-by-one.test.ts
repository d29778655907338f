import { expect, test } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { newTopic, startTarget } from './support/target.ts'

test('requests about topics mean, sent without waiting, what they mean one by one', async () => {
  const { client, stop } = await startTarget('kohort')
  const configs = [{ name: 'retention.ms', configOperation: 0, value: '5' }]
  client.send(wire.createTopicsRequest, 5, { topics: [newTopic('brief')], timeoutMs: 30_000 })
  client.send(wire.incrementalAlterConfigsRequest, 1, {
    resources: [{ resourceType: 2, resourceName: 'brief', configs }],
    validateOnly: false,
  })
  client.send(wire.metadataRequest, 9, { topics: [{ name: 'brief' }], allowAutoTopicCreation: false })
  client.send(wire.deleteTopicsRequest, 5, { topicNames: ['brief'], timeoutMs: 30_000 })
  client.send(wire.metadataRequest, 9, { topics: [{ name: 'brief' }], allowAutoTopicCreation: false })
  const created = await client.receive(wire.createTopicsRequest, wire.createTopicsResponse, 5)
  const altered = await client.receive(wire.incrementalAlterConfigsRequest, wire.incrementalAlterConfigsResponse, 1)
  const seen = await client.receive(wire.metadataRequest, wire.metadataResponse, 9)
  const deleted = await client.receive(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 5)
  const gone = await client.receive(wire.metadataRequest, wire.metadataResponse, 9)
  const codes = [
    created!.body.topics[0]!.errorCode,
    altered!.body.responses[0]!.errorCode,
    seen!.body.topics[0]!.errorCode,
    deleted!.body.responses[0]!.errorCode,
    gone!.body.topics[0]!.errorCode,
  ]
  expect(codes.map(wire.errorName)).toEqual(['NONE', 'NONE', 'NONE', 'NONE', 'UNKNOWN_TOPIC_OR_PARTITION'])
  await stop()
})
