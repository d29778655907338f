import { expect, test } from 'vitest'
import type { TopicMetadata } from '../../../src/client/cluster/metadata-image.ts'
import { PartitionChooser, type PartitionChooserOptions } from '../../../src/client/producer/partition-chooser.ts'
import { murmur2 } from '../../../src/wire/index.ts'

/** A topic whose partitions have these leaders; -1 = none. */
function topicOf(...leaders: number[]): TopicMetadata {
  const partitions = leaders.map((leaderId, partition) => {
    return { partition, leaderId, leaderEpoch: 0, replicas: [], isr: [], offlineReplicas: [] }
  })
  return { name: 'orders', topicId: undefined, isInternal: false, partitions }
}

function chooserOf(
  config: Partial<PartitionChooserOptions['config']> = {},
  { topic, ...others }: Partial<Omit<PartitionChooserOptions, 'config'>> = {},
) {
  return new PartitionChooser({
    config: {
      partitioner: undefined,
      partitionerIgnoreKeys: false,
      partitionerAdaptivePartitioningEnable: true,
      partitionerAvailabilityTimeoutMs: 0,
      ...config,
    },
    batchSize: 100,
    topic: topic ?? (() => undefined),
    isUnavailable: () => false,
    waiting: () => 0,
    ...others,
  })
}

const key = Buffer.from('customer-7')

test('a record goes where it says, else where the partitioner says, else by its key', () => {
  const topic = topicOf(1, 1, 1)
  const chooser = chooserOf({ partitioner: ({ value }) => (value === null ? undefined : 1) })
  expect(chooser.choose(topic, 2, key, Buffer.from('v'))).toBe(2)
  expect(chooser.choose(topic, undefined, key, Buffer.from('v'))).toBe(1)
  expect(chooser.choose(topic, undefined, key, null)).toBe(murmur2(key) % 3)
})

test.each([-1, 1.5, Number.NaN])('partition %s is refused', (wanted) => {
  expect(() => chooserOf().choose(topicOf(1, 1, 1), wanted, key, null)).toThrow(
    `orders has partitions 0 to 2, and no ${wanted}`,
  )
})

test('a partition behind the last is one that newer metadata may have, unless the partitioner says it', () => {
  expect(chooserOf().choose(topicOf(1, 1, 1), 3, key, null)).toBe(-1)
  const chooser = chooserOf({ partitioner: ({ partitionCount }) => partitionCount })
  expect(() => chooser.choose(topicOf(1, 1, 1), undefined, key, null)).toThrow('orders has partitions 0 to 2, and no 3')
})

test('records without a key stay in one partition, until a batch is full of them', () => {
  const topic = topicOf(1, 1)
  const waiting = [9, 0]
  const chooser = chooserOf({}, { waiting: (_, partition) => waiting[partition]! * 1e9 })
  const first = chooser.choose(topic, undefined, null, null)
  expect(first).toBe(1) // nearly nobody waits there
  waiting.reverse()
  chooser.appended(topic, undefined, null, { bytes: 90, startsBatch: false })
  expect(chooser.choose(topic, undefined, null, null)).toBe(1)
  chooser.appended(topic, undefined, null, { bytes: 90, startsBatch: true })
  expect(chooser.choose(topic, undefined, null, null)).toBe(0)
})

test('keys count for nothing where they are to be ignored', () => {
  const chooser = chooserOf({ partitionerIgnoreKeys: true }, { waiting: (_, partition) => (partition === 1 ? 0 : 1e9) })
  expect(chooser.choose(topicOf(1, 1, 1), undefined, key, null)).toBe(1)
})

test('a partition without a leader is not chosen, nor one whose node takes nothing, while another can be', () => {
  const led = topicOf(-1, 1, 2)
  const options = { topic: () => led, isUnavailable: (nodeId: number) => nodeId === 2 }
  expect(chooserOf({}, options).choose(led, undefined, null, null)).toBe(1)
  const stuck = topicOf(-1, -1, 2)
  expect(chooserOf({}, { ...options, topic: () => stuck }).choose(stuck, undefined, null, null)).toBe(2)
  const none = topicOf(-1, -1)
  expect(chooserOf({}, { topic: () => none }).choose(none, undefined, null, null)).toBe(-1)
})

test('the partition is left when it loses its leader', () => {
  const image = { topic: topicOf(1, -1) }
  const chooser = chooserOf({}, { topic: () => image.topic })
  expect(chooser.choose(image.topic, undefined, null, null)).toBe(0)
  image.topic = topicOf(-1, 1)
  expect(chooser.choose(image.topic, undefined, null, null)).toBe(1)
})
