import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, string } from '../schema.ts'

/** Asks which broker coordinates groups (type 0), transactions (1) or share state (2); API key 10 (KIP-98, KIP-699, KIP-932). */
export const findCoordinatorRequest = message(
  { name: 'FindCoordinatorRequest', type: 'request', apiKey: 10, versions: '0-6', flexible: '3+' },
  () => ({
    key: string({ versions: '0-3' }),
    keyType: int8({ versions: '1+', default: 0 }),
    coordinatorKeys: array(string(), { versions: '4+' }),
  }),
)
export interface FindCoordinatorRequest extends Infer<typeof findCoordinatorRequest.fields> {}
export interface FindCoordinatorRequestInput extends Input<typeof findCoordinatorRequest.fields> {}

/** Answers FindCoordinatorRequest: the coordinator of each key. */
export const findCoordinatorResponse = message(
  { name: 'FindCoordinatorResponse', type: 'response', apiKey: 10, versions: '0-6', flexible: '3+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16({ versions: '0-3' }),
    errorMessage: string({ versions: '1-3', nullable: '1-3', ignorable: true }),
    nodeId: int32({ versions: '0-3' }),
    host: string({ versions: '0-3' }),
    port: int32({ versions: '0-3' }),
    coordinators: array(
      {
        key: string(),
        nodeId: int32(),
        host: string(),
        port: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '4+', ignorable: true }),
      },
      { versions: '4+' },
    ),
  }),
)
export interface FindCoordinatorResponse extends Infer<typeof findCoordinatorResponse.fields> {}
export interface FindCoordinatorResponseInput extends Input<typeof findCoordinatorResponse.fields> {}
