import type { TopicPartition } from '../../assignor/index.ts'
import { apis } from '../../wire/index.ts'
import { type AdminCallOptions, type AdminContext, byCoordinator, fanOut, outcomeOf, type Results } from './fan-out.ts'

/** Where a share group is in a partition. */
export interface ShareGroupOffset extends TopicPartition {
  /** The first record that is not done with; undefined where nobody has read the partition yet. */
  readonly startOffset: bigint | undefined
  /** Records that are not done with; undefined before Kafka 4.2, and where the broker does not know. */
  readonly lag: bigint | undefined
}

export function listShareGroupOffsets(
  context: AdminContext,
  groupIds: readonly string[],
  options: AdminCallOptions,
): Promise<Results<readonly ShareGroupOffset[]>> {
  return fanOut<string, readonly ShareGroupOffset[]>(
    context,
    {
      what: 'listing offsets of share groups',
      items: groupIds,
      ...byCoordinator<string>(context, String),
      async ask({ target, items, options: callOptions }) {
        const groups = items.map((groupId) => ({ groupId, topics: null }))
        const { body } = await context.cluster.call(target, apis.DescribeShareGroupOffsets, { groups }, callOptions)
        return new Map(
          body.groups.map(({ groupId, topics, errorCode, errorMessage }) => {
            const offsets = () =>
              topics.flatMap(({ topicName, partitions }) =>
                partitions.map(({ partitionIndex, startOffset, lag }) => ({
                  topic: topicName,
                  partition: partitionIndex,
                  startOffset: startOffset < 0n ? undefined : startOffset,
                  lag: lag < 0n ? undefined : lag,
                })),
              )
            return [groupId, outcomeOf(errorCode, offsets, errorMessage)]
          }),
        )
      },
    },
    options,
  )
}
