import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bytes, int16, int32, int64 } from '../schema.ts'

export const renewDelegationTokenRequest = message(
  { name: 'RenewDelegationTokenRequest', type: 'request', apiKey: 39, versions: '1-2', flexible: '2+' },
  {
    hmac: bytes(),
    renewPeriodMs: int64(),
  },
)
export interface RenewDelegationTokenRequest extends Infer<typeof renewDelegationTokenRequest.fields> {}
export interface RenewDelegationTokenRequestInput extends Input<typeof renewDelegationTokenRequest.fields> {}

export const renewDelegationTokenResponse = message(
  { name: 'RenewDelegationTokenResponse', type: 'response', apiKey: 39, versions: '1-2', flexible: '2+' },
  {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32(),
  },
)
export interface RenewDelegationTokenResponse extends Infer<typeof renewDelegationTokenResponse.fields> {}
export interface RenewDelegationTokenResponseInput extends Input<typeof renewDelegationTokenResponse.fields> {}
