import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int16, int32, string, uuid } from '../schema.ts'

/** Removes a voter from the Raft quorum; API key 81 (KIP-853). */
export const removeRaftVoterRequest = message(
  { name: 'RemoveRaftVoterRequest', type: 'request', apiKey: 81, versions: '0', flexible: '0+' },
  () => ({
    clusterId: string({ nullable: '0+' }),
    voterId: int32(),
    voterDirectoryId: uuid(),
  }),
)
export interface RemoveRaftVoterRequest extends Infer<typeof removeRaftVoterRequest.fields> {}
export interface RemoveRaftVoterRequestInput extends Input<typeof removeRaftVoterRequest.fields> {}

/** Answers RemoveRaftVoterRequest: an error code. */
export const removeRaftVoterResponse = message(
  { name: 'RemoveRaftVoterResponse', type: 'response', apiKey: 81, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', ignorable: true }),
  }),
)
export interface RemoveRaftVoterResponse extends Infer<typeof removeRaftVoterResponse.fields> {}
export interface RemoveRaftVoterResponseInput extends Input<typeof removeRaftVoterResponse.fields> {}
