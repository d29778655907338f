import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** Writes one sample. Labels are as the page has them: `topic="t",partition="0"`. What is not known (NaN) is left out. */
export type Emit = (labels: string, value: number) => void

/** A metric and how its samples are written; `write` yields from time to time, so that long pages keep nobody waiting. */
export interface MetricFamily {
  /** Counters end with `_total`. */
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  write(emit: Emit): Iterable<void> | void
}

export type PageFormat = 'prometheus' | 'openmetrics'

export interface MetricPage {
  /** UTF-8, packed: the pieces one after the other are a gzip file of several members. Without OpenMetrics' last line, so that pages can be joined. */
  readonly packed: Readonly<Record<PageFormat, readonly Buffer[]>>
  readonly series: number
  /** Unpacked, in Prometheus' format. */
  readonly bytes: number
}

/** Samples that are written, packed and remembered together. A long family begins with a block of its own, so that what moves in one moves no other. */
const BLOCK_SAMPLES_MAX = 2_000
const BLOCK_SAMPLES_MIN = 500
const PIECE_BYTES = 4 * 1024 * 1024
/** Blocks that are packed at a time, by threads. */
const PACKING_MAX = 4
/** Lines are so much alike that more effort gains little. */
const GZIP_LEVEL = 1

const pack = promisify(gzip)

/**
 * Writes pages of families, one after the other, in Prometheus' text format and in OpenMetrics'. Blocks of a page in which no sample has changed are taken
 * from the page before, so a page costs what has changed in it; and no turn of the event loop has more than one block.
 */
export class PageWriter {
  /** Of each sample, before its own labels. */
  readonly #labels: string
  #blocks: ReadonlyMap<string, Block> = new Map()

  /** @param labels that every sample has, before its own. */
  constructor({ labels = {} }: { readonly labels?: Readonly<Record<string, string>> | undefined } = {}) {
    this.#labels = labelText(labels)
  }

