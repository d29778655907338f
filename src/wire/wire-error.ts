/** What was wrong with the bytes (decoding) or with the value (encoding). */
export type WireErrorCode =
  /** The bytes end before the value does. */
  | 'TRUNCATED'
  /** The bytes contradict the format: negative length, overlong varint, null where none may be, trailing bytes. */
  | 'MALFORMED'
  /** Decoding would exceed the caller's limit, a decompression bomb for example. */
  | 'OVERSIZED'
  /** A checksum does not match. */
  | 'CORRUPT'
  /** The message is known, this version of it is not. */
  | 'UNSUPPORTED_VERSION'
  /** No message has this API key. */
  | 'UNSUPPORTED_API'
  /** A field is set that the chosen version cannot carry and that Kafka does not let a sender drop silently. */
  | 'UNSUPPORTED_FIELD'
  /** A record batch of magic 0 or 1: Kafka 4 no longer accepts them (KIP-724). */
  | 'UNSUPPORTED_MAGIC'
  /** The compression type of a batch is none of gzip, snappy, lz4 and zstd. */
  | 'UNSUPPORTED_COMPRESSION'
  /** A value to encode does not fit its field: wrong type, out of range, missing. */
  | 'INVALID_VALUE'

/** The only error that the wire layer throws for bytes of a peer. `code` is stable, `message` is for people. */
export class WireError extends Error {
  readonly code: WireErrorCode

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WireError'
    this.code = code
  }
}
