import { expect, test } from 'vitest'
import type { MetadataImage, Topic } from '../../../src/broker/metadata/metadata-store.ts'
import { PARTITIONS_MAX, tooManyPartitions } from '../../../src/broker/topics/limits.ts'

test('the partitions of all topics together are limited', () => {
  const topic: Topic = {
    name: 't',
    topicId: 'T',
    partitionCount: PARTITIONS_MAX - 5,
    isInternal: false,
    configs: new Map(),
  }
  const topics = new Map([['t', topic]])
  const image: MetadataImage = { version: 1, topicsByName: topics, topicsById: topics, leaderEpoch: 0 }
  expect(tooManyPartitions(image, 5)).toBeUndefined()
  expect(tooManyPartitions(image, 6)).toBe(
    `This broker keeps at most ${PARTITIONS_MAX} partitions; 6 more would be too many.`,
  )
})
