import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, int64, string, uuid } from '../schema.ts'

/** Key: change of the state of a share partition since its snapshot; record type 1 of __share_group_state (KIP-932). */
export const shareUpdateKey = message(
  { name: 'ShareUpdateKey', type: 'coordinator-key', apiKey: 1, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  }),
)
export interface ShareUpdateKey extends Infer<typeof shareUpdateKey.fields> {}
export interface ShareUpdateKeyInput extends Input<typeof shareUpdateKey.fields> {}

/** Value: change of the state of a share partition since its snapshot; record type 1 of __share_group_state (KIP-932). */
export const shareUpdateValue = message(
  { name: 'ShareUpdateValue', type: 'coordinator-value', apiKey: 1, versions: '0', flexible: '0+' },
  () => ({
    snapshotEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32({ default: -1, tag: 0 }),
    stateBatches: array({
      firstOffset: int64(),
      lastOffset: int64(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  }),
)
export interface ShareUpdateValue extends Infer<typeof shareUpdateValue.fields> {}
export interface ShareUpdateValueInput extends Input<typeof shareUpdateValue.fields> {}
