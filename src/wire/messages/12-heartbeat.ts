import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int16, int32, string } from '../schema.ts'

/** Renews the session of a member of a classic group; API key 12 (KIP-345). */
export const heartbeatRequest = message(
  { name: 'HeartbeatRequest', type: 'request', apiKey: 12, versions: '0-4', flexible: '4+' },
  () => ({
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
  }),
)
export interface HeartbeatRequest extends Infer<typeof heartbeatRequest.fields> {}
export interface HeartbeatRequestInput extends Input<typeof heartbeatRequest.fields> {}

/** Answers HeartbeatRequest: whether the group still stands as the member believes. */
export const heartbeatResponse = message(
  { name: 'HeartbeatResponse', type: 'response', apiKey: 12, versions: '0-4', flexible: '4+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
  }),
)
export interface HeartbeatResponse extends Infer<typeof heartbeatResponse.fields> {}
export interface HeartbeatResponseInput extends Input<typeof heartbeatResponse.fields> {}
