import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int16, int32, int64, string } from '../schema.ts'

/** Adds the offsets of a group to a transaction; API key 25 (KIP-98). */
export const addOffsetsToTxnRequest = message(
  { name: 'AddOffsetsToTxnRequest', type: 'request', apiKey: 25, versions: '0-4', flexible: '3+' },
  () => ({
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  }),
)
export interface AddOffsetsToTxnRequest extends Infer<typeof addOffsetsToTxnRequest.fields> {}
export interface AddOffsetsToTxnRequestInput extends Input<typeof addOffsetsToTxnRequest.fields> {}

/** Answers AddOffsetsToTxnRequest: an error code. */
export const addOffsetsToTxnResponse = message(
  { name: 'AddOffsetsToTxnResponse', type: 'response', apiKey: 25, versions: '0-4', flexible: '3+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
  }),
)
export interface AddOffsetsToTxnResponse extends Infer<typeof addOffsetsToTxnResponse.fields> {}
export interface AddOffsetsToTxnResponseInput extends Input<typeof addOffsetsToTxnResponse.fields> {}
