import type { RecordHeader } from '../../wire/index.ts'
import { inspectCustom } from '../inspect-custom.ts'

/** What a producer takes as the value of a header: text is written in UTF-8. */
export type HeaderValue = string | Uint8Array | null
/** Headers to send: names with a value, or with several; or pairs, where their order matters. */
export type HeadersInput =
  | RecordHeaders
  | Iterable<readonly [key: string, value: HeaderValue]>
  | { readonly [key: string]: HeaderValue | readonly HeaderValue[] | undefined }

/** Headers of a record: an ordered list, in which a name may stand more than once. */
export class RecordHeaders implements Iterable<RecordHeader> {
  static readonly empty = new RecordHeaders([])
  readonly #all: readonly RecordHeader[]

  constructor(all: readonly RecordHeader[]) {
    this.#all = all
  }

  /** @throws TypeError for a value that is neither text nor bytes nor null. */
  static from(input: HeadersInput): RecordHeaders {
    if (input instanceof RecordHeaders) return input
    const all: RecordHeader[] = []
    if (isIterable(input)) for (const [key, value] of input) all.push({ key, value: toBytes(key, value) })
    else {
      for (const [key, values] of Object.entries(input)) {
        if (values === undefined) continue
        for (const value of isList(values) ? values : [values]) all.push({ key, value: toBytes(key, value) })
      }
    }
    return all.length === 0 ? RecordHeaders.empty : new RecordHeaders(all)
  }

  get size(): number {
    return this.#all.length
  }

  has(key: string): boolean {
    return this.#all.some((header) => header.key === key)
  }

  /** The last value under this name, as Kafka's `lastHeader`; undefined where there is none. */
  get(key: string): Buffer | null | undefined {
    for (let i = this.#all.length - 1; i >= 0; i--) {
      const header = this.#all[i]!
      if (header.key === key) return header.value
    }
    return undefined
  }

  /** As `get`, read as UTF-8. */
  getString(key: string): string | null | undefined {
    return this.get(key)?.toString('utf8') ?? (this.has(key) ? null : undefined)
  }

  /** All values under this name, in their order. */
  getAll(key: string): (Buffer | null)[] {
    return this.#all.filter((header) => header.key === key).map((header) => header.value)
  }

  [Symbol.iterator](): Iterator<RecordHeader> {
    return this.#all[Symbol.iterator]()
  }

  /** Names with their last values, read as UTF-8. */
  toJSON(): Record<string, string | null> {
    return Object.fromEntries(this.#all.map(({ key, value }) => [key, value?.toString('utf8') ?? null]))
  }

  [inspectCustom](): unknown {
    return this.toJSON()
  }
}

function isIterable(input: object): input is Iterable<readonly [string, HeaderValue]> {
  return Symbol.iterator in input
}

function isList(value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] {
  return Array.isArray(value)
}

function toBytes(key: string, value: HeaderValue): Buffer | null {
  if (value === null) return null
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  throw new TypeError(`header ${key}: a value is a string, bytes or null, not ${typeof value}`)
}
