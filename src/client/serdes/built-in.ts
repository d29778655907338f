import type { Serde } from './serde.ts'

/** As it lies in the record: a view of the fetched batch, which it keeps in memory. `Buffer.from(bytes)` copies. The default. */
export function bytes(): Serde<Buffer | null, Uint8Array | null> {
  return { total: true, deserialize: (bytes) => bytes, serialize: (value) => value }
}

/** UTF-8, as Java's StringSerializer; what is not UTF-8 reads as U+FFFD. */
export function string(): Serde<string | null> {
  return {
    total: true,
    deserialize: (bytes) => (bytes === null ? null : bytes.toString('utf8')),
    serialize: (value) => {
      if (value === null) return null
      if (typeof value !== 'string') throw new TypeError(`${typeof value} is not a string`)
      return Buffer.from(value, 'utf8')
    },
  }
}

/** Two bytes, big-endian, as Java's ShortSerializer. */
export function int16(): Serde<number | null> {
  return fixed(
    2,
    (bytes) => bytes.readInt16BE(0),
    (bytes, value: number) => bytes.writeInt16BE(integer(value)),
  )
}

/** Four bytes, big-endian, as Java's IntegerSerializer. */
export function int32(): Serde<number | null> {
  return fixed(
    4,
    (bytes) => bytes.readInt32BE(0),
    (bytes, value: number) => bytes.writeInt32BE(integer(value)),
  )
}

/** Eight bytes, big-endian, as Java's LongSerializer. */
export function int64(): Serde<bigint | null> {
  return fixed(
    8,
    (bytes) => bytes.readBigInt64BE(0),
    (bytes, value: bigint) => {
      if (typeof value !== 'bigint') throw new TypeError(`${String(value)} is not a bigint`)
      bytes.writeBigInt64BE(value)
    },
  )
}

/** Four bytes, big-endian, as Java's FloatSerializer. */
export function float(): Serde<number | null> {
  return fixed(
    4,
    (bytes) => bytes.readFloatBE(0),
    (bytes, value: number) => bytes.writeFloatBE(value),
  )
}

/** Eight bytes, big-endian, as Java's DoubleSerializer. */
export function double(): Serde<number | null> {
  return fixed(
    8,
    (bytes) => bytes.readDoubleBE(0),
    (bytes, value: number) => bytes.writeDoubleBE(value),
  )
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** 36 characters, as Java's UUIDSerializer writes them. */
export function uuid(): Serde<string | null> {
  const check = (text: string): string => {
    if (!UUID.test(text)) throw new TypeError(`no UUID: ${text.slice(0, 40)}`)
    return text
  }
  return {
    deserialize: (bytes) => (bytes === null ? null : check(bytes.toString('utf8'))),
    serialize: (value) => (value === null ? null : Buffer.from(check(value), 'utf8')),
  }
}

function fixed<T>(
  length: number,
  read: (bytes: Buffer) => T,
  write: (bytes: Buffer, value: T) => void,
): Serde<T | null> {
  return {
    deserialize(bytes) {
      if (bytes === null) return null
      if (bytes.length !== length) throw new RangeError(`${length} bytes are expected, there are ${bytes.length}`)
      return read(bytes)
    },
    serialize(value) {
      if (value === null) return null
      const bytes = Buffer.allocUnsafe(length)
      write(bytes, value)
      return bytes
    },
  }
}

/** Node writes 1.5 as 1. */
function integer(value: number): number {
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not a whole number`)
  return value
}
