import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, string } from '../schema.ts'

/** Announces the SASL mechanism that authenticates the connection; API key 17 (KIP-43, KIP-152). */
export const saslHandshakeRequest = message(
  { name: 'SaslHandshakeRequest', type: 'request', apiKey: 17, versions: '0-1', flexible: 'none' },
  () => ({
    mechanism: string(),
  }),
)
export interface SaslHandshakeRequest extends Infer<typeof saslHandshakeRequest.fields> {}
export interface SaslHandshakeRequestInput extends Input<typeof saslHandshakeRequest.fields> {}

/** Answers SaslHandshakeRequest: whether the broker has it, and which it has. */
export const saslHandshakeResponse = message(
  { name: 'SaslHandshakeResponse', type: 'response', apiKey: 17, versions: '0-1', flexible: 'none' },
  () => ({
    errorCode: int16(),
    mechanisms: array(string()),
  }),
)
export interface SaslHandshakeResponse extends Infer<typeof saslHandshakeResponse.fields> {}
export interface SaslHandshakeResponseInput extends Input<typeof saslHandshakeResponse.fields> {}