  async write(families: Iterable<MetricFamily>): Promise<MetricPage> {
    const known = this.#blocks
    const blocks = new Map<string, Block>()
    const counts = new Map<string, number>()
    const packing: Promise<void>[] = []
    let sealed: Block[] = []
    let open = new Block()
    const finish = async (): Promise<void> => {
      for (const block of sealed) {
        const number = counts.get(block.name) ?? 0
        counts.set(block.name, number + 1)
        const key = `${block.name} ${number}`
        const before = known.get(key)
        if (before?.isSame(block) === true) blocks.set(key, before)
        else {
          blocks.set(key, block)
          packing.push(block.pack(this.#labels))
          if (packing.length > PACKING_MAX) await packing.shift()
        }
        await nextTurn()
      }
      sealed = []
    }
    for (const family of families) {
      if (open.count >= BLOCK_SAMPLES_MIN) {
        sealed.push(open)
        open = new Block()
      }
      let isHeaded = false
      const emit: Emit = (labels, value) => {
        if (Number.isNaN(value)) return
        if (open.count >= BLOCK_SAMPLES_MAX) {
          sealed.push(open)
          open = new Block()
        }
        open.add({ family, isHeaded, labels, value })
        isHeaded = true
      }
      for (const _ of family.write(emit) ?? []) if (sealed.length > 0) await finish()
    }
    if (open.count > 0) sealed.push(open)
    await finish()
    await Promise.all(packing)
    this.#blocks = blocks
    return pageOf([...blocks.values()])
  }
}

/** A part of a page: lines of one family, or of several short ones. */
class Block {
  /** The families of the block, and which of its samples is the first of each. */
  readonly #families: MetricFamily[] = []
  readonly #begins: number[] = []
  /** The first family goes on from the block before, which has its heading. */
  #goesOn = false
  readonly #labels: string[] = []
  readonly #values: number[] = []
  #packed: Readonly<Record<PageFormat, Buffer>> | undefined
  bytes = 0

  get count(): number {
    return this.#values.length
  }

  get name(): string {
    return this.#families[0]!.name
  }

  get packed(): Readonly<Record<PageFormat, Buffer>> {
    return this.#packed!
  }

  add({ family, isHeaded, labels, value }: Sample): void {
    if (this.#families.at(-1) !== family) {
      if (this.#families.length === 0) this.#goesOn = isHeaded
      this.#families.push(family)
      this.#begins.push(this.#values.length)
    }
    this.#labels.push(labels)
    this.#values.push(value)
  }

  isSame(other: Block): boolean {
    const { length } = this.#values
    if (length !== other.#values.length || this.#goesOn !== other.#goesOn) return false
    if (this.#families.length !== other.#families.length) return false
    for (const [i, { name, help, type }] of this.#families.entries()) {
      const its = other.#families[i]!
      if (name !== its.name || help !== its.help || type !== its.type) return false
      if (this.#begins[i] !== other.#begins[i]) return false
    }
    for (let i = 0; i < length; i++) {
      if (this.#values[i] !== other.#values[i] || this.#labels[i] !== other.#labels[i]) return false
    }
    return true
  }

  async pack(labels: string): Promise<void> {
    const text = Buffer.from(this.#text(labels, 'prometheus'))
    this.bytes = text.length
    // Nothing but the headings of counters is different.
    const isEqual = this.#families.every(({ type }) => type !== 'counter')
    const [prometheus, openmetrics] = await Promise.all([
      pack(text, { level: GZIP_LEVEL }),
      isEqual ? undefined : pack(this.#text(labels, 'openmetrics'), { level: GZIP_LEVEL }),
    ])
    this.#packed = { prometheus, openmetrics: openmetrics ?? prometheus }
  }

  #text(labels: string, format: PageFormat): string {
    const constant = labels === '' ? '' : `${labels},`
    let text = ''
    for (const [i, { name, help, type }] of this.#families.entries()) {
      const begin = this.#begins[i]!
      const end = this.#begins[i + 1] ?? this.#values.length
      if (i > 0 || !this.#goesOn) {
        // OpenMetrics names a counter without its ending.
        const title = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name
        text += `# HELP ${title} ${help}\n# TYPE ${title} ${type}\n`
      }
      for (let at = begin; at < end; at++) {
        const own = this.#labels[at]!
        const all = own === '' ? labels : constant + own
        text +=
          all === ''
            ? `${name} ${numberText(this.#values[at]!)}\n`
            : `${name}{${all}} ${numberText(this.#values[at]!)}\n`
      }
    }
    return text
  }
}

interface Sample {
  readonly family: MetricFamily
  /** An earlier block has the family's heading. */
  readonly isHeaded: boolean
  readonly labels: string
  readonly value: number
}

function pageOf(blocks: readonly Block[]): MetricPage {
  let series = 0
  let bytes = 0
  for (const block of blocks) {
    series += block.count
    bytes += block.bytes
  }
  const piecesOf = (format: PageFormat) => pieces(blocks.map(({ packed }) => packed[format]))
  const prometheus = piecesOf('prometheus')
  const isEqual = blocks.every(({ packed }) => packed.prometheus === packed.openmetrics)
  return { packed: { prometheus, openmetrics: isEqual ? prometheus : piecesOf('openmetrics') }, series, bytes }
}

/** Joined to larger ones: each costs its reader a turn of the event loop, behind whatever a round does in it. */
function pieces(members: readonly Buffer[]): readonly Buffer[] {
  const joined: Buffer[] = []
  let waiting: Buffer[] = []
  let bytes = 0
  const join = (): void => {
    if (waiting.length > 0) joined.push(Buffer.concat(waiting))
    waiting = []
    bytes = 0
  }
  for (const member of members) {
    waiting.push(member)
    bytes += member.length
    if (bytes >= PIECE_BYTES) join()
  }
  join()
  return joined
}

/**
 * `name="value"` of each, in their order. Joined and not added up: V8 keeps what was added up as a tree of its parts, and most labels are kept from page to
 * page.
 */
export function labelText(labels: Readonly<Record<string, string | number>>): string {
  const parts: string[] = []
  for (const name of Object.keys(labels))
    parts.push(parts.length === 0 ? '' : ',', name, '="', escaped(labels[name]!), '"')
  return parts.join('')
}

function escaped(value: string | number): string {
  if (typeof value === 'number') return String(value)
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
