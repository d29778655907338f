import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { int32, int64, string } from '../schema.ts'

export const legacyOffsetCommitKey = message(
  { name: 'LegacyOffsetCommitKey', type: 'coordinator-key', apiKey: 0, versions: '0', flexible: 'none' },
  {
    group: string(),
    topic: string(),
    partition: int32(),
  },
)
export interface LegacyOffsetCommitKey extends Infer<typeof legacyOffsetCommitKey.fields> {}
export interface LegacyOffsetCommitKeyInput extends Input<typeof legacyOffsetCommitKey.fields> {}

export const legacyOffsetCommitValue = message(
  { name: 'LegacyOffsetCommitValue', type: 'coordinator-value', apiKey: 0, versions: '0', flexible: 'none' },
  {
    offset: int64(),
    metadata: string(),
    commitTimestamp: int64(),
  },
)
export interface LegacyOffsetCommitValue extends Infer<typeof legacyOffsetCommitValue.fields> {}
export interface LegacyOffsetCommitValueInput extends Input<typeof legacyOffsetCommitValue.fields> {}
