import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bytes, int32, int64, string } from '../schema.ts'

/** Key: members, generation and assignment of a classic group; record type 2 of __consumer_offsets. */
export const groupMetadataKey = message(
  { name: 'GroupMetadataKey', type: 'coordinator-key', apiKey: 2, versions: '0', flexible: 'none' },
  () => ({
    group: string(),
  }),
)
export interface GroupMetadataKey extends Infer<typeof groupMetadataKey.fields> {}
export interface GroupMetadataKeyInput extends Input<typeof groupMetadataKey.fields> {}

const memberMetadataFields = {
  memberId: string(),
  groupInstanceId: string({ versions: '3+', nullable: '3+', default: null, ignorable: true }),
  clientId: string(),
  clientHost: string(),
  rebalanceTimeout: int32({ versions: '1+', default: -1, ignorable: true }),
  sessionTimeout: int32(),
  subscription: bytes(),
  assignment: bytes(),
}

/** Value: members, generation and assignment of a classic group; record type 2 of __consumer_offsets. */
export const groupMetadataValue = message(
  { name: 'GroupMetadataValue', type: 'coordinator-value', apiKey: 2, versions: '0-4', flexible: '4+' },
  () => ({
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: '0+' }),
    leader: string({ nullable: '0+' }),
    /** When the group entered its state, in ms; offsets of an empty group expire from then on (KIP-211). */
    currentStateTimestamp: int64({ versions: '2+', default: -1n, ignorable: true }),
    members: array(memberMetadataFields),
  }),
)
export interface GroupMetadataValue extends Infer<typeof groupMetadataValue.fields> {}
export interface GroupMetadataValueInput extends Input<typeof groupMetadataValue.fields> {}
