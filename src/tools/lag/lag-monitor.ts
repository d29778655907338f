import type { Admin, GroupDescription, Results } from '../../client/index.ts'
import { pause } from '../delay.ts'
import { type GroupLag, readGroupLag } from './group-lag.ts'
import type { GroupSnapshot, LagSnapshot } from './lag-snapshot.ts'
import { GroupTrack, type Member, TopicTracks } from './lag-tracks.ts'
import { readPartitionEnds } from './partition-ends.ts'
import { defaultRules, type EvaluationRules } from './progress.ts'
import { type RecordLagOptions, RecordLagReader } from './record-lag.ts'
import { TopicFacts } from './topic-facts.ts'

/** How often it looks, at what, and whom it tells. */
export interface LagMonitorOptions {
  readonly admin: Admin
  /** Between the beginnings of two rounds, in ms; default 15 s. A round that takes longer is followed by the next at once. */
  readonly intervalMs?: number | undefined
  readonly includesGroup?: ((groupId: string) => boolean) | undefined
  readonly includesTopic?: ((topic: string) => boolean) | undefined
  /** Ends of which topics are read: those that groups have offsets in (the default), or all. */
  readonly topics?: 'consumed' | 'all' | undefined
  /** Sizes of which topics' logs are read: of those with `retention.bytes` (the default), or of all. */
  readonly sizes?: 'bounded' | 'all' | undefined
  readonly rules?: Partial<EvaluationRules> | undefined
  /** How much is read of records, in each round; false: nothing, and no lag in seconds is known. */
  readonly records?: RecordLagOptions | false | undefined
  /** Partitions of all groups together that are kept in memory; groups beyond that are left out, the last by name. Default 1,000,000. */
  readonly maxPartitions?: number | undefined
  /** Longest wait for an answer, with its retries, in ms; default 30 s. */
  readonly timeoutMs?: number | undefined
  /** Called after each round; the next one waits for it. */
  readonly onSnapshot?: ((snapshot: LagSnapshot) => void | Promise<void>) | undefined
  /** Called when a round fails as a whole: no broker answers. */
  readonly onFailure?: ((error: unknown) => void | Promise<void>) | undefined
}

/** Groups whose offsets are asked for in one request, and the ends of their partitions right after: a view may not be stretched over a whole round. */
const CHUNK_GROUPS = 200
const CHUNK_PARTITIONS = 10_000
/** A turn of the event loop is given up after so many partitions. */
const PARTITIONS_A_TURN = 10_000
const DEFAULT_PARTITIONS_MAX = 1_000_000

/**
 * Looks at all groups again and again, in the background, and remembers what it takes to tell rates and to judge. Each round asks for groups in
 * chunks, so that neither side has one large answer in memory, and each chunk is one view: offsets first, ends after.
 */
export class LagMonitor {
  readonly #options: LagMonitorOptions
  readonly #admin: Admin
  readonly #rules: EvaluationRules
  readonly #records: RecordLagReader | undefined
  readonly #recordPlaces: number
  readonly #abort = new AbortController()
  readonly #groups = new Map<string, GroupTrack>()
  readonly #topics = new TopicTracks()
  #round = 0
  #running: Promise<void> | undefined
  #polling: Promise<LagSnapshot> | undefined
  #snapshot: LagSnapshot | undefined
  readonly #facts: TopicFacts

  constructor(options: LagMonitorOptions) {
    this.#options = options
    this.#admin = options.admin
    this.#rules = { ...defaultRules, ...options.rules }
    this.#records = options.records === false ? undefined : new RecordLagReader(options.admin, options.records)
    this.#facts = new TopicFacts(options.admin, options.sizes ?? 'bounded')
    this.#recordPlaces = (options.records === false ? undefined : options.records?.maxPlaces) ?? 2_000
  }

  /** The last round; undefined before the first. */
  get snapshot(): LagSnapshot | undefined {
    return this.#snapshot
  }

