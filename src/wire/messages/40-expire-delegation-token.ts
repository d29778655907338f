import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bytes, int16, int32, int64 } from '../schema.ts'

export const expireDelegationTokenRequest = message(
  { name: 'ExpireDelegationTokenRequest', type: 'request', apiKey: 40, versions: '1-2', flexible: '2+' },
  {
    hmac: bytes(),
    expiryTimePeriodMs: int64(),
  },
)
export interface ExpireDelegationTokenRequest extends Infer<typeof expireDelegationTokenRequest.fields> {}
export interface ExpireDelegationTokenRequestInput extends Input<typeof expireDelegationTokenRequest.fields> {}

export const expireDelegationTokenResponse = message(
  { name: 'ExpireDelegationTokenResponse', type: 'response', apiKey: 40, versions: '1-2', flexible: '2+' },
  {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32(),
  },
)
export interface ExpireDelegationTokenResponse extends Infer<typeof expireDelegationTokenResponse.fields> {}
export interface ExpireDelegationTokenResponseInput extends Input<typeof expireDelegationTokenResponse.fields> {}
