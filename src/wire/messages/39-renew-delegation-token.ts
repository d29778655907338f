import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bytes, int16, int32, int64 } from '../schema.ts'

/** Prolongs a delegation token; API key 39 (KIP-48). */
export const renewDelegationTokenRequest = message(
  { name: 'RenewDelegationTokenRequest', type: 'request', apiKey: 39, versions: '1-2', flexible: '2+' },
  () => ({
    hmac: bytes(),
    renewPeriodMs: int64(),
  }),
)
export interface RenewDelegationTokenRequest extends Infer<typeof renewDelegationTokenRequest.fields> {}
export interface RenewDelegationTokenRequestInput extends Input<typeof renewDelegationTokenRequest.fields> {}

/** Answers RenewDelegationTokenRequest: when it expires now. */
export const renewDelegationTokenResponse = message(
  { name: 'RenewDelegationTokenResponse', type: 'response', apiKey: 39, versions: '1-2', flexible: '2+' },
  () => ({
    errorCode: int16(),
    expiryTimestampMs: int64(),
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
  }),
)
export interface RenewDelegationTokenResponse extends Infer<typeof renewDelegationTokenResponse.fields> {}
export interface RenewDelegationTokenResponseInput extends Input<typeof renewDelegationTokenResponse.fields> {}
