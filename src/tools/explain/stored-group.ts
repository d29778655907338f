import type { Kafka } from '../../client/index.ts'
import { consumerProtocolSubscription, WireError } from '../../wire/index.ts'
import type { OffsetsRecord } from '../timeline/inference/offsets-record.ts'
import { readOffsetsRecords } from '../timeline/offsets-topic.ts'
import { topicNames } from '../timeline/read-timeline.ts'
import { type Commit, keyOf, type MemberSettings, type Place } from './evidence.ts'

/** What `__consumer_offsets` knows of a group beyond what an admin client is told. */
export interface StoredGroup {
  readonly members: ReadonlyMap<string, MemberSettings>
  readonly commits: ReadonlyMap<string, readonly Commit[]>
  /** Of a classic group without members. */
  readonly emptySinceMs: number | undefined
  readonly lastCommitMs: number | undefined
}

/** Of a partition; older ones tell nothing of today. */
const COMMITS_MAX = 50
const PARTITIONS_MAX = 10_000

/** @throws KafkaError where the topic may not be read */
export async function readStoredGroup(kafka: Kafka, groupId: string, signal?: AbortSignal): Promise<StoredGroup> {
  const members = new Map<string, MemberSettings>()
  const commits = new Map<string, Commit[]>()
  const revoking = new Map<string, readonly Place[]>()
  const topicName = await topicNames(kafka, signal)
  let emptySinceMs: number | undefined
  let lastCommitMs: number | undefined
  for await (const stored of readOffsetsRecords(kafka, groupId, { signal })) {
    if (stored.kind === 'settled') continue
    const { record } = stored
    if (record.type === 'OffsetCommit') {
      lastCommitMs = noteCommit(commits, record) ?? lastCommitMs
    } else if (record.type === 'GroupMetadata') {
      members.clear()
      for (const member of record.value?.members ?? []) members.set(member.memberId, classicSettings(member))
      const isEmpty = record.value !== null && record.value.members.length === 0
      const sinceMs = Number(record.value?.currentStateTimestamp ?? -1n)
      emptySinceMs = isEmpty ? (sinceMs > 0 ? sinceMs : stored.timeMs) : undefined
    } else if (record.type === 'ConsumerGroupMemberMetadata') {
      if (record.value === null) members.delete(record.memberId)
      else members.set(record.memberId, consumerSettings(record.value))
    } else if (record.type === 'ConsumerGroupCurrentMemberAssignment') {
      const pending = record.value?.partitionsPendingRevocation ?? []
      const places = pending.flatMap(({ topicId, partitions }) =>
        partitions.map((partition) => ({ topic: topicName(topicId), partition })),
      )
      revoking.set(record.memberId, places)
    }
  }
  for (const [memberId, settings] of members)
    members.set(memberId, { ...settings, revoking: revoking.get(memberId) ?? [] })
  return { members, commits, emptySinceMs, lastCommitMs }
}

function noteCommit(
  commits: Map<string, Commit[]>,
  record: Extract<OffsetsRecord, { readonly type: 'OffsetCommit' }>,
): number | undefined {
  const key = keyOf(record)
  if (record.value === null) {
    commits.delete(key)
    return undefined
  }
  const commit = { timeMs: Number(record.value.commitTimestamp), offset: record.value.offset }
  const history = commits.get(key)
  if (history === undefined) {
    if (commits.size < PARTITIONS_MAX) commits.set(key, [commit])
    return commit.timeMs
  }
  // Of those that repeat an offset the first says since when, the last that somebody is alive.
  if (history.length > 1 && history.at(-1)!.offset === commit.offset && history.at(-2)!.offset === commit.offset)
    history.pop()
  history.push(commit)
  if (history.length > COMMITS_MAX) history.shift()
  return commit.timeMs
}

type ClassicMember = NonNullable<Extract<OffsetsRecord, { readonly type: 'GroupMetadata' }>['value']>['members'][number]

function classicSettings({ sessionTimeout, rebalanceTimeout, subscription }: ClassicMember): MemberSettings {
  return {
    protocol: 'classic',
    sessionTimeoutMs: sessionTimeout,
    rebalanceTimeoutMs: rebalanceTimeout < 0 ? undefined : rebalanceTimeout,
    serverAssignor: null,
    assignors: undefined,
    revoking: [],
    hasUserData: hasUserData(subscription),
  }
}

type ConsumerMember = NonNullable<Extract<OffsetsRecord, { readonly type: 'ConsumerGroupMemberMetadata' }>['value']>

function consumerSettings({
  rebalanceTimeoutMs,
  serverAssignor,
  classicMemberMetadata,
}: ConsumerMember): MemberSettings {
  return {
    protocol: classicMemberMetadata === null ? 'consumer' : 'classic',
    sessionTimeoutMs: classicMemberMetadata?.sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? undefined : rebalanceTimeoutMs,
    serverAssignor,
    assignors: classicMemberMetadata?.supportedProtocols.map(({ name }) => name),
    revoking: [],
    hasUserData: false,
  }
}

function hasUserData(subscription: Buffer): boolean {
  if (subscription.length < 2) return false
  try {
    const version = Math.min(subscription.readInt16BE(0), consumerProtocolSubscription.highestVersion)
    return (consumerProtocolSubscription.decodePrefix(subscription.subarray(2), version).userData?.length ?? 0) > 0
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}
