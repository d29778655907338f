import type { Cluster } from '../cluster/cluster.ts'
import { kindOf } from '../kafka-error.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { ConsumerReport } from './explanation.ts'
import type { GroupSession } from './group-session.ts'
import type { PartitionState } from './partition-state.ts'
import type { Reading } from './reading.ts'
import { matches, type Subscription } from './subscription.ts'

export interface ReportSources {
  readonly cluster: Cluster
  readonly settings: ConsumerSettings
  readonly subscription: Subscription
  readonly reading: Pick<Reading<unknown, unknown>, 'delivery' | 'fetcher' | 'queue'>
  readonly group: GroupSession
}

/** The facts from which `stats`, `health` and `explain` are made, as of now. */
export function consumerReport({ cluster, settings, subscription, reading, group }: ReportSources): ConsumerReport {
  const nowMs = cluster.clock.monotonicMs()
  const { delivery } = reading
  return {
    nowMs,
    mode: subscription.mode,
    topics: subscription.topics,
    ...topicTroubles(subscription, cluster),
    refused: delivery.refused,
    isClosed: delivery.isClosed,
    failure: delivery.fatal,
    membership: group.membership?.describe(),
    face: delivery.face?.name,
    isWaiting: delivery.isWaiting,
    lastAskedMs: delivery.lastAskedMs,
    busySinceMs: delivery.face?.busySinceMs?.(),
    maxPollIntervalMs: settings.maxPollIntervalMs,
    fetcher: reading.fetcher.report(),
    commits: group.describeCommits(),
    partitions: Array.from(subscription, (state) => ({
      topic: state.topic,
      partition: state.partition,
      phase: state.phase,
      paused: state.paused,
      isRevoking: state.isRevoking,
      failure: state.failure,
      position: state.position?.offset,
      end: endOf(state, settings),
      highWatermark: state.highWatermark,
      hasLeader: state.leader.leaderId >= 0,
      unreadBytes: reading.queue.buffer(state).unreadBytes,
      inHand: delivery.face?.firstInHand(state)?.offset,
    })),
  }
}

/** Behind the last record that may be read, as of the last fetch; negative before it. */
export function endOf(state: PartitionState, { isolationLevel }: Pick<ConsumerSettings, 'isolationLevel'>): bigint {
  return isolationLevel === 'read_committed' ? state.lastStableOffset : state.highWatermark
}

function topicTroubles(
  { topics, patterns, size }: Subscription,
  { metadata }: Cluster,
): Pick<ConsumerReport, 'missingTopics' | 'unauthorizedTopics' | 'unmatchedPatterns'> {
  const { errors, topics: known, version } = metadata
  const troubled = topics.filter((topic) => errors.has(topic))
  const isUnauthorized = (topic: string): boolean => kindOf(errors.get(topic)!) === 'unauthorized'
  const wanted = size === 0 && version > 0 ? patterns : []
  const names = wanted.length === 0 ? [] : [...known.keys()]
  return {
    missingTopics: troubled.filter((topic) => !isUnauthorized(topic)),
    unauthorizedTopics: troubled.filter(isUnauthorized),
    unmatchedPatterns: wanted.filter((pattern) => !names.some((name) => matches(pattern, name))).map(String),
  }
}
