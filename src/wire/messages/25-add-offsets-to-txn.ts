import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int16, int32, int64, string } from '../schema.ts'

export const addOffsetsToTxnRequest = message(
  { name: 'AddOffsetsToTxnRequest', type: 'request', apiKey: 25, versions: '0-4', flexible: '3+' },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
)
export interface AddOffsetsToTxnRequest extends Infer<typeof addOffsetsToTxnRequest.fields> {}
export interface AddOffsetsToTxnRequestInput extends Input<typeof addOffsetsToTxnRequest.fields> {}

export const addOffsetsToTxnResponse = message(
  { name: 'AddOffsetsToTxnResponse', type: 'response', apiKey: 25, versions: '0-4', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
)
export interface AddOffsetsToTxnResponse extends Infer<typeof addOffsetsToTxnResponse.fields> {}
export interface AddOffsetsToTxnResponseInput extends Input<typeof addOffsetsToTxnResponse.fields> {}
