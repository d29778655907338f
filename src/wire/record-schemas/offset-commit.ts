import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int32, int64, string, uuid } from '../schema.ts'

/** Key: position of a group in one partition; record type 1 of __consumer_offsets. */
export const offsetCommitKey = message(
  { name: 'OffsetCommitKey', type: 'coordinator-key', apiKey: 1, versions: '0', flexible: 'none' },
  () => ({
    group: string(),
    topic: string(),
    partition: int32(),
  }),
)
export interface OffsetCommitKey extends Infer<typeof offsetCommitKey.fields> {}
export interface OffsetCommitKeyInput extends Input<typeof offsetCommitKey.fields> {}

/** Value: position of a group in one partition; record type 1 of __consumer_offsets. */
export const offsetCommitValue = message(
  { name: 'OffsetCommitValue', type: 'coordinator-value', apiKey: 1, versions: '0-4', flexible: '4+' },
  () => ({
    offset: int64(),
    leaderEpoch: int32({ versions: '3+', default: -1, ignorable: true }),
    metadata: string(),
    commitTimestamp: int64(),
    /** -1 unless the client asked for a retention of its own. */
    expireTimestamp: int64({ versions: '1', default: -1n, ignorable: true }),
    topicId: uuid({ versions: '4+', tag: 0, ignorable: true }),
  }),
)
export interface OffsetCommitValue extends Infer<typeof offsetCommitValue.fields> {}
export interface OffsetCommitValueInput extends Input<typeof offsetCommitValue.fields> {}
