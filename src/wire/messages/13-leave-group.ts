import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

/** Removes members from a classic group at once, without waiting for their sessions; API key 13 (KIP-345, KIP-800). */
export const leaveGroupRequest = message(
  { name: 'LeaveGroupRequest', type: 'request', apiKey: 13, versions: '0-5', flexible: '4+' },
  () => ({
    groupId: string(),
    memberId: string({ versions: '0-2' }),
    members: array(
      {
        memberId: string(),
        groupInstanceId: string({ nullable: '3+', default: null }),
        reason: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
      },
      { versions: '3+' },
    ),
  }),
)
export interface LeaveGroupRequest extends Infer<typeof leaveGroupRequest.fields> {}
export interface LeaveGroupRequestInput extends Input<typeof leaveGroupRequest.fields> {}

/** Answers LeaveGroupRequest: an error code for each member. */
export const leaveGroupResponse = message(
  { name: 'LeaveGroupResponse', type: 'response', apiKey: 13, versions: '0-5', flexible: '4+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
    members: array(
      {
        memberId: string(),
        groupInstanceId: string({ nullable: '3+' }),
        errorCode: int16(),
      },
      { versions: '3+' },
    ),
  }),
)
export interface LeaveGroupResponse extends Infer<typeof leaveGroupResponse.fields> {}
export interface LeaveGroupResponseInput extends Input<typeof leaveGroupResponse.fields> {}
