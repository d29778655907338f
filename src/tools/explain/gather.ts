import { type GroupDescription, type Kafka, KafkaError } from '../../client/index.ts'
import { delay } from '../delay.ts'
import { readLagOfGroups } from '../groups/index.ts'
import { type GroupLag, readGroupLag } from '../lag/index.ts'
import { isOutOfReach, readPartition } from '../read-partition.ts'
import { readGroupTimeline, type TimelineEntry } from '../timeline/index.ts'
import { hasGroupEvents } from '../timeline/read-timeline.ts'
import { type Evidence, keyOf, type MemberSettings, type Place, type Probe, type RecordFacts } from './evidence.ts'
import { readStoredGroup, type StoredGroup } from './stored-group.ts'

/** How long it looks, and how far back. */
export interface GatherOptions {
  /** Between the two looks at the lag, in ms; default 5 000. */
  readonly waitMs?: number | undefined
  /** How far the timeline goes back, in ms; default one day. */
  readonly lookBackMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** What is being done, for a progress line. */
  readonly onProgress?: ((text: string) => void) | undefined
}

const WAIT_MS = 5_000
const DAY_MS = 86_400_000
/** Reading ahead of members costs the brokers something: a few partitions, and a moment. */
const PROBES_MAX = 3
const PROBE_RECORDS_MAX = 20_000
const PROBE_MS = 1_000
const RECORDS_MAX = 10

/**
 * Gathers what is to be known of a group: looks at it twice, reads what happened to it and what it stored. Reads only; takes a little longer than
 * `waitMs`.
 * @throws KafkaError where the group may not be described
 */
export async function gatherEvidence(kafka: Kafka, groupId: string, options: GatherOptions = {}): Promise<Evidence> {
  const { waitMs = WAIT_MS, lookBackMs = DAY_MS, signal, onProgress = () => {} } = options
  const admin = kafka.admin()
  onProgress(`looking at group ${groupId}`)
  const first = await describe(kafka, groupId, signal)
  const startedMs = admin.clock.monotonicMs()
  const before = await lagOf(kafka, groupId, first, signal)
  const timelineSinceMs = admin.clock.wallMs() - lookBackMs
  const leftMs = waitMs - (admin.clock.monotonicMs() - startedMs)
  onProgress('waiting for a second look')
  if (leftMs > 0) await delay(kafka.admin(), leftMs, signal)
  const group = await describe(kafka, groupId, signal)
  const now = await lagOf(kafka, groupId, group, signal)
  const elapsedMs = now.atMs - before.atMs
  // Last, so that it has what led to what was seen.
  onProgress('reading what happened to it')
  const timeline = await timelineOf(kafka, { groupId, sinceMs: timelineSinceMs, signal })
  // After the description: it says of partitions that this no longer shows who has yet to give them up.
  const stored = await tolerant<StoredGroup | undefined>(undefined, () => readStoredGroup(kafka, groupId, signal))
  onProgress('looking at its topics')
  const stableOffsets = await stableOffsetsOf(kafka, now, signal)
  const { topics, missing } = await topicsOf(kafka, group, now, signal)
  const evidence = {
    groupId,
    atMs: now.atMs,
    group,
    before,
    now,
    elapsedMs,
    stableOffsets,
    timeline: timeline.entries,
    timelineSinceMs,
    timelineSource: timeline.source,
    members: stored?.members ?? new Map<string, MemberSettings>(),
    commits: stored?.commits ?? new Map(),
    emptySinceMs: emptySince(group, stored, timeline.entries),
    topics,
    missingTopics: missing,
    brokerConfigs: await configsOf(kafka, { type: 'broker', name: String(group?.coordinator.nodeId ?? '') }, signal),
    groupConfigs: await configsOf(kafka, { type: 'group', name: groupId }, signal),
    hasConsumerProtocol: await hasConsumerProtocol(kafka, groupId, signal),
  }
  onProgress('reading some of what waits')
  const records = await recordsOf(kafka, evidence, signal)
  const probes = await probesOf(kafka, evidence, signal)
  return { ...evidence, records, probes }
}

