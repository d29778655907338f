import {
  apis,
  type DescribeTopicPartitionsRequestInput,
  type DescribeTopicPartitionsResponse,
} from '../../wire/index.ts'
import { errorOfCode } from '../kafka-error.ts'
import { type AdminCallOptions, type AdminContext, fanOut } from './fan-out.ts'

/** What a partition's replicas are at, beyond what `describeTopics` says. */
export interface PartitionReplicas {
  readonly topic: string
  readonly partition: number
  /** Replicas outside of the ISR that may be elected all the same (KIP-966); undefined where the broker does not tell. */
  readonly eligibleLeaderReplicas: readonly number[] | undefined
  readonly lastKnownElr: readonly number[] | undefined
  /** undefined while it is not being moved (KIP-455), or where this client may not see that. */
  readonly move:
    | {
        readonly replicas: readonly number[]
        readonly addingReplicas: readonly number[]
        readonly removingReplicas: readonly number[]
      }
    | undefined
}

/** Replicas of the partitions of topics, by `topic-partition`. A broker without these APIs tells nothing of any. */
export async function describeReplicas(
  context: AdminContext,
  topics: readonly string[],
  options: Omit<AdminCallOptions, 'partial'>,
): Promise<ReadonlyMap<string, PartitionReplicas>> {
  const found = await fanOut<'all', ReadonlyMap<string, PartitionReplicas>>(
    context,
    {
      what: 'describing replicas',
      items: ['all'],
      keyOf: () => 'all',
      route: () => ({ together: 'any', target: 'any' }),
      ask: async ({ options: call, remainingMs }) => {
        const replicas = await readPages(context, topics, call)
        for (const [key, move] of await readMoves(context, { ...call, remainingMs })) {
          const known = replicas.get(key)
          if (known !== undefined) replicas.set(key, { ...known, move })
        }
        return new Map([['all', replicas]])
      },
    },
    { ...options, partial: false },
  )
  return found.get('all')!
}

interface Call {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
}

async function readPages({ cluster }: AdminContext, names: readonly string[], call: Call) {
  const replicas = new Map<string, PartitionReplicas>()
  if (names.length === 0 || (await cluster.versionOf('any', apis.DescribeTopicPartitions, call)) === undefined)
    return replicas
  // Kafka wants them in order: a page ends at a name.
  const topics = [...names].sort().map((name) => ({ name }))
  let cursor: { readonly topicName: string; readonly partitionIndex: number } | null = null
  do {
    const body: DescribeTopicPartitionsRequestInput = { topics, responsePartitionLimit: 2000, cursor }
    const answer: DescribeTopicPartitionsResponse = (
      await cluster.call('any', apis.DescribeTopicPartitions, body, call)
    ).body
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex: partition, eligibleLeaderReplicas, lastKnownElr } of partitions) {
        replicas.set(`${name}-${partition}`, {
          topic: name ?? '',
          partition,
          eligibleLeaderReplicas: eligibleLeaderReplicas ?? undefined,
          lastKnownElr: lastKnownElr ?? undefined,
          move: undefined,
        })
      }
    }
    cursor = answer.nextCursor
  } while (cursor !== null)
  return replicas
}

async function readMoves({ cluster }: AdminContext, { remainingMs, ...call }: Call & { readonly remainingMs: number }) {
  const moves = new Map<string, NonNullable<PartitionReplicas['move']>>()
  if ((await cluster.versionOf('controller', apis.ListPartitionReassignments, call)) === undefined) return moves
  const body = { timeoutMs: Math.trunc(remainingMs), topics: null }
  const { body: answer } = await cluster.call('controller', apis.ListPartitionReassignments, body, call)
  const error = errorOfCode(answer.errorCode, { brokerMessage: answer.errorMessage })
  if (error?.code === 'CLUSTER_AUTHORIZATION_FAILED') return moves
  if (error !== undefined) throw error
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, replicas, addingReplicas, removingReplicas } of partitions) {
      moves.set(`${name}-${partitionIndex}`, { replicas, addingReplicas, removingReplicas })
    }
  }
  return moves
}
