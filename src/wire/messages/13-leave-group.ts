import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string } from '../schema.ts'

export const leaveGroupRequest = message(
  { name: 'LeaveGroupRequest', type: 'request', apiKey: 13, versions: '0-5', flexible: '4+' },
  {
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
  },
)
export interface LeaveGroupRequest extends Infer<typeof leaveGroupRequest.fields> {}
export interface LeaveGroupRequestInput extends Input<typeof leaveGroupRequest.fields> {}

export const leaveGroupResponse = message(
  { name: 'LeaveGroupResponse', type: 'response', apiKey: 13, versions: '0-5', flexible: '4+' },
  {
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
  },
)
export interface LeaveGroupResponse extends Infer<typeof leaveGroupResponse.fields> {}
export interface LeaveGroupResponseInput extends Input<typeof leaveGroupResponse.fields> {}
