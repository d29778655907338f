import type { GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue } from '../wire/index.ts'
import { groupMetadataKey, groupMetadataValue, offsetCommitKey, offsetCommitValue } from '../wire/index.ts'
import { type ConsumerRecord, decodeConsumerRecord, encodeConsumerRecord } from './consumer/record-schemas.ts'

/**
 * What the coordinator persists: Kafka's own records of `__consumer_offsets`. A null value is a tombstone.
 * Burrow, kminion and Kafka's formatters read them; a log of Kafka's can be read by us.
 */
export type CoordinatorRecord =
  | { readonly type: 'OffsetCommit'; readonly key: OffsetCommitKey; readonly value: OffsetCommitValue | null }
  | { readonly type: 'GroupMetadata'; readonly key: GroupMetadataKey; readonly value: GroupMetadataValue | null }
  | ConsumerRecord

export interface EncodedRecord {
  readonly key: Buffer
  readonly value: Buffer | null
}

/** The version that Kafka 4.2 writes: 4 is left to a later release, so that older brokers can read the log. */
const GROUP_METADATA_VALUE_VERSION = 3
/** Carries the topic's id; the commit with an explicit expiry needs version 1, the only one with that field. */
const OFFSET_COMMIT_VALUE_VERSION = 4
const OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY = 1
/** Key 0 is the same record as written by the oldest brokers. */
const LEGACY_OFFSET_COMMIT = 0

/** Key and value with the two bytes before each: the record's type and the value's version. */
export function encodeRecord(record: CoordinatorRecord): EncodedRecord {
  switch (record.type) {
    case 'OffsetCommit': {
      const version =
        record.value?.expireTimestamp === -1n ? OFFSET_COMMIT_VALUE_VERSION : OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY
      return {
        key: prefixed(offsetCommitKey.apiKey!, offsetCommitKey.encode(record.key, 0)),
        value: record.value && prefixed(version, offsetCommitValue.encode(record.value, version)),
      }
    }
    case 'GroupMetadata':
      return {
        key: prefixed(groupMetadataKey.apiKey!, groupMetadataKey.encode(record.key, 0)),
        value:
          record.value &&
          prefixed(GROUP_METADATA_VALUE_VERSION, groupMetadataValue.encode(record.value, GROUP_METADATA_VALUE_VERSION)),
      }
    default:
      return encodeConsumerRecord(record)
  }
}

/**
 * Undefined for types of records that this version does not know: they belong to a newer one, or to another kind of group.
 * @throws WireError when the bytes of a known type are damaged.
 */
export function decodeRecord(key: Buffer, value: Buffer | null): CoordinatorRecord | undefined {
  const type = key.readInt16BE(0)
  const keyBytes = key.subarray(2)
  switch (type) {
    case LEGACY_OFFSET_COMMIT:
    case offsetCommitKey.apiKey:
      return {
        type: 'OffsetCommit',
        key: offsetCommitKey.decode(keyBytes, 0),
        value: value && offsetCommitValue.decode(value.subarray(2), value.readInt16BE(0)),
      }
    case groupMetadataKey.apiKey:
      return {
        type: 'GroupMetadata',
        key: groupMetadataKey.decode(keyBytes, 0),
        // A copy, because the fields of bytes are views and live as long as the group.
        value: value && groupMetadataValue.decode(Buffer.from(value.subarray(2)), value.readInt16BE(0)),
      }
    default:
      return decodeConsumerRecord(type, keyBytes, value)
  }
}

function prefixed(prefix: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(2 + body.length)
  bytes.writeInt16BE(prefix, 0)
  body.copy(bytes, 2)
  return bytes
}
