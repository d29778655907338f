import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, int64, string, uuid } from '../schema.ts'

/** Key: whole state of a share partition; record type 0 of __share_group_state (KIP-932). */
export const shareSnapshotKey = message(
  { name: 'ShareSnapshotKey', type: 'coordinator-key', apiKey: 0, versions: '0', flexible: 'none' },
  () => ({
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  }),
)
export interface ShareSnapshotKey extends Infer<typeof shareSnapshotKey.fields> {}
export interface ShareSnapshotKeyInput extends Input<typeof shareSnapshotKey.fields> {}

/** Value: whole state of a share partition; record type 0 of __share_group_state (KIP-932). */
export const shareSnapshotValue = message(
  { name: 'ShareSnapshotValue', type: 'coordinator-value', apiKey: 0, versions: '0', flexible: '0+' },
  () => ({
    snapshotEpoch: int32(),
    stateEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32({ default: -1, tag: 0 }),
    createTimestamp: int64(),
    writeTimestamp: int64(),
    stateBatches: array({
      firstOffset: int64(),
      lastOffset: int64(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  }),
)
export interface ShareSnapshotValue extends Infer<typeof shareSnapshotValue.fields> {}
export interface ShareSnapshotValueInput extends Input<typeof shareSnapshotValue.fields> {}
