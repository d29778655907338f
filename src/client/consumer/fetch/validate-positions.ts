import { apis } from '../../../wire/index.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { PartitionState, Position } from '../partition-state.ts'

/** What the leader says about a position. */
export type Validation =
  | { readonly kind: 'valid' }
  /** The log was cut: the first offset at which it differs, undefined where the leader knows nothing of the epoch. */
  | { readonly kind: 'truncated'; readonly divergentOffset: bigint | undefined }
  /** Ask again later; `refresh`: after new metadata. */
  | { readonly kind: 'later'; readonly refresh: boolean }

/** KIP-320 wants version 3: older ones ask for permissions on the cluster that consumers do not have. */
const VERSION_MIN = 3
/** Answers: NONE, and the codes of a leader that has changed. */
const NONE = 0

/**
 * Asks the leaders of these partitions where the epochs of their positions ended. One request a node; a node that cannot say is believed (Java's
 * `hasUsableOffsetForLeaderEpochVersion`). Does not reject but with the signal's reason.
 */
export async function validatePositions(
  cluster: Cluster,
  states: readonly PartitionState[],
  signal: AbortSignal,
): Promise<ReadonlyMap<PartitionState, Validation>> {
  const results = new Map<PartitionState, Validation>()
  const byLeader = new Map<number, PartitionState[]>()
  for (const state of states) {
    const { leaderId } = state.leader
    if (leaderId < 0) results.set(state, { kind: 'later', refresh: true })
    else if (byLeader.has(leaderId)) byLeader.get(leaderId)!.push(state)
    else byLeader.set(leaderId, [state])
  }
  const ask = async ([nodeId, ofLeader]: [number, PartitionState[]]): Promise<void> => {
    try {
      await askLeader(cluster, nodeId, ofLeader, results, signal)
    } catch {
      signal.throwIfAborted()
      for (const state of ofLeader) results.set(state, { kind: 'later', refresh: true })
    }
  }
  await Promise.all(Array.from(byLeader, ask))
  return results
}

async function askLeader(
  cluster: Cluster,
  nodeId: number,
  states: readonly PartitionState[],
  results: Map<PartitionState, Validation>,
  signal: AbortSignal,
): Promise<void> {
  const version = await cluster.versionOf({ nodeId }, apis.OffsetForLeaderEpoch, { signal })
  if (version === undefined || version < VERSION_MIN) {
    for (const state of states) results.set(state, { kind: 'valid' })
    return
  }
  const positions = new Map(states.map((state) => [state.name, { state, position: state.position! }]))
  const topics = groupByTopic(states)
  const { body } = await cluster.call(
    { nodeId },
    apis.OffsetForLeaderEpoch,
    {
      replicaId: -1,
      topics: Array.from(topics, ([topic, ofTopic]) => ({
        topic,
        partitions: ofTopic.map((state) => ({
          partition: state.partition,
          currentLeaderEpoch: state.leader.leaderEpoch,
          leaderEpoch: state.position!.offsetEpoch,
        })),
      })),
    },
    { signal },
  )
  for (const { topic, partitions } of body.topics) {
    for (const { partition, errorCode, leaderEpoch, endOffset } of partitions) {
      const asked = positions.get(`${topic}-${partition}`)
      if (asked === undefined) continue
      results.set(
        asked.state,
        errorCode === NONE ? judge(asked.position, leaderEpoch, endOffset) : { kind: 'later', refresh: true },
      )
    }
  }
}

/** As Java's `maybeCompleteValidation`. */
export function judge(position: Position, leaderEpoch: number, endOffset: bigint): Validation {
  if (leaderEpoch < 0 || endOffset < 0n) return { kind: 'truncated', divergentOffset: undefined }
  return endOffset < position.offset ? { kind: 'truncated', divergentOffset: endOffset } : { kind: 'valid' }
}

function groupByTopic(states: readonly PartitionState[]): Map<string, PartitionState[]> {
  const topics = new Map<string, PartitionState[]>()
  for (const state of states) {
    const list = topics.get(state.topic)
    if (list === undefined) topics.set(state.topic, [state])
    else list.push(state)
  }
  return topics
}
