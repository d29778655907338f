import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, string } from '../schema.ts'

/** Asks which SCRAM credentials users have; API key 50 (KIP-554). */
export const describeUserScramCredentialsRequest = message(
  { name: 'DescribeUserScramCredentialsRequest', type: 'request', apiKey: 50, versions: '0', flexible: '0+' },
  () => ({
    users: array(
      {
        name: string(),
      },
      { nullable: '0+' },
    ),
  }),
)
export interface DescribeUserScramCredentialsRequest extends Infer<typeof describeUserScramCredentialsRequest.fields> {}
export interface DescribeUserScramCredentialsRequestInput
  extends Input<typeof describeUserScramCredentialsRequest.fields> {}

/** Answers DescribeUserScramCredentialsRequest: mechanisms and iterations, never the secrets. */
export const describeUserScramCredentialsResponse = message(
  { name: 'DescribeUserScramCredentialsResponse', type: 'response', apiKey: 50, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      credentialInfos: array({
        mechanism: int8(),
        iterations: int32(),
      }),
    }),
  }),
)
export interface DescribeUserScramCredentialsResponse
  extends Infer<typeof describeUserScramCredentialsResponse.fields> {}
export interface DescribeUserScramCredentialsResponseInput
  extends Input<typeof describeUserScramCredentialsResponse.fields> {}
