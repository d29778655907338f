import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bytes, int16 } from '../schema.ts'

/** Forwards a client's request from a broker to the controller; API key 58 (KIP-590). */
export const envelopeRequest = message(
  { name: 'EnvelopeRequest', type: 'request', apiKey: 58, versions: '0', flexible: '0+' },
  () => ({
    requestData: bytes(),
    requestPrincipal: bytes({ nullable: '0+' }),
    clientHostAddress: bytes(),
  }),
)
export interface EnvelopeRequest extends Infer<typeof envelopeRequest.fields> {}
export interface EnvelopeRequestInput extends Input<typeof envelopeRequest.fields> {}

/** Answers EnvelopeRequest: the controller's answer. */
export const envelopeResponse = message(
  { name: 'EnvelopeResponse', type: 'response', apiKey: 58, versions: '0', flexible: '0+' },
  () => ({
    responseData: bytes({ nullable: '0+', default: null }),
    errorCode: int16(),
  }),
)
export interface EnvelopeResponse extends Infer<typeof envelopeResponse.fields> {}
export interface EnvelopeResponseInput extends Input<typeof envelopeResponse.fields> {}
