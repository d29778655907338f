import { expect, test } from 'vitest'
import type { Cluster } from '../../../../src/client/cluster/cluster.ts'
import { metadataImage } from '../../../../src/client/cluster/metadata-image.ts'
import { fetchOffsetsOnce } from '../../../../src/client/consumer/commit/fetch-offsets.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'

test('a commit that comes under the id of the question is found, whatever metadata says of the topic by then', async () => {
  const topic = { name: 't', topicId, isInternal: false, partitions: [] }
  const asked: unknown[] = []
  const cluster = {
    metadata: metadataImage({ version: 1, topics: [topic] }),
    async call(_target: unknown, _api: unknown, body: (version: number) => { groups: unknown[] }) {
      // The topic is gone from the image, and comes back later: a broker that starts does not name it yet.
      cluster.metadata = metadataImage({ version: 2 })
      asked.push(body(10).groups)
      const committed = { committedOffset: 7n, committedLeaderEpoch: 2, metadata: '', errorCode: 0 }
      const topics = [{ name: '', topicId, partitions: [{ partitionIndex: 0, ...committed }] }]
      return { version: 10, body: { groups: [{ groupId: 'g', errorCode: 0, topics }] } }
    },
  }
  const found = await fetchOffsetsOnce(cluster as unknown as Cluster, 'g', [{ topic: 't', partition: 0 }], {})
  expect(asked).toEqual([[{ groupId: 'g', topics: [{ name: '', topicId, partitionIndexes: [0] }] }]])
  expect(found).toEqual(new Map([['t-0', { offset: 7n, leaderEpoch: 2, metadata: '' }]]))
})
