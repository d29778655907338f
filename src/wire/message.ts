import { composeRead, composeWrite, type Read, type Write } from './compose.ts'
import { explainInvalid } from './explain.ts'
import { Reader } from './reader.ts'
import type { Fields, Infer, Input } from './schema.ts'
import { parseVersions } from './versions.ts'
import { WireError } from './wire-error.ts'
import { Writer } from './writer.ts'

export interface MessageSpec {
  /** Kafka's name: 'JoinGroupRequest', 'OffsetCommitKey'. */
  readonly name: string
  readonly type: MessageType
  /** The API key of requests and responses, the record type of coordinator records. */
  readonly apiKey?: number
  readonly versions: string
  /** Versions with compact lengths and tagged fields (KIP-482). */
  readonly flexible: string
}

export type MessageType = 'request' | 'response' | 'header' | 'data' | 'coordinator-key' | 'coordinator-value'

/** A message in all its versions: decodes to `T`, encodes from `I`. */
export interface Message<out T = unknown, in I = never, out F extends Fields = Fields> {
  readonly name: string
  readonly type: MessageType
  readonly apiKey: number | undefined
  readonly lowestVersion: number
  readonly highestVersion: number
  readonly spec: MessageSpec
  readonly fields: F
  flexible(version: number): boolean
  /**
   * Decodes exactly these bytes. Byte fields are views of them.
   * @throws WireError also when bytes are left over.
   */
  decode(bytes: Uint8Array, version: number): T
  /** As `decode`, but leaves what follows alone: for formats that newer senders extend at the end. */
  decodePrefix(bytes: Uint8Array, version: number): T
  /** Decodes from the reader's position and moves it behind the message. */
  read(reader: Reader, version: number): T
  /** @throws WireError when a value does not fit its field, or is set where the version lacks the field. */
  encode(value: I, version: number): Buffer
  write(writer: Writer, value: I, version: number): void
}

/**
 * Describes a message. Its fields are asked for on first use, and its codecs composed then, one a version: a process that speaks twenty of two hundred messages
 * pays for no others when it starts.
 */
/* @__NO_SIDE_EFFECTS__ */ export function message<F extends Fields>(
  spec: MessageSpec,
  fields: () => F,
): Message<Infer<F>, Input<F>, F> {
  return new ComposedMessage<Infer<F>, Input<F>, F>(spec, fields)
}

class ComposedMessage<T, I, F extends Fields> implements Message<T, I, F> {
  readonly spec: MessageSpec
  readonly lowestVersion: number
  readonly highestVersion: number
  readonly #describe: () => F
  #fields: F | undefined
  readonly #flexibleFrom: number
  readonly #reads: (Read<T> | undefined)[] = []
  readonly #writes: (Write<I> | undefined)[] = []

  constructor(spec: MessageSpec, describe: () => F) {
    const { lowest, highest } = parseVersions(spec.versions)
    const flexible = parseVersions(spec.flexible)
    this.spec = spec
    this.#describe = describe
    this.lowestVersion = lowest
    this.highestVersion = highest
    // A message that has become flexible stays so, in all of Kafka's definitions.
    this.#flexibleFrom = flexible.lowest > flexible.highest ? highest + 1 : flexible.lowest
  }

  get fields(): F {
    this.#fields ??= this.#describe()
    return this.#fields
  }

  get name(): string {
    return this.spec.name
  }

  get type(): MessageType {
    return this.spec.type
  }

  get apiKey(): number | undefined {
    return this.spec.apiKey
  }

  flexible(version: number): boolean {
    return version >= this.#flexibleFrom
  }

  decode(bytes: Uint8Array, version: number): T {
    const reader = new Reader(bytes)
    const value = this.read(reader, version)
    if (reader.remaining > 0) {
      throw new WireError('MALFORMED', `${this.name} v${version}: ${reader.remaining} bytes are left over`)
    }
    return value
  }

  decodePrefix(bytes: Uint8Array, version: number): T {
    return this.read(new Reader(bytes), version)
  }

  read(reader: Reader, version: number): T {
    const read = this.#reads[version] ?? this.#composeRead(version)
    try {
      return read(reader)
    } catch (error) {
      throw this.#located(error, version, `at byte ${reader.position}`)
    }
  }

  encode(value: I, version: number): Buffer {
    const writer = new Writer()
    this.write(writer, value, version)
    return writer.toBuffer()
  }

  write(writer: Writer, value: I, version: number): void {
    const write = this.#writes[version] ?? this.#composeWrite(version)
    try {
      write(writer, value)
    } catch (error) {
      throw this.#located(error, version, this.#whereInvalid(error, value, version) ?? `after ${writer.length} bytes`)
    }
  }

  #composeRead(version: number): Read<T> {
    this.#check(version)
    const read = composeRead<T>(this.fields, version, this.flexible(version))
    this.#reads[version] = read
    return read
  }

  #composeWrite(version: number): Write<I> {
    this.#check(version)
    const write = composeWrite<I>(this.fields, version, this.flexible(version))
    this.#writes[version] = write
    return write
  }

  #check(version: number): void {
    if (!Number.isInteger(version) || version < this.lowestVersion || version > this.highestVersion) {
      throw new WireError('UNSUPPORTED_VERSION', `${this.name} has no version ${version}`)
    }
  }

  #whereInvalid(error: unknown, value: I, version: number): string | undefined {
    if (!(error instanceof WireError) || error.code !== 'INVALID_VALUE') return undefined
    const path = explainInvalid(this.fields, value, version)
    return path === undefined ? undefined : `at ${path.slice(1) || 'the top'}`
  }

  #located(error: unknown, version: number, where: string): unknown {
    if (!(error instanceof WireError)) return error
    return new WireError(error.code, `${this.name} v${version}, ${where}: ${error.message}`, { cause: error })
  }
}
