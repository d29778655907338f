import type {
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
  ConsumerGroupMetadataKey,
  ConsumerGroupMetadataValue,
  ConsumerGroupPartitionMetadataKey,
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
} from '../../wire/index.ts'
import * as wire from '../../wire/index.ts'

interface Record<T extends string, K, V> {
  readonly type: T
  readonly key: K
  readonly value: V | null
}

/** The records of consumer groups (KIP-848), in Kafka's schemas. */
export type ConsumerRecord =
  | Record<'ConsumerGroupMetadata', ConsumerGroupMetadataKey, ConsumerGroupMetadataValue>
  /** Written by Kafka before 4.1: only that it is there matters, so that it goes. */
  | Record<'ConsumerGroupPartitionMetadata', ConsumerGroupPartitionMetadataKey, object>
  | Record<'ConsumerGroupMemberMetadata', ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue>
  | Record<
      'ConsumerGroupTargetAssignmentMetadata',
      ConsumerGroupTargetAssignmentMetadataKey,
      ConsumerGroupTargetAssignmentMetadataValue
    >
  | Record<
      'ConsumerGroupTargetAssignmentMember',
      ConsumerGroupTargetAssignmentMemberKey,
      ConsumerGroupTargetAssignmentMemberValue
    >
  | Record<
      'ConsumerGroupCurrentMemberAssignment',
      ConsumerGroupCurrentMemberAssignmentKey,
      ConsumerGroupCurrentMemberAssignmentValue
    >
  | Record<'ConsumerGroupRegularExpression', ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue>

interface Schema {
  readonly apiKey: number | undefined
  encode(value: never, version: number): Buffer
  decode(bytes: Buffer, version: number): unknown
}

const SCHEMAS: { readonly [T in ConsumerRecord['type']]: { readonly key: Schema; readonly value: Schema } } = {
  ConsumerGroupMetadata: { key: wire.consumerGroupMetadataKey, value: wire.consumerGroupMetadataValue },
  ConsumerGroupPartitionMetadata: {
    key: wire.consumerGroupPartitionMetadataKey,
    value: wire.consumerGroupPartitionMetadataValue,
  },
  ConsumerGroupMemberMetadata: {
    key: wire.consumerGroupMemberMetadataKey,
    value: wire.consumerGroupMemberMetadataValue,
  },
  ConsumerGroupTargetAssignmentMetadata: {
    key: wire.consumerGroupTargetAssignmentMetadataKey,
    value: wire.consumerGroupTargetAssignmentMetadataValue,
  },
  ConsumerGroupTargetAssignmentMember: {
    key: wire.consumerGroupTargetAssignmentMemberKey,
    value: wire.consumerGroupTargetAssignmentMemberValue,
  },
  ConsumerGroupCurrentMemberAssignment: {
    key: wire.consumerGroupCurrentMemberAssignmentKey,
    value: wire.consumerGroupCurrentMemberAssignmentValue,
  },
  ConsumerGroupRegularExpression: {
    key: wire.consumerGroupRegularExpressionKey,
    value: wire.consumerGroupRegularExpressionValue,
  },
}

const TYPES = new Map(
  (Object.keys(SCHEMAS) as ConsumerRecord['type'][]).map((type) => [SCHEMAS[type].key.apiKey!, type]),
)

/** The only version of each. */
const VERSION = 0

export function encodeConsumerRecord(record: ConsumerRecord): { readonly key: Buffer; readonly value: Buffer | null } {
  const { key, value } = SCHEMAS[record.type]
  return {
    key: prefixed(key.apiKey!, key.encode(record.key as never, VERSION)),
    value: record.value && prefixed(VERSION, value.encode(record.value as never, VERSION)),
  }
}

/** Undefined for a type that is not of these. @throws WireError */
export function decodeConsumerRecord(apiKey: number, key: Buffer, value: Buffer | null): ConsumerRecord | undefined {
  const type = TYPES.get(apiKey)
  if (type === undefined) return undefined
  const schemas = SCHEMAS[type]
  return {
    type,
    key: schemas.key.decode(key, VERSION),
    // A copy, because fields of bytes are views and live as long as the member.
    value: value && schemas.value.decode(Buffer.from(value.subarray(2)), value.readInt16BE(0)),
  } as ConsumerRecord
}

function prefixed(prefix: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(2 + body.length)
  bytes.writeInt16BE(prefix, 0)
  body.copy(bytes, 2)
  return bytes
}
