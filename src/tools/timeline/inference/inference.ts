import type { TimelineEntry } from '../timeline-entry.ts'
import { classicSnapshot } from './classic-snapshot.ts'
import { ConsumerInference } from './consumer-inference.ts'
import { differences, type GroupSnapshot } from './group-snapshot.ts'
import type { OffsetsRecord } from './offsets-record.ts'

/** Concludes from a group's records in `__consumer_offsets`, in their order, what happened to it. Pure. */
export class Inference {
  readonly #groupId: string
  readonly #consumer: ConsumerInference
  #classic: GroupSnapshot | undefined
  /** Tombstones that may be the half of a conversion, or of many: told when the next record shows which. */
  #deleted: TimelineEntry | undefined
  #removedOffsets = 0
  #timeMs = 0

  /** @param topicName names of topics by id, or the id itself */
  constructor(groupId: string, topicName: (topicId: string) => string) {
    this.#groupId = groupId
    this.#consumer = new ConsumerInference(groupId, topicName)
  }

  add(record: OffsetsRecord, timeMs: number): TimelineEntry[] {
    const found: TimelineEntry[] = timeMs === this.#timeMs ? [] : this.settle()
    this.#timeMs = timeMs
    if (record.type === 'OffsetCommit') {
      if (record.value === null) this.#removedOffsets++
      return found
    }
    if (record.type !== 'GroupMetadata') {
      const entries = this.#consumer.add(record, timeMs)
      const isNew = entries.some(({ type }) => type === 'member-joined')
      if (isNew && this.#deleted?.protocol === 'classic') found.push(this.#converted('classic', 'consumer'))
      return [...found, ...this.#withoutDeletion(entries)]
    }
    if (record.value === null) {
      if (this.#classic !== undefined)
        this.#deleted = this.#entry('classic', 'group-deleted', 'unknown', 'the group was removed')
      this.#classic = undefined
      return found
    }
    if (this.#deleted?.protocol === 'consumer') found.push(this.#converted('consumer', 'classic'))
    const snapshot = classicSnapshot(this.#groupId, record.value)
    found.push(...differences(this.#classic, snapshot, timeMs))
    this.#classic = snapshot
    return found
  }

  /** What is told at the latest when no more records are there, or only later ones. */
  settle(): TimelineEntry[] {
    const found: TimelineEntry[] = []
    if (this.#removedOffsets > 0) {
      const offsets = `${this.#removedOffsets} committed ${this.#removedOffsets === 1 ? 'offset' : 'offsets'}`
      const protocol = this.#consumer.isKnown ? 'consumer' : 'classic'
      const reason = `${offsets} expired, or were deleted`
      found.push(this.#entry(protocol, 'offsets-expired', 'unknown', reason))
    }
    if (this.#deleted !== undefined) found.push(this.#deleted)
    this.#removedOffsets = 0
    this.#deleted = undefined
    return found
  }

  #withoutDeletion(entries: readonly TimelineEntry[]): TimelineEntry[] {
    const deletion = entries.find(({ type }) => type === 'group-deleted')
    if (deletion === undefined) return [...entries]
    this.#deleted = deletion
    return entries.filter((entry) => entry !== deletion)
  }

  #converted(from: 'classic' | 'consumer', to: 'classic' | 'consumer'): TimelineEntry {
    this.#deleted = undefined
    return this.#entry(to, 'group-converted', 'migration', `from the ${from} protocol to the ${to} protocol`)
  }

  #entry(
    protocol: 'classic' | 'consumer',
    type: TimelineEntry['type'],
    trigger: TimelineEntry['trigger'],
    reason: string,
  ): TimelineEntry {
    const generationId = protocol === 'classic' ? (this.#classic?.generationId ?? -1) : -1
    const base = { source: 'inferred', timeMs: this.#timeMs, groupId: this.#groupId } as const
    return { ...base, protocol, generationId, type, trigger, reason }
  }
}
