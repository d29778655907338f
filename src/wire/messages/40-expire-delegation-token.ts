import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bytes, int16, int32, int64 } from '../schema.ts'

/** Ends a delegation token; API key 40 (KIP-48). */
export const expireDelegationTokenRequest = message(
  { name: 'ExpireDelegationTokenRequest', type: 'request', apiKey: 40, versions: '1-2', flexible: '2+' },
  () => ({
    hmac: bytes(),
    expiryTimePeriodMs: int64(),
  }),
)
export interface ExpireDelegationTokenRequest extends Infer<typeof expireDelegationTokenRequest.fields> {}
export interface ExpireDelegationTokenRequestInput extends Input<typeof expireDelegationTokenRequest.fields> {}

/** Answers ExpireDelegationTokenRequest: when it expires now. */
export const expireDelegationTokenResponse = message(
  { name: 'ExpireDelegationTokenResponse', type: 'response', apiKey: 40, versions: '1-2', flexible: '2+' },
  () => ({
    errorCode: int16(),
    expiryTimestampMs: int64(),
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
  }),
)
export interface ExpireDelegationTokenResponse extends Infer<typeof expireDelegationTokenResponse.fields> {}
export interface ExpireDelegationTokenResponseInput extends Input<typeof expireDelegationTokenResponse.fields> {}
