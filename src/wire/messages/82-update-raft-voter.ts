import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string, struct, uint16, uuid } from '../schema.ts'

/** Updates the addresses and versions of a Raft voter; API key 82 (KIP-853). */
export const updateRaftVoterRequest = message(
  { name: 'UpdateRaftVoterRequest', type: 'request', apiKey: 82, versions: '0', flexible: '0+' },
  () => ({
    clusterId: string({ nullable: '0+' }),
    currentLeaderEpoch: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
    }),
    kRaftVersionFeature: struct({
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  }),
)
export interface UpdateRaftVoterRequest extends Infer<typeof updateRaftVoterRequest.fields> {}
export interface UpdateRaftVoterRequestInput extends Input<typeof updateRaftVoterRequest.fields> {}

/** Answers UpdateRaftVoterRequest: an error code. */
export const updateRaftVoterResponse = message(
  { name: 'UpdateRaftVoterResponse', type: 'response', apiKey: 82, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    currentLeader: struct(
      {
        leaderId: int32({ default: -1 }),
        leaderEpoch: int32({ default: -1 }),
        host: string(),
        port: int32(),
      },
      { tag: 0 },
    ),
  }),
)
export interface UpdateRaftVoterResponse extends Infer<typeof updateRaftVoterResponse.fields> {}
export interface UpdateRaftVoterResponseInput extends Input<typeof updateRaftVoterResponse.fields> {}
