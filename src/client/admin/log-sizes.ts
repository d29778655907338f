import { apis } from '../../wire/index.ts'
import { type AdminCallOptions, type AdminContext, byTopic, fanOut } from './fan-out.ts'

/** A replica of a partition on disk. */
export interface ReplicaSize {
  readonly topic: string
  readonly partition: number
  readonly nodeId: number
  readonly bytes: bigint
}

/**
 * Sizes of partitions on the disks of all nodes. What a node does not tell (a folder that failed, no permission) is missing; so are all sizes with
 * brokers without this API.
 */
export async function describeLogSizes(
  { cluster, ...context }: AdminContext,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
  options: Omit<AdminCallOptions, 'partial'>,
): Promise<readonly ReplicaSize[]> {
  const { signal, timeoutMs = context.defaultApiTimeoutMs } = options
  const { nodes } = await cluster.refresh('sizes of partitions', { signal, timeoutMs })
  const topics = byTopic(partitions, ({ partition }) => partition).map(({ name, partitions: numbers }) => {
    return { topic: name, partitions: numbers }
  })
  const found = await fanOut<number, readonly ReplicaSize[]>(
    { cluster, ...context },
    {
      what: 'describing the sizes of logs',
      items: [...nodes.keys()],
      keyOf: String,
      route: (nodeId) => ({ together: String(nodeId), target: { nodeId } }),
      async ask({ target, items, options: call }) {
        const nodeId = items[0]!
        const { body } = await cluster.call(target, apis.DescribeLogDirs, { topics }, call)
        const sizes = body.results.flatMap(({ topics: described }) =>
          described.flatMap(({ name, partitions: replicas }) =>
            replicas
              .filter(({ isFutureKey }) => !isFutureKey)
              .map(({ partitionIndex, partitionSize }) => {
                return { topic: name, partition: partitionIndex, nodeId, bytes: partitionSize }
              }),
          ),
        )
        return new Map([[String(nodeId), sizes]])
      },
    },
    { ...options, partial: true },
  )
  return [...found.values()].flat()
}
