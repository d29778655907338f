/** Writes the fields of a non-flexible request. */
export class RequestWriter {
  readonly #parts: Buffer[] = []

  int8(value: number): void {
    this.#number(1, (buffer) => buffer.writeInt8(value))
  }
  int16(value: number): void {
    this.#number(2, (buffer) => buffer.writeInt16BE(value))
  }
  int32(value: number): void {
    this.#number(4, (buffer) => buffer.writeInt32BE(value))
  }
  int64(value: bigint): void {
    this.#number(8, (buffer) => buffer.writeBigInt64BE(value))
  }
  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }
  string(value: string): void {
    const bytes = Buffer.from(value)
    this.int16(bytes.length)
    this.#parts.push(bytes)
  }
  /** Fields of flexible versions (KIP-482). */
  unsignedVarint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.int8(((rest & 0x7f) | 0x80) - 256)
      rest >>>= 7
    }
    this.int8(rest)
  }
  compactString(value: string): void {
    const bytes = Buffer.from(value)
    this.unsignedVarint(bytes.length + 1)
    this.#parts.push(bytes)
  }
  noTags(): void {
    this.int8(0)
  }
  array<T>(values: readonly T[], write: (value: T) => void): void {
    this.int32(values.length)
    for (const value of values) write(value)
  }
  finish(): Buffer {
    return Buffer.concat(this.#parts)
  }
  #number(size: number, write: (buffer: Buffer) => void): void {
    const buffer = Buffer.alloc(size)
    write(buffer)
    this.#parts.push(buffer)
  }
}

/** A whole request frame with header version 1. */
export function request(options: {
  readonly apiKey: number
  readonly version: number
  readonly body: (writer: RequestWriter) => void
}): Buffer {
  const writer = new RequestWriter()
  writer.int16(options.apiKey)
  writer.int16(options.version)
  writer.int32(1)
  writer.string('interop-harness')
  options.body(writer)
  const bytes = writer.finish()
  const frame = Buffer.alloc(4 + bytes.length)
  frame.writeInt32BE(bytes.length)
  bytes.copy(frame, 4)
  return frame
}

/** Reads the fields of a non-flexible response, after its header of version 0. */
export class ResponseReader {
  readonly #bytes: Buffer
  #at = 4

  constructor(frame: Buffer) {
    this.#bytes = frame
  }
  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }
  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }
  int64(): bigint {
    this.#at += 8
    return this.#bytes.readBigInt64BE(this.#at - 8)
  }
  boolean(): boolean {
    this.#at += 1
    return this.#bytes.readInt8(this.#at - 1) !== 0
  }
  nullableString(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.#take(length).toString()
  }
  string(): string {
    return this.nullableString() ?? ''
  }
  bytes(): Buffer {
    return this.#take(Math.max(0, this.int32()))
  }
  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#take(1)[0]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  compactString(): string | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.#take(length).toString()
  }
  compactArray<T>(read: () => T): T[] {
    const length = this.unsignedVarint() - 1
    return Array.from({ length: Math.max(0, length) }, read)
  }
  tags(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint()
      this.#take(this.unsignedVarint())
    }
  }
  array<T>(read: () => T): T[] {
    const length = this.int32()
    return Array.from({ length: Math.max(0, length) }, read)
  }
  #take(length: number): Buffer {
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
