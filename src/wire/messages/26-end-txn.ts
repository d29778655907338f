import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bool, int16, int32, int64, string } from '../schema.ts'

/** Commits or aborts a transaction; API key 26 (KIP-98, KIP-890). */
export const endTxnRequest = message(
  { name: 'EndTxnRequest', type: 'request', apiKey: 26, versions: '0-5', flexible: '3+' },
  () => ({
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  }),
)
export interface EndTxnRequest extends Infer<typeof endTxnRequest.fields> {}
export interface EndTxnRequestInput extends Input<typeof endTxnRequest.fields> {}

/** Answers EndTxnRequest: an error code, and with version 5 the next epoch. */
export const endTxnResponse = message(
  { name: 'EndTxnResponse', type: 'response', apiKey: 26, versions: '0-5', flexible: '3+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ versions: '5+', default: -1n, ignorable: true }),
    producerEpoch: int16({ versions: '5+', default: -1, ignorable: true }),
  }),
)
export interface EndTxnResponse extends Infer<typeof endTxnResponse.fields> {}
export interface EndTxnResponseInput extends Input<typeof endTxnResponse.fields> {}