async function describe(kafka: Kafka, groupId: string, signal?: AbortSignal): Promise<GroupDescription | undefined> {
  const described = await kafka.admin().describeGroups([groupId], { signal, partial: true })
  const failure = described.failures.get(groupId)
  if (failure !== undefined && failure.code !== 'GROUP_ID_NOT_FOUND') throw failure
  return described.get(groupId)
}

async function lagOf(
  kafka: Kafka,
  groupId: string,
  group: GroupDescription | undefined,
  signal?: AbortSignal,
): Promise<GroupLag> {
  const lags =
    group === undefined
      ? await readGroupLag(kafka.admin(), [groupId], { signal })
      : await readLagOfGroups(kafka.admin(), [group], { signal })
  return lags.get(groupId) ?? { groupId, atMs: kafka.admin().clock.wallMs(), partitions: [] }
}

async function timelineOf(
  kafka: Kafka,
  options: { readonly groupId: string; readonly sinceMs: number; readonly signal?: AbortSignal | undefined },
): Promise<{ readonly entries: readonly TimelineEntry[]; readonly source: Evidence['timelineSource'] }> {
  try {
    const source = (await hasGroupEvents(kafka, options.signal)) ? 'recorded' : 'inferred'
    const entries: TimelineEntry[] = []
    for await (const entry of readGroupTimeline(kafka, options)) entries.push(entry)
    return { entries, source }
  } catch (error) {
    if (isOutOfReach(error)) return { entries: [], source: 'unknown' }
    throw error
  }
}

async function stableOffsetsOf(kafka: Kafka, { partitions }: GroupLag, signal?: AbortSignal) {
  const known = partitions.filter(({ logEndOffset }) => logEndOffset !== undefined)
  const options = { signal, partial: true, isolationLevel: 'read_committed' } as const
  const listed = await kafka.admin().listOffsets(known.map(placeOf), options)
  return new Map(Array.from(listed, ([key, { offset }]) => [key, offset] as const))
}

async function topicsOf(kafka: Kafka, group: GroupDescription | undefined, now: GroupLag, signal?: AbortSignal) {
  const wanted = group?.members.flatMap(({ subscribedTopics, assignment }) => {
    return [...subscribedTopics, ...assignment.map(({ topic }) => topic)]
  })
  const names = [...new Set([...(wanted ?? []), ...now.partitions.map(({ topic }) => topic)])]
  if (names.length === 0) return { topics: new Map<string, number>(), missing: [] }
  const described = await kafka.admin().describeTopics(names, { signal, partial: true })
  const topics = new Map(Array.from(described, ([name, { partitions }]) => [name, partitions.length] as const))
  return { topics, missing: [...described.failures.keys()] }
}

async function configsOf(
  kafka: Kafka,
  resource: { readonly type: 'broker' | 'group'; readonly name: string },
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const described = await kafka.admin().describeConfigs([resource], { signal, partial: true })
  const entries = [...described.values()].flat()
  return new Map(entries.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const])))
}

/** A group that was described by the new API is one; others show it by the type that the cluster lists for them. */
async function hasConsumerProtocol(kafka: Kafka, groupId: string, signal?: AbortSignal): Promise<boolean | undefined> {
  const configs = await configsOf(kafka, { type: 'group', name: groupId }, signal)
  if (configs.has('consumer.session.timeout.ms')) return true
  return configs.size === 0 ? undefined : false
}

/** A classic group stores it; of others the last event or the last commit tells. */
function emptySince(
  group: GroupDescription | undefined,
  stored: StoredGroup | undefined,
  timeline: readonly TimelineEntry[],
): number | undefined {
  if (group === undefined || group.members.length > 0) return undefined
  const emptied = timeline.findLast(({ type }) => type === 'group-emptied')
  return stored?.emptySinceMs ?? emptied?.timeMs ?? stored?.lastCommitMs
}

