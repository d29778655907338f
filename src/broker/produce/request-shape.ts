import { type DecodedRequestHeader, Reader } from '../../wire/index.ts'

/** Smaller requests cannot hold enough to matter. */
const CHECKED_BYTES_MIN = 1024 * 1024
/** Topics and partitions of one request. No producer has so many, and each takes a hundred bytes once decoded. */
const PARTS_MAX = 100_000

/**
 * Whether a Produce request names more topics and partitions than anyone has. Only Produce may be as large as
 * `socket.request.max.bytes`; a hundred megabytes of empty topics would take gigabytes when decoded.
 * @throws WireError where the request is cut off.
 */
export function hasTooManyParts(frame: Buffer, { api, apiVersion, bodyOffset }: DecodedRequestHeader): boolean {
  if (frame.length < CHECKED_BYTES_MIN) return false
  const reader = new Reader(frame, bodyOffset)
  const isFlexible = api.request.flexible(apiVersion)
  skipBytes(reader, isFlexible ? reader.uvarint() - 1 : reader.int16())
  reader.skip(2 + 4) // acks, timeoutMs
  const topics = arrayLength(reader, isFlexible)
  let parts = topics
  for (let i = 0; i < topics && parts <= PARTS_MAX; i++) {
    if (apiVersion >= 13) reader.skip(16)
    else skipBytes(reader, isFlexible ? reader.uvarint() - 1 : reader.int16())
    const partitions = arrayLength(reader, isFlexible)
    parts += partitions
    for (let j = 0; j < partitions && parts <= PARTS_MAX; j++) {
      reader.skip(4) // index
      skipBytes(reader, isFlexible ? reader.uvarint() - 1 : reader.int32())
      if (isFlexible) reader.skipTaggedFields()
    }
    if (isFlexible) reader.skipTaggedFields()
  }
  return parts > PARTS_MAX
}

function arrayLength(reader: Reader, isFlexible: boolean): number {
  return isFlexible ? reader.compactArrayLength(1) : reader.arrayLength(1)
}

/** Null has the length -1. */
function skipBytes(reader: Reader, length: number): void {
  if (length > 0) reader.skip(length)
}
