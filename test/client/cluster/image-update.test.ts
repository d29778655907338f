import { expect, test } from 'vitest'
import { isUnsettled, updatedImage, withLeaders } from '../../../src/client/cluster/image-update.ts'
import { emptyImage } from '../../../src/client/cluster/metadata-image.ts'
import { type MetadataResponseInput, metadataResponse } from '../../../src/wire/index.ts'

const ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAAg'

function answer(topics: MetadataResponseInput['topics']) {
  const brokers = [1, 2].map((nodeId) => ({ nodeId, host: `h${nodeId}`, port: 9092 }))
  const bytes = metadataResponse.encode({ brokers, clusterId: 'c', controllerId: 2, topics }, 12)
  return metadataResponse.decode(bytes, 12)
}

function topic(name: string, leaders: readonly (readonly [leaderId: number, leaderEpoch: number])[], topicId = ID) {
  const partitions = leaders.map(([leaderId, leaderEpoch], partitionIndex) => ({
    ...{ errorCode: 0, partitionIndex, leaderId, leaderEpoch },
    ...{ replicaNodes: [1, 2], isrNodes: [leaderId] },
  }))
  return { errorCode: 0, name, topicId, partitions }
}

test('an image has topics by name and id, nodes, and errors of topics', () => {
  const image = updatedImage(emptyImage, [
    answer([topic('orders', [[1, 5]]), { errorCode: 3, name: 'missing', partitions: [] }]),
  ])
  expect(image).toMatchObject({ version: 1, clusterId: 'c', controllerId: 2 })
  expect(image.topicsById.get(ID)).toBe(image.topics.get('orders'))
  expect(image.topics.get('orders')?.partitions[0]).toMatchObject({ leaderId: 1, leaderEpoch: 5, replicas: [1, 2] })
  expect(Object.fromEntries(image.errors)).toEqual({ missing: 'UNKNOWN_TOPIC_OR_PARTITION' })
  expect(image.nodes.get(2)).toMatchObject({ host: 'h2', port: 9092 })
})

test('an older leader epoch does not replace a newer one, unless the topic is another', () => {
  const image = updatedImage(emptyImage, [answer([topic('orders', [[1, 5]])])])
  const older = updatedImage(image, [answer([topic('orders', [[2, 4]])])])
  expect(older.topics.get('orders')?.partitions[0]).toMatchObject({ leaderId: 1, leaderEpoch: 5 })
  const recreated = updatedImage(image, [answer([topic('orders', [[2, 0]], OTHER_ID)])])
  expect(recreated.topics.get('orders')?.partitions[0]).toMatchObject({ leaderId: 2, leaderEpoch: 0 })
})

test('a leader that an answer names is taken where its epoch is newer (KIP-951)', () => {
  const image = updatedImage(emptyImage, [
    answer([
      topic('orders', [
        [1, 5],
        [1, 5],
      ]),
    ]),
  ])
  const node = { nodeId: 3, host: 'h3', port: 9092, rack: null }
  const learned = withLeaders(image, [{ topic: 'orders', partition: 1, nodeId: 3, leaderEpoch: 6 }], [node])
  expect(learned.topics.get('orders')?.partitions.map(({ leaderId }) => leaderId)).toEqual([1, 3])
  expect([learned.version, learned.nodes.get(3)]).toEqual([2, node])
  expect(withLeaders(image, [{ topic: 'orders', partition: 1, nodeId: 3, leaderEpoch: 5 }], [node])).toBe(image)
  expect(withLeaders(image, [{ topic: 'none', partition: 1, nodeId: 3, leaderEpoch: 9 }], [])).toBe(image)
})

test('an image without a leader, or with an error that may pass, is unsettled', () => {
  const of = (topics: MetadataResponseInput['topics']) => isUnsettled(updatedImage(emptyImage, [answer(topics)]))
  expect(of([topic('orders', [[1, 5]])])).toBe(false)
  expect(of([topic('orders', [[-1, 5]])])).toBe(true)
  expect(of([{ errorCode: 5, name: 'coming', partitions: [] }])).toBe(true)
  expect(of([{ errorCode: 29, name: 'secret', partitions: [] }])).toBe(false)
})
