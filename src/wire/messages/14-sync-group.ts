import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bytes, int16, int32, string } from '../schema.ts'

/** Brings the leader's assignment and asks for the sender's own; API key 14 (KIP-345, KIP-559). */
export const syncGroupRequest = message(
  { name: 'SyncGroupRequest', type: 'request', apiKey: 14, versions: '0-5', flexible: '4+' },
  () => ({
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
    protocolType: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    /** From the leader only; empty from the others. */
    assignments: array({
      memberId: string(),
      /** Opaque to the coordinator; a ConsumerProtocolAssignment for consumers. */
      assignment: bytes(),
    }),
  }),
)
export interface SyncGroupRequest extends Infer<typeof syncGroupRequest.fields> {}
export interface SyncGroupRequestInput extends Input<typeof syncGroupRequest.fields> {}

/** Answers SyncGroupRequest: the sender's part of the assignment. */
export const syncGroupResponse = message(
  { name: 'SyncGroupResponse', type: 'response', apiKey: 14, versions: '0-5', flexible: '4+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
    protocolType: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    assignment: bytes(),
  }),
)
export interface SyncGroupResponse extends Infer<typeof syncGroupResponse.fields> {}
export interface SyncGroupResponseInput extends Input<typeof syncGroupResponse.fields> {}
