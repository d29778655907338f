import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bytes, int8, int16, int32, string } from '../schema.ts'

/** Creates, changes and deletes SCRAM credentials; API key 51 (KIP-554). */
export const alterUserScramCredentialsRequest = message(
  { name: 'AlterUserScramCredentialsRequest', type: 'request', apiKey: 51, versions: '0', flexible: '0+' },
  () => ({
    deletions: array({
      name: string(),
      mechanism: int8(),
    }),
    upsertions: array({
      name: string(),
      mechanism: int8(),
      iterations: int32(),
      salt: bytes(),
      saltedPassword: bytes(),
    }),
  }),
)
export interface AlterUserScramCredentialsRequest extends Infer<typeof alterUserScramCredentialsRequest.fields> {}
export interface AlterUserScramCredentialsRequestInput extends Input<typeof alterUserScramCredentialsRequest.fields> {}

/** Answers AlterUserScramCredentialsRequest: what became of each user. */
export const alterUserScramCredentialsResponse = message(
  { name: 'AlterUserScramCredentialsResponse', type: 'response', apiKey: 51, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
    }),
  }),
)
export interface AlterUserScramCredentialsResponse extends Infer<typeof alterUserScramCredentialsResponse.fields> {}
export interface AlterUserScramCredentialsResponseInput
  extends Input<typeof alterUserScramCredentialsResponse.fields> {}
