import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, bytes, int16, int32, string } from '../schema.ts'

/** Asks the coordinator to admit the sender to a classic group; API key 11 (KIP-62, KIP-345, KIP-394, KIP-559, KIP-800, KIP-814). */
export const joinGroupRequest = message(
  { name: 'JoinGroupRequest', type: 'request', apiKey: 11, versions: '0-9', flexible: '6+' },
  () => ({
    groupId: string(),
    /** Longest silence after which the coordinator removes the member, in ms. */
    sessionTimeoutMs: int32(),
    /** How long the member may take to rejoin, in ms: max.poll.interval.ms of its client. -1 means the session timeout. */
    rebalanceTimeoutMs: int32({ versions: '1+', default: -1, ignorable: true }),
    /** '' for a new member; the coordinator then names one and asks to join again (KIP-394). */
    memberId: string(),
    /** Name of a static member, which survives restarts (KIP-345). */
    groupInstanceId: string({ versions: '5+', nullable: '5+', default: null }),
    /** 'consumer' for consumers, 'connect' for Connect workers. */
    protocolType: string(),
    /** In the order of preference; the coordinator chooses one that all members have. */
    protocols: array({
      name: string(),
      /** Opaque to the coordinator; a ConsumerProtocolSubscription for consumers. */
      metadata: bytes(),
    }),
    /** Why the member joins, for people (KIP-800). */
    reason: string({ versions: '8+', nullable: '8+', default: null, ignorable: true }),
  }),
)
export interface JoinGroupRequest extends Infer<typeof joinGroupRequest.fields> {}
export interface JoinGroupRequestInput extends Input<typeof joinGroupRequest.fields> {}

/** Answers JoinGroupRequest: the new generation, once all members have joined; the leader also gets the members. */
export const joinGroupResponse = message(
  { name: 'JoinGroupResponse', type: 'response', apiKey: 11, versions: '0-9', flexible: '6+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '2+', ignorable: true }),
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: string({ versions: '7+', nullable: '7+', default: null, ignorable: true }),
    protocolName: string({ nullable: '7+' }),
    leader: string(),
    /** The leader shall not compute an assignment: the group goes on with the one it has (KIP-814). */
    skipAssignment: bool({ versions: '9+', default: false }),
    memberId: string(),
    /** For the leader only; empty for the others. */
    members: array({
      memberId: string(),
      groupInstanceId: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
      metadata: bytes(),
    }),
  }),
)
export interface JoinGroupResponse extends Infer<typeof joinGroupResponse.fields> {}
export interface JoinGroupResponseInput extends Input<typeof joinGroupResponse.fields> {}
