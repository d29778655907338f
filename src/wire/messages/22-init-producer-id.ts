import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bool, int16, int32, int64, string } from '../schema.ts'

/** Asks for a producer id and epoch, which make a producer idempotent or transactional; API key 22 (KIP-98, KIP-360, KIP-588, KIP-890, KIP-939). */
export const initProducerIdRequest = message(
  { name: 'InitProducerIdRequest', type: 'request', apiKey: 22, versions: '0-6', flexible: '2+' },
  () => ({
    transactionalId: string({ nullable: '0+' }),
    transactionTimeoutMs: int32(),
    producerId: int64({ versions: '3+', default: -1n }),
    producerEpoch: int16({ versions: '3+', default: -1 }),
    enable2Pc: bool({ versions: '6+', default: false }),
    keepPreparedTxn: bool({ versions: '6+', default: false }),
  }),
)
export interface InitProducerIdRequest extends Infer<typeof initProducerIdRequest.fields> {}
export interface InitProducerIdRequestInput extends Input<typeof initProducerIdRequest.fields> {}

/** Answers InitProducerIdRequest: the producer id and epoch. */
export const initProducerIdResponse = message(
  { name: 'InitProducerIdResponse', type: 'response', apiKey: 22, versions: '0-6', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16(),
    producerId: int64({ default: -1n }),
    producerEpoch: int16(),
    ongoingTxnProducerId: int64({ versions: '6+', default: -1n }),
    ongoingTxnProducerEpoch: int16({ versions: '6+', default: -1 }),
  }),
)
export interface InitProducerIdResponse extends Infer<typeof initProducerIdResponse.fields> {}
export interface InitProducerIdResponseInput extends Input<typeof initProducerIdResponse.fields> {}
