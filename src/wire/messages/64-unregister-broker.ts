import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int16, int32, string } from '../schema.ts'

/** Removes a broker from the cluster; API key 64 (KIP-631). */
export const unregisterBrokerRequest = message(
  { name: 'UnregisterBrokerRequest', type: 'request', apiKey: 64, versions: '0', flexible: '0+' },
  () => ({
    brokerId: int32(),
  }),
)
export interface UnregisterBrokerRequest extends Infer<typeof unregisterBrokerRequest.fields> {}
export interface UnregisterBrokerRequestInput extends Input<typeof unregisterBrokerRequest.fields> {}

/** Answers UnregisterBrokerRequest: an error code. */
export const unregisterBrokerResponse = message(
  { name: 'UnregisterBrokerResponse', type: 'response', apiKey: 64, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
  }),
)
export interface UnregisterBrokerResponse extends Infer<typeof unregisterBrokerResponse.fields> {}
export interface UnregisterBrokerResponseInput extends Input<typeof unregisterBrokerResponse.fields> {}