  /** Begins with a round now, and goes on until `close`. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends the rounds; the one under way is given up. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('the lag monitor was closed'))
    await this.#running
  }

  /** One round now; or the one that is under way. @throws KafkaError where not even the groups can be listed */
  poll(): Promise<LagSnapshot> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined
    })
    return this.#polling
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    const { clock } = this.#admin
    while (!signal.aborted) {
      const dueMs = clock.monotonicMs() + (this.#options.intervalMs ?? 15_000)
      try {
        const snapshot = await this.poll()
        await this.#options.onSnapshot?.(snapshot)
      } catch (error) {
        if (signal.aborted) return
        await this.#options.onFailure?.(error)
      }
      await pause(this.#admin, dueMs - clock.monotonicMs(), signal)
    }
  }

  async #poll(): Promise<LagSnapshot> {
    const { clock } = this.#admin
    const beganMs = clock.monotonicMs()
    const call = this.#call()
    this.#round++
    const cluster = await this.#admin.describeCluster({ signal: call.signal, timeoutMs: call.timeoutMs })
    const groupIds = await this.#list()
    const looksMax = (this.#records?.looks ?? 0) + this.#recordPlaces
    let placesLeftOut = 0
    let groupsLeftOut = 0
    const kept = new Map<string, GroupTrack>()
    let partitions = 0
    // Groups that had no turn with their records come first next time.
    const inTurn = rotated(groupIds, this.#round)
    for (const chunk of this.#chunks(inTurn)) {
      const tracks = await this.#readChunk(chunk)
      for (const track of tracks) {
        partitions += track.partitions.length
        if (partitions > (this.#options.maxPartitions ?? DEFAULT_PARTITIONS_MAX)) groupsLeftOut++
        else kept.set(track.groupId, track)
      }
      placesLeftOut += await this.#readRecords(tracks, Math.max(0, looksMax - (this.#records?.looks ?? 0)))
    }
    this.#groups.clear()
    for (const groupId of groupIds) {
      const track = kept.get(groupId)
      if (track !== undefined) this.#groups.set(groupId, track)
    }
    if (this.#options.topics === 'all') await this.#readAllTopics()
    this.#topics.keepOf(this.#round)
    await this.#facts.read(this.#topics, cluster.nodes, call)
    const nowMs = clock.monotonicMs()
    const groups = await this.#evaluate(nowMs)
    this.#snapshot = {
      atMs: clock.wallMs(),
      durationMs: nowMs - beganMs,
      clusterId: cluster.clusterId,
      controllerId: cluster.controllerId,
      nodes: cluster.nodes.map((node) => ({ ...node, logBytes: this.#facts.logBytesOf(node.nodeId) })),
      groups,
      topics: this.#topics.sorted(),
      groupsLeftOut,
      placesLeftOut,
    }
    return this.#snapshot
  }

  async #evaluate(nowMs: number): Promise<readonly GroupSnapshot[]> {
    const groups: GroupSnapshot[] = []
    let inTurn = 0
    for (const group of this.#groups.values()) {
      group.offsetsRetentionMs = this.#facts.offsetsRetentionMs
      group.evaluate(nowMs, this.#rules)
      groups.push(group)
      inTurn += group.partitions.length
      if (inTurn < PARTITIONS_A_TURN) continue
      inTurn = 0
      await new Promise((resolve) => setImmediate(resolve))
    }
    return groups
  }

  /** Of consumers, and of those who only commit. */
  async #list(): Promise<readonly string[]> {
    const { includesGroup = () => true } = this.#options
    const listed = await this.#admin.listGroups(this.#call())
    return listed
      .filter(({ type }) => type === undefined || type === 'classic' || type === 'consumer')
      .filter(({ groupId }) => includesGroup(groupId))
      .map(({ groupId }) => groupId)
      .sort()
  }

  *#chunks(groupIds: readonly string[]): Generator<readonly string[]> {
    let chunk: string[] = []
    let partitions = 0
    for (const groupId of groupIds) {
      const known = this.#groups.get(groupId)?.partitions.length ?? CHUNK_PARTITIONS / CHUNK_GROUPS
      if (chunk.length > 0 && (chunk.length >= CHUNK_GROUPS || partitions + known > CHUNK_PARTITIONS)) {
        yield chunk
        chunk = []
        partitions = 0
      }
      chunk.push(groupId)
      partitions += known
    }
    if (chunk.length > 0) yield chunk
  }

  async #readChunk(groupIds: readonly string[]): Promise<readonly GroupTrack[]> {
    const { includesTopic } = this.#options
    const call = this.#call()
    const described = await this.#admin.describeGroups(groupIds, call)
    const asked = groupIds.map((groupId) => ({ groupId, assigned: assignedOf(described.get(groupId)) }))
    const lags = await readGroupLag(this.#admin, asked, { ...call, includesTopic })
    this.#abort.signal.throwIfAborted()
    const { clock } = this.#admin
    const now = { atMs: clock.monotonicMs(), wallMs: clock.wallMs() }
    const tracks: GroupTrack[] = []
    for (const groupId of groupIds) {
      const track = this.#groups.get(groupId) ?? new GroupTrack(groupId)
      this.#note(track, { described, lags }, now)
      tracks.push(track)
    }
    return tracks
  }

  #note(
    track: GroupTrack,
    of: { readonly described: Results<GroupDescription>; readonly lags: Results<GroupLag> },
    now: { readonly atMs: number; readonly wallMs: number },
  ): void {
    const description = of.described.get(track.groupId)
    const lag = of.lags.get(track.groupId)
    const failure = of.described.failures.get(track.groupId) ?? of.lags.failures.get(track.groupId)
    track.failure = failure === undefined || failure.code === 'GROUP_ID_NOT_FOUND' ? undefined : failure.message
    if (description !== undefined) track.describe(description, now.wallMs)
    else if (failure?.code === 'GROUP_ID_NOT_FOUND') track.describeSimple(now.wallMs)
    if (lag === undefined) return
    const owners = ownersOf(description)
    track.note(lag.partitions, { topics: this.#topics, owners, round: this.#round, ...now, rules: this.#rules })
  }

  /** Looks at as many places as are left for this round. Returns how many had to do without. */
  async #readRecords(tracks: readonly GroupTrack[], maxPlaces: number): Promise<number> {
    let without = 0
    if (this.#records !== undefined) {
      const unread = tracks.flatMap((track) => track.unread)
      const lags = await this.#records.read(unread, { ...this.#call(), maxPlaces })
      for (const track of tracks) without += track.noteRecords(lags)
    }
    for (const track of tracks) track.observe(this.#rules)
    return without
  }

  async #readAllTopics(): Promise<void> {
    const { includesTopic = () => true } = this.#options
    const call = this.#call()
    const listed = await this.#admin.listTopics({ ...call, includeInternal: true })
    const names = listed.filter(({ name }) => includesTopic(name)).map(({ name }) => name)
    if (names.length === 0) return
    const described = await this.#admin.describeTopics(names, call)
    const { clock } = this.#admin
    const now = { atMs: clock.monotonicMs(), wallMs: clock.wallMs() }
    const missing: { readonly topic: string; readonly partition: number }[] = []
    for (const topic of described.values()) {
      for (const { partition } of this.#topics.describe(topic, this.#round))
        missing.push({ topic: topic.name, partition })
    }
    for (let i = 0; i < missing.length; i += CHUNK_PARTITIONS) {
      const places = missing.slice(i, i + CHUNK_PARTITIONS)
      const ends = await readPartitionEnds(this.#admin, places, call)
      for (const place of places) {
        const found = ends.get(`${place.topic}-${place.partition}`)
        if (found?.state === 'known')
          this.#topics.note(place, found.logStartOffset, found.logEndOffset, {
            round: this.#round,
            ...now,
            rules: this.#rules,
          })
      }
    }
  }

  #call() {
    return { signal: this.#abort.signal, timeoutMs: this.#options.timeoutMs ?? 30_000, partial: true } as const
  }
}

function assignedOf(described: GroupDescription | undefined) {
  return described?.members.flatMap(({ assignment }) => assignment)
}

function ownersOf(described: GroupDescription | undefined): ReadonlyMap<string, Member> {
  const owners = new Map<string, Member>()
  for (const { memberId, clientId, host, assignment } of described?.members ?? []) {
    const member = { memberId, clientId, host }
    for (const { topic, partition } of assignment) owners.set(`${topic}-${partition}`, member)
  }
  return owners
}

function rotated(groupIds: readonly string[], round: number): readonly string[] {
  const at = groupIds.length === 0 ? 0 : (round * CHUNK_GROUPS) % groupIds.length
  return [...groupIds.slice(at), ...groupIds.slice(0, at)]
}
