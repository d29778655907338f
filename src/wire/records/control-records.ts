import { Buffer } from 'node:buffer'
import { endTxnMarker } from '../record-schemas/control.ts'
import { WireError } from '../wire-error.ts'
import { encodeBatch } from './encode-batch.ts'

/** Types of control records, by the number in their key (org.apache.kafka.common.record.ControlRecordType). */
export const controlRecordTypes = [
  'ABORT',
  'COMMIT',
  'LEADER_CHANGE',
  'SNAPSHOT_HEADER',
  'SNAPSHOT_FOOTER',
  'KRAFT_VERSION',
  'KRAFT_VOTERS',
] as const

export type ControlRecordType = (typeof controlRecordTypes)[number]

export interface EndTxnMarkerToEncode {
  readonly type: 'ABORT' | 'COMMIT'
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  /** In ms. */
  readonly timestamp: number
  readonly baseOffset?: bigint
  readonly partitionLeaderEpoch?: number
}

/** The batch that ends a transaction in one partition (KIP-98). */
export function encodeEndTxnMarker(marker: EndTxnMarkerToEncode): Buffer {
  const { type, producerId, producerEpoch, coordinatorEpoch, timestamp, baseOffset = 0n } = marker
  const key = Buffer.alloc(4)
  key.writeInt16BE(controlRecordTypes.indexOf(type), 2)
  // The value's own version stands before it, as in all versioned values.
  const value = Buffer.concat([Buffer.alloc(2), endTxnMarker.encode({ coordinatorEpoch }, 0)])
  return encodeBatch({
    baseOffset,
    partitionLeaderEpoch: marker.partitionLeaderEpoch ?? 0,
    producerId,
    producerEpoch,
    isTransactional: true,
    isControl: true,
    records: [{ timestamp, key, value }],
  })
}

/** Type of a control record, or undefined for one that a newer Kafka may write: readers skip it. */
export function decodeControlRecordType(key: Buffer): ControlRecordType | undefined {
  if (key.length < 4) throw new WireError('MALFORMED', `the key of a control record has ${key.length} bytes`)
  return controlRecordTypes[key.readInt16BE(2)]
}

/** The coordinator epoch in the value of an ABORT or COMMIT marker. */
export function decodeEndTxnMarker(value: Buffer): { readonly coordinatorEpoch: number } {
  if (value.length < 2) throw new WireError('MALFORMED', `the value of a marker has ${value.length} bytes`)
  return endTxnMarker.decodePrefix(value.subarray(2), 0)
}
