import type { GroupDescription, Kafka } from '../../client/index.ts'
import { delay } from '../delay.ts'
import { differences, type GroupSnapshot, type Partitions } from './inference/group-snapshot.ts'
import type { TimelineEntry } from './timeline-entry.ts'

export interface DescribedTimelineOptions {
  readonly groupId: string
  /** Between two looks, in ms; default 2 000. */
  readonly intervalMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const INTERVAL_MS = 2_000

/**
 * What must have happened to a group between looks at it, from now on until the signal: for clusters whose internal topics may not be read. What comes
 * and goes between two looks is not seen.
 */
export async function* describedTimeline(
  kafka: Kafka,
  { groupId, intervalMs = INTERVAL_MS, signal }: DescribedTimelineOptions,
): AsyncGenerator<TimelineEntry> {
  const { clock } = kafka.admin()
  let before: GroupSnapshot | undefined
  let isRebalancing = false
  try {
    for (;;) {
      const described = await kafka.admin().describeGroups([groupId], { signal, partial: true })
      const failure = described.failures.get(groupId)
      if (failure !== undefined && failure.code !== 'GROUP_ID_NOT_FOUND') throw failure
      const group = described.get(groupId)
      const isAtRest = group === undefined || group.state === 'Stable' || group.state === 'Empty'
      const timeMs = clock.wallMs()
      if (!isAtRest && !isRebalancing) yield started(group, timeMs)
      isRebalancing = !isAtRest
      // In between a describe shows nobody's partitions.
      if (isAtRest) {
        const now = group === undefined ? gone(groupId, before) : snapshotOf(group)
        if (now !== undefined) yield* differences(before, now, timeMs)
        before = now
      }
      await delay(kafka.admin(), intervalMs, signal)
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}

function started({ groupId, type, groupEpoch, state }: GroupDescription, timeMs: number): TimelineEntry {
  const base = { source: 'inferred', timeMs, groupId, protocol: type, generationId: groupEpoch ?? -1 } as const
  return { ...base, type: 'rebalance-started', trigger: 'unknown', reason: `the group is ${state}` }
}

function gone(groupId: string, before: GroupSnapshot | undefined): GroupSnapshot | undefined {
  return before && { groupId, protocol: before.protocol, generationId: -1, members: [] }
}

function snapshotOf({ groupId, type, groupEpoch, assignor, members }: GroupDescription): GroupSnapshot {
  return {
    groupId,
    protocol: type,
    // A describe does not say the generation of a classic group.
    generationId: groupEpoch ?? -1,
    assignor,
    members: members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.host,
      subscription: [...member.subscribedTopics, member.subscribedTopicRegex ?? ''].sort().join(),
      assignment: partitionsOf(member.assignment),
    })),
  }
}

function partitionsOf(places: GroupDescription['members'][number]['assignment']): Partitions {
  const topics: Record<string, number[]> = {}
  for (const { topic, partition } of places) {
    topics[topic] ??= []
    topics[topic].push(partition)
  }
  return topics
}
