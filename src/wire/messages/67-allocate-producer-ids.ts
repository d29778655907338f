import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int16, int32, int64 } from '../schema.ts'

/** Asks the controller for a block of producer ids; API key 67 (KIP-730). */
export const allocateProducerIdsRequest = message(
  { name: 'AllocateProducerIdsRequest', type: 'request', apiKey: 67, versions: '0', flexible: '0+' },
  () => ({
    brokerId: int32(),
    brokerEpoch: int64({ default: -1n }),
  }),
)
export interface AllocateProducerIdsRequest extends Infer<typeof allocateProducerIdsRequest.fields> {}
export interface AllocateProducerIdsRequestInput extends Input<typeof allocateProducerIdsRequest.fields> {}

/** Answers AllocateProducerIdsRequest: the block. */
export const allocateProducerIdsResponse = message(
  { name: 'AllocateProducerIdsResponse', type: 'response', apiKey: 67, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerIdStart: int64(),
    producerIdLen: int32(),
  }),
)
export interface AllocateProducerIdsResponse extends Infer<typeof allocateProducerIdsResponse.fields> {}
export interface AllocateProducerIdsResponseInput extends Input<typeof allocateProducerIdsResponse.fields> {}
