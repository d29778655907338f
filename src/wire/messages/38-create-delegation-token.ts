import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bytes, int16, int32, int64, string } from '../schema.ts'

/** Creates a delegation token; API key 38 (KIP-48, KIP-373). */
export const createDelegationTokenRequest = message(
  { name: 'CreateDelegationTokenRequest', type: 'request', apiKey: 38, versions: '1-3', flexible: '2+' },
  () => ({
    ownerPrincipalType: string({ versions: '3+', nullable: '3+' }),
    ownerPrincipalName: string({ versions: '3+', nullable: '3+' }),
    renewers: array({
      principalType: string(),
      principalName: string(),
    }),
    maxLifetimeMs: int64(),
  }),
)
export interface CreateDelegationTokenRequest extends Infer<typeof createDelegationTokenRequest.fields> {}
export interface CreateDelegationTokenRequestInput extends Input<typeof createDelegationTokenRequest.fields> {}

/** Answers CreateDelegationTokenRequest: the token. */
export const createDelegationTokenResponse = message(
  { name: 'CreateDelegationTokenResponse', type: 'response', apiKey: 38, versions: '1-3', flexible: '2+' },
  () => ({
    errorCode: int16(),
    principalType: string(),
    principalName: string(),
    tokenRequesterPrincipalType: string({ versions: '3+' }),
    tokenRequesterPrincipalName: string({ versions: '3+' }),
    issueTimestampMs: int64(),
    expiryTimestampMs: int64(),
    maxTimestampMs: int64(),
    tokenId: string(),
    hmac: bytes(),
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
  }),
)
export interface CreateDelegationTokenResponse extends Infer<typeof createDelegationTokenResponse.fields> {}
export interface CreateDelegationTokenResponseInput extends Input<typeof createDelegationTokenResponse.fields> {}
