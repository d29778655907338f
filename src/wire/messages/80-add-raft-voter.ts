import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, string, uint16, uuid } from '../schema.ts'

/** Adds a voter to the Raft quorum; API key 80 (KIP-853, KIP-1186). */
export const addRaftVoterRequest = message(
  { name: 'AddRaftVoterRequest', type: 'request', apiKey: 80, versions: '0-1', flexible: '0+' },
  () => ({
    clusterId: string({ nullable: '0+' }),
    timeoutMs: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
    }),
    ackWhenCommitted: bool({ versions: '1+', default: true }),
  }),
)
export interface AddRaftVoterRequest extends Infer<typeof addRaftVoterRequest.fields> {}
export interface AddRaftVoterRequestInput extends Input<typeof addRaftVoterRequest.fields> {}

/** Answers AddRaftVoterRequest: an error code. */
export const addRaftVoterResponse = message(
  { name: 'AddRaftVoterResponse', type: 'response', apiKey: 80, versions: '0-1', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', ignorable: true }),
  }),
)
export interface AddRaftVoterResponse extends Infer<typeof addRaftVoterResponse.fields> {}
export interface AddRaftVoterResponseInput extends Input<typeof addRaftVoterResponse.fields> {}
