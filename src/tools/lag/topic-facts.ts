import type { Admin, ConfigEntry, ReplicaSize } from '../../client/index.ts'
import type { TopicRetention, TopicTracks } from './lag-tracks.ts'

const CONFIGS_MAX_AGE_MS = 300_000
const SIZES_MAX_AGE_MS = 60_000
/** Topics whose configs are asked for in one request. */
const CONFIGS_MAX = 1_000

interface Call {
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/** What changes seldom, and is asked for now and then only: retention of topics and of offsets, and sizes of logs. What may not be seen stays unknown. */
export class TopicFacts {
  readonly #admin: Admin
  readonly #sizes: 'bounded' | 'all'
  readonly #logBytes = new Map<number, number>()
  #configsAtMs = Number.NEGATIVE_INFINITY
  #sizesAtMs = Number.NEGATIVE_INFINITY
  #offsetsRetentionMs = Number.NaN

  constructor(admin: Admin, sizes: 'bounded' | 'all') {
    this.#admin = admin
    this.#sizes = sizes
  }

  /** `offsets.retention.minutes`; NaN where it is not known. */
  get offsetsRetentionMs(): number {
    return this.#offsetsRetentionMs
  }

  /** Of a node, of all topics; NaN where they were not all asked for. */
  logBytesOf(nodeId: number): number {
    return this.#logBytes.get(nodeId) ?? Number.NaN
  }

  async read(topics: TopicTracks, nodes: readonly { readonly nodeId: number }[], call: Call): Promise<void> {
    const nowMs = this.#admin.clock.monotonicMs()
    const isOld = nowMs - this.#configsAtMs >= CONFIGS_MAX_AGE_MS
    if (isOld) this.#configsAtMs = nowMs
    await this.#readRetention(topics, isOld, call)
    if (isOld && nodes.length > 0) await this.#readOffsetsRetention(nodes[0]!.nodeId, call)
    if (nowMs - this.#sizesAtMs < SIZES_MAX_AGE_MS) return
    this.#sizesAtMs = nowMs
    await this.#readSizes(topics, call)
  }

  async #readRetention(topics: TopicTracks, isOld: boolean, call: Call): Promise<void> {
    const names = topics.withoutConfigs(isOld)
    const configs = ['retention.ms', 'retention.bytes', 'cleanup.policy']
    const resources = names.map((name) => ({ type: 'topic' as const, name, configs }))
    for (let i = 0; i < resources.length; i += CONFIGS_MAX) {
      const some = resources.slice(i, i + CONFIGS_MAX)
      const found = await this.#admin.describeConfigs(some, { ...call, partial: true })
      for (const [key, entries] of found) topics.configure(key.slice('topic:'.length), retentionOf(entries))
    }
  }

  async #readOffsetsRetention(nodeId: number, call: Call): Promise<void> {
    const resource = { type: 'broker' as const, name: String(nodeId), configs: ['offsets.retention.minutes'] }
    const found = await this.#admin.describeConfigs([resource], { ...call, partial: true })
    const minutes = configOf(found.get(`broker:${nodeId}`) ?? [], 'offsets.retention.minutes')
    this.#offsetsRetentionMs = minutes === undefined ? Number.NaN : Number(minutes) * 60_000
  }

  async #readSizes(topics: TopicTracks, call: Call): Promise<void> {
    const asked = topics
      .sorted()
      .filter(({ retentionBytes }) => this.#sizes === 'all' || retentionBytes < Number.POSITIVE_INFINITY)
    if (asked.length === 0) return
    const places = asked.flatMap(({ name, partitions }) =>
      partitions.map((_, partition) => ({ topic: name, partition })),
    )
    const sizes = await this.#admin.describeLogSizes(places, call)
    topics.noteSizes(new Set(asked.map(({ name }) => name)), sizes)
    if (this.#sizes === 'all') this.#noteNodes(sizes)
  }

  #noteNodes(sizes: readonly ReplicaSize[]): void {
    this.#logBytes.clear()
    for (const { nodeId, bytes } of sizes) this.#logBytes.set(nodeId, (this.#logBytes.get(nodeId) ?? 0) + Number(bytes))
  }
}

function retentionOf(entries: readonly ConfigEntry[]): TopicRetention {
  const cleanupPolicy = configOf(entries, 'cleanup.policy')
  const limitOf = (name: string): number => {
    const value = configOf(entries, name)
    if (cleanupPolicy === undefined || value === undefined) return Number.NaN
    const limit = Number(value)
    return cleanupPolicy.includes('delete') && limit >= 0 ? limit : Number.POSITIVE_INFINITY
  }
  return { retentionMs: limitOf('retention.ms'), retentionBytes: limitOf('retention.bytes'), cleanupPolicy }
}

function configOf(entries: readonly ConfigEntry[], name: string): string | undefined {
  return entries.find((entry) => entry.name === name)?.value ?? undefined
}
