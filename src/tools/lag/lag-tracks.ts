import { type GroupDescription, placeKey, type ReplicaSize, type TopicDescription } from '../../client/index.ts'
import { EndHistory } from './end-history.ts'
import type { PartitionLag } from './group-lag.ts'
import type { GroupPartitionSnapshot, GroupSnapshot, TopicPartitionSnapshot, TopicSnapshot } from './lag-snapshot.ts'
import { rowOf, unknownCells } from './number-row.ts'
import {
  type Evaluation,
  type EvaluationRules,
  evaluations,
  PartitionProgress,
  PROGRESS_CELLS,
  smoothed,
} from './progress.ts'
import type { RecordLag } from './record-lag.ts'

export interface Member {
  readonly memberId: string
  readonly clientId: string
  readonly host: string
}

interface Look {
  readonly round: number
  /** Monotonic. */
  readonly atMs: number
  readonly wallMs: number
  readonly rules: EvaluationRules
}

/** A partition, once for all groups. */
class TopicPartitionTrack implements TopicPartitionSnapshot {
  readonly topic: TopicTrack
  readonly partition: number
  logStartOffset = Number.NaN
  logEndOffset = Number.NaN
  appendRate = Number.NaN
  leaderId = -1
  replicas: readonly number[] = []
  isr: readonly number[] = []
  logBytes = Number.NaN
  round = 0
  readonly ends = new EndHistory()
  #seenAtMs = Number.NaN

  constructor(topic: TopicTrack, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  note(logStartOffset: number, logEndOffset: number, { round, atMs, wallMs, rules }: Look): void {
    this.logStartOffset = logStartOffset
    // Groups of one round look at it at slightly different times: its rate is that from round to round.
    if (this.round === round) {
      this.logEndOffset = Math.max(this.logEndOffset, logEndOffset)
      return
    }
    const appended = logEndOffset - this.logEndOffset
    const elapsedMs = atMs - this.#seenAtMs
    this.appendRate = appended < 0 ? Number.NaN : smoothed(this.appendRate, appended, elapsedMs, rules.rateMs)
    this.round = round
    this.logEndOffset = logEndOffset
    this.#seenAtMs = atMs
    this.ends.note(logEndOffset, wallMs)
  }
}

class TopicTrack implements TopicSnapshot {
  readonly name: string
  readonly partitions: (TopicPartitionTrack | undefined)[] = []
  retentionMs = Number.NaN
  retentionBytes = Number.NaN
  cleanupPolicy: string | undefined
  logBytes = Number.NaN
  isConfigured = false
  round = 0

  constructor(name: string) {
    this.name = name
  }

  partition(partition: number): TopicPartitionTrack {
    const known = this.partitions[partition]
    if (known !== undefined) return known
    while (this.partitions.length < partition) this.partitions.push(undefined)
    const track = new TopicPartitionTrack(this, partition)
    this.partitions[partition] = track
    return track
  }

  forgetSizes(): void {
    this.logBytes = Number.NaN
    for (const track of this.partitions) if (track !== undefined) track.logBytes = Number.NaN
  }

  noteSize(partition: number, nodeId: number, bytes: number): void {
    this.logBytes = (Number.isNaN(this.logBytes) ? 0 : this.logBytes) + bytes
    const track = this.partitions[partition]
    if (track === undefined) return
    if (Number.isNaN(track.logBytes) || track.leaderId === nodeId) track.logBytes = bytes
    else if (track.leaderId < 0) track.logBytes = Math.max(track.logBytes, bytes)
  }
}

export interface TopicRetention {
  readonly retentionMs: number
  readonly retentionBytes: number
  readonly cleanupPolicy: string | undefined
}

/** What is known of topics and their partitions, shared by all groups. */
export class TopicTracks {
  readonly #topics = new Map<string, TopicTrack>()

  note(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    logStartOffset: bigint,
    logEndOffset: bigint,
    look: Look,
  ): TopicPartitionTrack {
    const of = this.#topic(topic)
    of.round = look.round
    const track = of.partition(partition)
    track.note(Number(logStartOffset), Number(logEndOffset), look)
    return track
  }

  /** Notes leaders and replicas; returns the partitions whose ends have not been read in this round. */
  describe({ name, partitions }: TopicDescription, round: number): readonly { readonly partition: number }[] {
    const of = this.#topic(name)
    of.round = round
    return partitions.filter(({ partition, leaderId, replicas, isr }) => {
      const track = of.partition(partition)
      track.leaderId = leaderId
      track.replicas = replicas
      track.isr = isr
      return track.round !== round
    })
  }

  configure(name: string, retention: TopicRetention): void {
    const of = this.#topics.get(name)
    if (of !== undefined) Object.assign(of, retention, { isConfigured: true })
  }

