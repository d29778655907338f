import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { bytes, int16, int64, string } from '../schema.ts'

/** Carries the bytes of a SASL exchange; API key 36 (KIP-152, KIP-368). */
export const saslAuthenticateRequest = message(
  { name: 'SaslAuthenticateRequest', type: 'request', apiKey: 36, versions: '0-2', flexible: '2+' },
  () => ({
    authBytes: bytes(),
  }),
)
export interface SaslAuthenticateRequest extends Infer<typeof saslAuthenticateRequest.fields> {}
export interface SaslAuthenticateRequestInput extends Input<typeof saslAuthenticateRequest.fields> {}

/** Answers SaslAuthenticateRequest: the server's bytes, and how long the session lasts. */
export const saslAuthenticateResponse = message(
  { name: 'SaslAuthenticateResponse', type: 'response', apiKey: 36, versions: '0-2', flexible: '2+' },
  () => ({
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ versions: '1+', default: 0n, ignorable: true }),
  }),
)
export interface SaslAuthenticateResponse extends Infer<typeof saslAuthenticateResponse.fields> {}
export interface SaslAuthenticateResponseInput extends Input<typeof saslAuthenticateResponse.fields> {}
