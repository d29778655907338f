import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int32, int64, string } from '../schema.ts'

/** Key: position of a group as brokers before 0.9 wrote it; record type 0. Read, never written. */
export const legacyOffsetCommitKey = message(
  { name: 'LegacyOffsetCommitKey', type: 'coordinator-key', apiKey: 0, versions: '0', flexible: 'none' },
  () => ({
    group: string(),
    topic: string(),
    partition: int32(),
  }),
)
export interface LegacyOffsetCommitKey extends Infer<typeof legacyOffsetCommitKey.fields> {}
export interface LegacyOffsetCommitKeyInput extends Input<typeof legacyOffsetCommitKey.fields> {}

/** Value: position of a group as brokers before 0.9 wrote it; record type 0. Read, never written. */
export const legacyOffsetCommitValue = message(
  { name: 'LegacyOffsetCommitValue', type: 'coordinator-value', apiKey: 0, versions: '0', flexible: 'none' },
  () => ({
    offset: int64(),
    metadata: string(),
    commitTimestamp: int64(),
  }),
)
export interface LegacyOffsetCommitValue extends Infer<typeof legacyOffsetCommitValue.fields> {}
export interface LegacyOffsetCommitValueInput extends Input<typeof legacyOffsetCommitValue.fields> {}