  withoutConfigs(isOld: boolean): readonly string[] {
    return [...this.#topics.values()].filter(({ isConfigured }) => isOld || !isConfigured).map(({ name }) => name)
  }

  /** Sizes of some topics: what is not told of them is not known any more. */
  noteSizes(topics: ReadonlySet<string>, sizes: readonly ReplicaSize[]): void {
    for (const name of topics) this.#topics.get(name)?.forgetSizes()
    for (const { topic, partition, nodeId, bytes } of sizes)
      this.#topics.get(topic)?.noteSize(partition, nodeId, Number(bytes))
  }

  /** Forgets topics, and partitions, that this round has not seen. */
  keepOf(round: number): void {
    for (const topic of this.#topics.values()) {
      if (topic.round !== round) this.#topics.delete(topic.name)
      else {
        for (const [i, track] of topic.partitions.entries())
          if (track !== undefined && track.round !== round) topic.partitions[i] = undefined
      }
    }
  }

  sorted(): readonly TopicSnapshot[] {
    return [...this.#topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #topic(name: string): TopicTrack {
    let track = this.#topics.get(name)
    if (track === undefined) {
      track = new TopicTrack(name)
      this.#topics.set(name, track)
    }
    return track
  }
}

const PartitionRow = rowOf(
  'committedOffset',
  'lag',
  'lostOffsets',
  'lagMs',
  'lagErrorMs',
  'oldestTimestampMs',
  'records',
  'minRecords',
  'maxRecords',
)
const PARTITION_CELLS = 9
/** Of a partition of a group: what was seen last, and how it gets on. */
const ROW_CELLS = PARTITION_CELLS + PROGRESS_CELLS

class GroupPartitionTrack extends PartitionRow implements GroupPartitionSnapshot {
  readonly topic: string
  readonly partition: number
  progress: PartitionProgress
  place: TopicPartitionSnapshot | undefined
  state: PartitionLag['state'] = 'unknown'
  reason: string | undefined
  evaluation: Evaluation | undefined
  owner: Member | undefined
  #topicId: string | undefined

  constructor(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    cells: Float64Array,
    at: number,
  ) {
    super(cells, at)
    this.topic = topic
    this.partition = partition
    this.progress = new PartitionProgress(cells, at + PARTITION_CELLS)
  }

  /** Its numbers go to another place. */
  move(cells: Float64Array, at: number): this {
    cells.set(this.cells.subarray(this.at, this.at + ROW_CELLS), at)
    this.cells = cells
    this.at = at
    this.progress = new PartitionProgress(cells, at + PARTITION_CELLS)
    return this
  }

  note(
    lag: PartitionLag,
    {
      owner,
      place,
      look,
    }: { readonly owner: Member | undefined; readonly place: TopicPartitionTrack | undefined; readonly look: Look },
  ): void {
    const isOtherLog = this.#topicId !== lag.topicId && this.#topicId !== undefined && lag.topicId !== undefined
    if (isOtherLog || lag.excessOffsets !== undefined) this.progress.forget()
    this.#topicId = lag.topicId ?? this.#topicId
    this.place = place
    this.state = lag.state
    this.reason = lag.reason
    this.committedOffset = numberOf(lag.committedOffset)
    this.lag = numberOf(lag.lag)
    this.lostOffsets = numberOf(lag.lostOffsets)
    this.owner = owner
    // Until its record is looked at, or where there is no time for that: by when the log's end was where.
    const appended =
      this.lag > 0 ? place?.ends.appendTime(Math.max(this.committedOffset, place.logStartOffset)) : undefined
    this.oldestTimestampMs = appended?.atMs ?? Number.NaN
    this.lagMs = this.lag === 0 ? 0 : Math.max(0, look.wallMs - this.oldestTimestampMs)
    this.lagErrorMs = this.lag === 0 ? 0 : (appended?.errorMs ?? Number.NaN)
    this.records = this.minRecords = this.maxRecords = this.lag === 0 ? 0 : Number.NaN
  }

  noteRecords(found: RecordLag): void {
    this.lagMs = found.lagMs ?? Number.NaN
    this.lagErrorMs = found.lagMs === undefined ? Number.NaN : 0
    this.oldestTimestampMs = found.oldestTimestampMs ?? Number.NaN
    this.records = Number(found.records)
    this.minRecords = Number(found.minRecords)
    this.maxRecords = Number(found.maxRecords)
  }

  observe(atMs: number, rules: EvaluationRules): void {
    const { committedOffset } = this
    if (Number.isNaN(committedOffset) || Number.isNaN(this.lag)) return
    // Transaction markers are no work: nobody commits behind them.
    const lag = this.maxRecords === 0 ? 0 : this.lag
    this.progress.observe({ atMs, committedOffset, lag }, rules)
  }
}

export class GroupTrack implements GroupSnapshot {
  readonly groupId: string
  failure: string | undefined
  type = ''
  protocolType = ''
  state = ''
  assignor = ''
  coordinatorId = -1
  members = 0
  idleMembers = 0
  assignedByTopic: ReadonlyMap<string, { readonly members: number; readonly partitions: number }> = new Map()
  emptySinceMs = Number.NaN
  offsetsRetentionMs = Number.NaN
  partitions: readonly GroupPartitionTrack[] = []
  evaluation: Evaluation | undefined
  /** Of the last look; given up once its records have been looked at. */
  unread: readonly PartitionLag[] = []
  /** Which of the partitions they are. */
  #unreadAt: readonly number[] = []
  /** Of the last look, monotonic. */
  #atMs = Number.NaN

  constructor(groupId: string) {
    this.groupId = groupId
  }

  describe(group: GroupDescription, wallMs: number): void {
    this.type = group.type
    this.protocolType = group.protocolType
    this.state = group.state
    this.assignor = group.assignor
    this.coordinatorId = group.coordinator.nodeId
    this.members = group.members.length
    this.idleMembers = group.members.filter(({ assignment }) => assignment.length === 0).length
    this.assignedByTopic = assignedByTopic(group)
    this.#noteEmpty(wallMs)
  }

  /** A group that only commits. */
  describeSimple(wallMs: number): void {
    this.state = 'Empty'
    this.members = 0
    this.idleMembers = 0
    this.assignedByTopic = new Map()
    this.#noteEmpty(wallMs)
  }

  note(
    lags: readonly PartitionLag[],
    { topics, owners, ...look }: Look & { readonly topics: TopicTracks; readonly owners: ReadonlyMap<string, Member> },
  ): void {
    this.#atMs = look.atMs
    if (!this.#hasExactly(lags)) this.partitions = this.#tracksOf(lags)
    for (const [i, lag] of lags.entries()) {
      const { logStartOffset, logEndOffset } = lag
      const place =
        logStartOffset === undefined || logEndOffset === undefined
          ? undefined
          : topics.note(lag, logStartOffset, logEndOffset, look)
      const owner = owners.size === 0 ? undefined : owners.get(`${lag.topic}-${lag.partition}`)
      this.partitions[i]!.note(lag, { owner, place, look })
    }
    this.#unreadAt = [...lags.keys()].filter((i) => (lags[i]!.lag ?? 0n) > 0n)
    this.unread = this.#unreadAt.map((i) => lags[i]!)
  }

  /** Returns how many places had no look at all. */
  noteRecords(lags: ReadonlyMap<string, RecordLag>): number {
    let without = 0
    for (const [i, { topic, partition, committedOffset }] of this.unread.entries()) {
      const found = lags.get(placeKey({ topic, partition, offset: committedOffset! }))
      if (found === undefined) without++
      else this.partitions[this.#unreadAt[i]!]!.noteRecords(found)
    }
    this.unread = []
    this.#unreadAt = []
    return without
  }

  observe(rules: EvaluationRules): void {
    for (const partition of this.partitions) partition.observe(this.#atMs, rules)
  }

  evaluate(nowMs: number, rules: EvaluationRules): void {
    let index = -1
    for (const partition of this.partitions) {
      partition.evaluation = Number.isNaN(partition.lag)
        ? undefined
        : partition.progress.evaluate(nowMs, partition.owner !== undefined, rules)
      if (partition.evaluation !== undefined) index = Math.max(index, evaluations.indexOf(partition.evaluation))
    }
    this.evaluation = evaluations[index]
  }

  /** As it is nearly always: the same partitions in the same order as in the last round. */
  #hasExactly(lags: readonly PartitionLag[]): boolean {
    if (lags.length !== this.partitions.length) return false
    return lags.every(({ topic, partition }, i) => {
      const track = this.partitions[i]!
      return track.partition === partition && track.topic === topic
    })
  }

  #tracksOf(lags: readonly PartitionLag[]): readonly GroupPartitionTrack[] {
    const known = this.#byKey()
    const cells = unknownCells(lags.length * ROW_CELLS)
    return lags.map((lag, i) => {
      const at = i * ROW_CELLS
      return known.get(`${lag.topic}-${lag.partition}`)?.move(cells, at) ?? new GroupPartitionTrack(lag, cells, at)
    })
  }

  #noteEmpty(wallMs: number): void {
    if (this.members > 0) this.emptySinceMs = Number.NaN
    else if (Number.isNaN(this.emptySinceMs)) this.emptySinceMs = wallMs
  }

  #byKey(): ReadonlyMap<string, GroupPartitionTrack> {
    return new Map(this.partitions.map((track) => [`${track.topic}-${track.partition}`, track]))
  }
}

function assignedByTopic({ members }: GroupDescription) {
  const byTopic = new Map<string, { members: number; partitions: number }>()
  for (const { assignment } of members) {
    const seen = new Set<string>()
    for (const { topic } of assignment) {
      const counts = byTopic.get(topic) ?? { members: 0, partitions: 0 }
      counts.partitions++
      if (!seen.has(topic)) counts.members++
      seen.add(topic)
      byTopic.set(topic, counts)
    }
  }
  return byTopic
}

function numberOf(value: bigint | undefined): number {
  return value === undefined ? Number.NaN : Number(value)
}
