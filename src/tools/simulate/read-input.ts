import type { RacksByTopic } from '../../assignor/index.ts'
import { type Admin, type GroupDescription, type Kafka, KafkaError } from '../../client/index.ts'
import { delay } from '../delay.ts'
import { readPartitionEnds } from '../lag/index.ts'
import { readPartition } from '../read-partition.ts'
import type { PartitionLoad, SimulatedMember, SimulationInput } from './simulate.ts'

/** How long it looks at what comes in. */
export interface ReadSimulationOptions {
  /** How long the rates are measured, in ms; default 3 000. 0: without rates. */
  readonly measureMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const MEASURE_MS = 3_000
/** Records of a partition whose sizes are looked at, and partitions in which that is done; others get the mean of their topic. */
const SAMPLE_RECORDS = 100n
const SAMPLE_PARTITIONS_MAX = 20

interface Place {
  readonly topic: string
  readonly partition: number
}

/**
 * A group as it is now, with what comes into its partitions: records by looking at the ends twice, bytes by the sizes of the newest records.
 * @throws KafkaError GROUP_ID_NOT_FOUND
 */
export async function readSimulationInput(
  kafka: Kafka,
  groupId: string,
  { measureMs = MEASURE_MS, signal }: ReadSimulationOptions = {},
): Promise<SimulationInput> {
  const admin = kafka.admin()
  const group = (await admin.describeGroups([groupId], { signal })).get(groupId)!
  const committed = (await admin.listGroupOffsets([groupId], { signal, partial: true })).get(groupId) ?? []
  const all = await admin.listTopics({ signal })
  const members = membersOf(
    group,
    all.map(({ name }) => name),
  )
  const topics = new Set(
    members.length > 0 ? members.flatMap((one) => one.topics) : committed.map(({ topic }) => topic),
  )
  const partitionsByTopic = new Map(
    all.filter(({ name }) => topics.has(name)).map(({ name, partitions }) => [name, partitions]),
  )
  const places = [...partitionsByTopic].flatMap(([topic, partitions]) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  )
  const loads = measureMs === 0 ? new Map() : await loadsOf(kafka, places, { measureMs, signal })
  return {
    members,
    partitionsByTopic,
    loads,
    racksByTopic: await racksOf(admin, [...partitionsByTopic.keys()], signal),
  }
}

/** undefined where no broker has a rack. */
async function racksOf(
  admin: Admin,
  topics: readonly string[],
  signal: AbortSignal | undefined,
): Promise<RacksByTopic | undefined> {
  const { nodes } = await admin.describeCluster({ signal })
  const racks = new Map(
    nodes.flatMap(({ nodeId, rack }) => (rack === null || rack === undefined ? [] : [[nodeId, rack]])),
  )
  if (racks.size === 0 || topics.length === 0) return undefined
  const described = await admin.describeTopics(topics, { signal, partial: true })
  return new Map(
    Array.from(described, ([topic, { partitions }]) => [
      topic,
      partitions.map(({ replicas }) => [...new Set(replicas.flatMap((nodeId) => racks.get(nodeId) ?? []))].sort()),
    ]),
  )
}

function membersOf({ members, protocolType }: GroupDescription, topics: readonly string[]): readonly SimulatedMember[] {
  if (protocolType !== 'consumer' && members.length > 0) {
    throw new KafkaError(
      'INVALID_ARGUMENT',
      `groups of the type ${protocolType} cannot be simulated: their members do not share out partitions as consumers do`,
    )
  }
  return members.map((member) => {
    const { memberId, groupInstanceId, clientId, subscribedTopics, subscribedTopicRegex, assignment, rackId } = member
    const matched = matching(subscribedTopicRegex, topics, assignment)
    const name = groupInstanceId ?? clientId
    return {
      memberId,
      groupInstanceId,
      name,
      topics: [...new Set([...subscribedTopics, ...matched])].sort(),
      assignment,
      rackId,
    }
  })
}

/** As the broker matches: whole names. What JavaScript cannot read of RE2 stands for what the member has. */
function matching(regex: string | null, topics: readonly string[], assignment: readonly Place[]): readonly string[] {
  if (regex === null) return []
  try {
    const pattern = new RegExp(`^(?:${regex})$`, 'u')
    return topics.filter((topic) => pattern.test(topic))
  } catch {
    return assignment.map(({ topic }) => topic)
  }
}

async function loadsOf(
  kafka: Kafka,
  places: readonly Place[],
  { measureMs, signal }: { readonly measureMs: number; readonly signal: AbortSignal | undefined },
): Promise<ReadonlyMap<string, PartitionLoad>> {
  const admin = kafka.admin()
  const first = await readPartitionEnds(admin, places, { signal })
  const startedMs = admin.clock.monotonicMs()
  const sizes = await recordSizes(kafka, places, signal)
  await delay(kafka.admin(), measureMs - (admin.clock.monotonicMs() - startedMs), signal)
  const last = await readPartitionEnds(admin, places, { signal })
  const seconds = (admin.clock.monotonicMs() - startedMs) / 1_000
  const loads = new Map<string, PartitionLoad>()
  for (const { topic, partition } of places) {
    const key = `${topic}-${partition}`
    const [from, to] = [first.get(key), last.get(key)]
    if (from?.state !== 'known' || to?.state !== 'known') continue
    const recordsPerSecond = Math.max(0, Number(to.logEndOffset - from.logEndOffset) / seconds)
    loads.set(key, { recordsPerSecond, bytesPerSecond: recordsPerSecond * (sizes.get(key) ?? sizes.get(topic) ?? 0) })
  }
  return loads
}

/** Mean sizes of records, by `topic-partition`, and by topic for all others. */
async function recordSizes(
  kafka: Kafka,
  places: readonly Place[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  const totals = new Map<string, { records: number; bytes: number }>()
  const step = Math.max(1, Math.ceil(places.length / SAMPLE_PARTITIONS_MAX))
  for (const { topic, partition } of places.filter((_, at) => at % step === 0)) {
    let [records, bytes] = [0, 0]
    for await (const record of readPartition(kafka, {
      topic,
      partition,
      from: 'earliest',
      offsetsMax: SAMPLE_RECORDS,
      signal,
    })) {
      if (record === undefined) continue
      records++
      bytes += (record.rawKey?.length ?? 0) + (record.rawValue?.length ?? 0)
    }
    if (records === 0) continue
    sizes.set(`${topic}-${partition}`, bytes / records)
    const total = totals.get(topic) ?? { records: 0, bytes: 0 }
    totals.set(topic, { records: total.records + records, bytes: total.bytes + bytes })
  }
  for (const [topic, { records, bytes }] of totals) sizes.set(topic, bytes / records)
  return sizes
}
