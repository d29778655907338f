import { KeyHash } from './key-hash.ts'

/** Bytes of one key in the map, as in Kafka's: 16 of hash, 8 of offset. */
export const OFFSET_MAP_SLOT_BYTES = 24

export interface OffsetMapOptions {
  /** Largest size (log.cleaner.dedupe.buffer.size); the map begins small and grows to it as it fills. */
  readonly bytesMax: number
  /** How much of that may be in use (log.cleaner.io.buffer.load.factor). */
  readonly loadFactor: number
  readonly seed: number
}

/**
 * The last offset of each key of the part of a log that is being cleaned; it keeps hashes, not keys, so its size does not depend on them
 * (Kafka: SkimpyOffsetMap). Open addressing with linear probing.
 */
export class OffsetMap {
  readonly #hash: KeyHash
  readonly #slotsMax: number
  readonly #keysMax: number
  #hashes: Int32Array
  /** -1 = free. */
  #offsets: Float64Array
  #size = 0
  /** Everything up to here is in the map. */
  latestOffset = -1

  constructor({ bytesMax, loadFactor, seed }: OffsetMapOptions) {
    this.#hash = new KeyHash(seed)
    this.#slotsMax = Math.max(2, Math.floor(bytesMax / OFFSET_MAP_SLOT_BYTES))
    // One slot stays free, or a look-up would not end.
    this.#keysMax = Math.max(1, Math.min(Math.floor(this.#slotsMax * loadFactor), this.#slotsMax - 1))
    const slots = Math.min(FIRST_SLOTS, this.#slotsMax)
    this.#hashes = new Int32Array(slots * 4)
    this.#offsets = new Float64Array(slots).fill(-1)
  }

  get size(): number {
    return this.#size
  }

  /** Of what the configs allow, from 0 to 1. */
  get utilization(): number {
    return this.#size / this.#slotsMax
  }

  /** Whether `count` more keys fit, were they all new. */
  hasRoomFor(count: number): boolean {
    return this.#size + count <= this.#keysMax
  }

  put(bytes: Uint8Array, keyAt: number, keyBytes: number, offset: number): void {
    const hash = this.#hash
    hash.hash(bytes, keyAt, keyBytes)
    const slot = this.#slotOf(hash.h1, hash.h2, hash.h3, hash.h4)
    if (this.#offsets[slot]! >= 0) {
      this.#offsets[slot] = offset
      return
    }
    this.#set(slot, hash.h1, hash.h2, hash.h3, hash.h4, offset)
    this.#size++
    if (this.#size > this.#offsets.length * GROW_AT) this.#grow()
  }

  /** The last offset of the key, -1 when the map has none. */
  get(bytes: Uint8Array, keyAt: number, keyBytes: number): number {
    const hash = this.#hash
    hash.hash(bytes, keyAt, keyBytes)
    return this.#offsets[this.#slotOf(hash.h1, hash.h2, hash.h3, hash.h4)]!
  }

  /** The slot that has the hash, or the free one where it would stand. */
  #slotOf(h1: number, h2: number, h3: number, h4: number): number {
    const hashes = this.#hashes
    const offsets = this.#offsets
    const slots = offsets.length
    let slot = (h1 >>> 0) % slots
    while (offsets[slot]! >= 0) {
      const at = slot * 4
      if (hashes[at] === h1 && hashes[at + 1] === h2 && hashes[at + 2] === h3 && hashes[at + 3] === h4) return slot
      slot = slot + 1 === slots ? 0 : slot + 1
    }
    return slot
  }

  #set(slot: number, h1: number, h2: number, h3: number, h4: number, offset: number): void {
    const at = slot * 4
    this.#hashes[at] = h1
    this.#hashes[at + 1] = h2
    this.#hashes[at + 2] = h3
    this.#hashes[at + 3] = h4
    this.#offsets[slot] = offset
  }

  /** A batch that alone has more keys than the map should hold makes it larger than that: it must get on. */
  #grow(): void {
    const slots = this.#offsets.length
    if (slots === this.#slotsMax && this.#size < slots * FULL_AT) return
    const hashes = this.#hashes
    const offsets = this.#offsets
    const grown = slots * 2 < this.#slotsMax || slots >= this.#slotsMax ? slots * 2 : this.#slotsMax
    this.#hashes = new Int32Array(grown * 4)
    this.#offsets = new Float64Array(grown).fill(-1)
    for (let slot = 0; slot < slots; slot++) {
      const offset = offsets[slot]!
      if (offset < 0) continue
      const at = slot * 4
      const [h1, h2, h3, h4] = [hashes[at]!, hashes[at + 1]!, hashes[at + 2]!, hashes[at + 3]!]
      this.#set(this.#slotOf(h1, h2, h3, h4), h1, h2, h3, h4, offset)
    }
  }
}

const FIRST_SLOTS = 4096
const GROW_AT = 0.7
const FULL_AT = 0.95
