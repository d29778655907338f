import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bytes, int16, int32, int64, string } from '../schema.ts'

/** Asks for delegation tokens by owner; API key 41 (KIP-48, KIP-373). */
export const describeDelegationTokenRequest = message(
  { name: 'DescribeDelegationTokenRequest', type: 'request', apiKey: 41, versions: '1-3', flexible: '2+' },
  () => ({
    owners: array(
      {
        principalType: string(),
        principalName: string(),
      },
      { nullable: '0+' },
    ),
  }),
)
export interface DescribeDelegationTokenRequest extends Infer<typeof describeDelegationTokenRequest.fields> {}
export interface DescribeDelegationTokenRequestInput extends Input<typeof describeDelegationTokenRequest.fields> {}

/** Answers DescribeDelegationTokenRequest: the tokens. */
export const describeDelegationTokenResponse = message(
  { name: 'DescribeDelegationTokenResponse', type: 'response', apiKey: 41, versions: '1-3', flexible: '2+' },
  () => ({
    errorCode: int16(),
    tokens: array({
      principalType: string(),
      principalName: string(),
      tokenRequesterPrincipalType: string({ versions: '3+' }),
      tokenRequesterPrincipalName: string({ versions: '3+' }),
      issueTimestamp: int64(),
      expiryTimestamp: int64(),
      maxTimestamp: int64(),
      tokenId: string(),
      hmac: bytes(),
      renewers: array({
        principalType: string(),
        principalName: string(),
      }),
    }),
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
  }),
)
export interface DescribeDelegationTokenResponse extends Infer<typeof describeDelegationTokenResponse.fields> {}
export interface DescribeDelegationTokenResponseInput extends Input<typeof describeDelegationTokenResponse.fields> {}
