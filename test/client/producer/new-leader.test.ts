import { expect, test } from 'vitest'
import { Kafka } from '../../../src/client/index.ts'
import { ApiKey, ErrorCode } from '../../../src/wire/index.ts'
import { afterHandshake, ScriptedServer, type SeenRequest } from '../support/scripted-server.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** What became of a Produce request for partition 0. */
function produced(outcome: object, more: object = {}): object {
  const partition = { index: 0, errorCode: 0, baseOffset: 0n, ...outcome }
  return { responses: [{ name: 'orders', topicId, partitionResponses: [partition] }], ...more }
}

test('all batches that an old leader refuses go to the one that it names (KIP-951), without a word about metadata', async () => {
  const held: SeenRequest[] = []
  let offset = 0n
  await using next = await ScriptedServer.start(
    afterHandshake(({ apiKey }) => (apiKey === ApiKey.Produce ? produced({ baseOffset: offset++ }) : undefined)),
  )
  await using old = await ScriptedServer.start(
    afterHandshake((request, { address }) => {
      if (request.apiKey === ApiKey.InitProducerId)
        return { throttleTimeMs: 0, errorCode: 0, producerId: 5n, producerEpoch: 0 }
      if (request.apiKey === ApiKey.Metadata) {
        const partition = { errorCode: 0, partitionIndex: 0, leaderId: 1, leaderEpoch: 3, replicaNodes: [1, 2] }
        const partitions = [{ ...partition, isrNodes: [1, 2], offlineReplicas: [] }]
        return {
          brokers: [{ nodeId: 1, ...address }],
          clusterId: 'test',
          controllerId: 1,
          topics: [{ errorCode: 0, name: 'orders', topicId, isInternal: false, partitions }],
        }
      }
      if (held.length === 0 && offset === 0n) return produced({ baseOffset: offset++ })
      held.push(request)
      return undefined
    }),
  )
  await using kafka = new Kafka({ bootstrapServers: `127.0.0.1:${old.port}`, clientId: 'test' })
  const producer = kafka.producer({ batchSize: 1 })
  expect((await producer.send({ topic: 'orders', value: '0' })).offset).toBe(0n)
  const sends = ['1', '2', '3'].map((value) => producer.send({ topic: 'orders', value }))
  await old.until(() => held.length === 3)
  const metadataBefore = old.requests.filter(({ apiKey }) => apiKey === ApiKey.Metadata).length
  const currentLeader = { leaderId: 2, leaderEpoch: 4 }
  const nodeEndpoints = [{ nodeId: 2, ...next.address, rack: null }]
  // One after the other: the image has the new leader when the second one comes.
  for (const request of held) {
    old.answer(
      request,
      produced({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, baseOffset: -1n, currentLeader }, { nodeEndpoints }),
    )
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect((await Promise.all(sends)).map((sent) => sent.offset)).toEqual([1n, 2n, 3n])
  const metadata = [old, next].flatMap(({ requests }) => requests.filter(({ apiKey }) => apiKey === ApiKey.Metadata))
  expect(metadata.length).toBe(metadataBefore)
})