async function recordsOf(
  kafka: Kafka,
  { now, before, stableOffsets }: Pick<Evidence, 'now' | 'before' | 'stableOffsets'>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, RecordFacts>> {
  const former = new Map(before.partitions.map((one) => [keyOf(one), one.committedOffset]))
  const standing = now.partitions.filter(
    (one) => one.state === 'known' && one.lag! > 0n && former.get(keyOf(one)) === one.committedOffset,
  )
  const found = new Map<string, RecordFacts>()
  for (const one of standing.slice(0, RECORDS_MAX)) {
    const stable = stableOffsets.get(keyOf(one))
    const offset = stable !== undefined && stable < one.committedOffset! ? stable : one.committedOffset!
    const record = await tolerant(undefined, () => recordAt(kafka, one, offset, signal))
    if (record !== undefined) found.set(keyOf(one), record)
  }
  return found
}

const KEY_LENGTH_MAX = 60

async function recordAt(
  kafka: Kafka,
  { topic, partition }: Place,
  offset: bigint,
  signal?: AbortSignal,
): Promise<RecordFacts | undefined> {
  for await (const record of readPartition(kafka, { topic, partition, from: { offset }, signal })) {
    if (record === undefined) continue
    const { rawKey, rawValue } = record
    return {
      topic,
      partition,
      offset: record.offset,
      timestampMs: record.timestamp,
      key: rawKey === null ? null : rawKey.toString().slice(0, KEY_LENGTH_MAX),
      keyBytes: rawKey?.length ?? 0,
      valueBytes: rawValue?.length ?? 0,
      headers: Array.from(record.headers, ({ key }) => key),
    }
  }
  return undefined
}

/** Reads a moment of what members that fall behind have before them, as fast as the brokers give it. */
async function probesOf(
  kafka: Kafka,
  { before, now, group }: Pick<Evidence, 'before' | 'now' | 'group'>,
  signal?: AbortSignal,
): Promise<readonly Probe[]> {
  const owned = new Set(group?.members.flatMap(({ assignment }) => assignment.map(keyOf)))
  const former = new Map(before.partitions.map((one) => [keyOf(one), one.lag]))
  const behind = now.partitions
    .filter(
      (one) =>
        owned.has(keyOf(one)) && (one.lag ?? 0n) > (former.get(keyOf(one)) ?? 0n) && one.committedOffset !== undefined,
    )
    .sort((a, b) => Number(b.lag! - a.lag!))
  const probes: Probe[] = []
  for (const { topic, partition, committedOffset } of behind.slice(0, PROBES_MAX)) {
    const probe = await tolerant(undefined, () => probeOf(kafka, { topic, partition }, committedOffset!, signal))
    if (probe !== undefined && probe.records > 0) probes.push(probe)
  }
  return probes
}

async function probeOf(kafka: Kafka, place: Place, offset: bigint, signal?: AbortSignal): Promise<Probe> {
  const { clock } = kafka.admin()
  const startedMs = clock.monotonicMs()
  let records = 0
  let bytes = 0
  for await (const record of readPartition(kafka, { ...place, from: { offset }, signal })) {
    if (record === undefined) continue
    records++
    bytes += (record.rawKey?.length ?? 0) + (record.rawValue?.length ?? 0)
    if (records >= PROBE_RECORDS_MAX || clock.monotonicMs() - startedMs >= PROBE_MS) break
  }
  return { ...place, records, bytes, ms: clock.monotonicMs() - startedMs }
}

function placeOf({ topic, partition }: Place): Place {
  return { topic, partition }
}

/** What this client may not read, or a cluster does not have, is missing evidence, and no failure. */
async function tolerant<T>(fallback: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof KafkaError && (isOutOfReach(error) || error.code === 'OFFSET_OUT_OF_RANGE')) return fallback
    throw error
  }
}
