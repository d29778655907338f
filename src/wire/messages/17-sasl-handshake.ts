import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, string } from '../schema.ts'

export const saslHandshakeRequest = message(
  { name: 'SaslHandshakeRequest', type: 'request', apiKey: 17, versions: '0-1', flexible: 'none' },
  {
    mechanism: string(),
  },
)
export interface SaslHandshakeRequest extends Infer<typeof saslHandshakeRequest.fields> {}
export interface SaslHandshakeRequestInput extends Input<typeof saslHandshakeRequest.fields> {}

export const saslHandshakeResponse = message(
  { name: 'SaslHandshakeResponse', type: 'response', apiKey: 17, versions: '0-1', flexible: 'none' },
  {
    errorCode: int16(),
    mechanisms: array(string()),
  },
)
export interface SaslHandshakeResponse extends Infer<typeof saslHandshakeResponse.fields> {}
export interface SaslHandshakeResponseInput extends Input<typeof saslHandshakeResponse.fields> {}
