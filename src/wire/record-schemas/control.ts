import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string, struct, uint16, uuid } from '../schema.ts'

/** Value of a COMMIT or ABORT control record, without its two bytes of version (KIP-98). */
export const endTxnMarker = message({ name: 'EndTxnMarker', type: 'data', versions: '0', flexible: 'none' }, () => ({
  coordinatorEpoch: int32(),
}))
export interface EndTxnMarker extends Infer<typeof endTxnMarker.fields> {}
export interface EndTxnMarkerInput extends Input<typeof endTxnMarker.fields> {}

/** Control record with the level of kraft.version (KIP-853). */
export const kRaftVersionRecord = message(
  { name: 'KRaftVersionRecord', type: 'data', versions: '0', flexible: '0+' },
  () => ({
    version: int16(),
    kRaftVersion: int16(),
  }),
)
export interface KRaftVersionRecord extends Infer<typeof kRaftVersionRecord.fields> {}
export interface KRaftVersionRecordInput extends Input<typeof kRaftVersionRecord.fields> {}

const voterFields = {
  voterId: int32(),
  voterDirectoryId: uuid({ versions: '1+' }),
}

/** Value of the control record with which a Raft leader begins (KIP-595). */
export const leaderChangeMessage = message(
  { name: 'LeaderChangeMessage', type: 'data', versions: '0-1', flexible: '0+' },
  () => ({
    version: int16(),
    leaderId: int32(),
    voters: array(voterFields),
    grantingVoters: array(voterFields),
  }),
)
export interface LeaderChangeMessage extends Infer<typeof leaderChangeMessage.fields> {}
export interface LeaderChangeMessageInput extends Input<typeof leaderChangeMessage.fields> {}

/** Last control record of a Raft snapshot (KIP-630). */
export const snapshotFooterRecord = message(
  { name: 'SnapshotFooterRecord', type: 'data', versions: '0', flexible: '0+' },
  () => ({
    version: int16(),
  }),
)
export interface SnapshotFooterRecord extends Infer<typeof snapshotFooterRecord.fields> {}
export interface SnapshotFooterRecordInput extends Input<typeof snapshotFooterRecord.fields> {}

/** First control record of a Raft snapshot (KIP-630). */
export const snapshotHeaderRecord = message(
  { name: 'SnapshotHeaderRecord', type: 'data', versions: '0', flexible: '0+' },
  () => ({
    version: int16(),
    lastContainedLogTimestamp: int64(),
  }),
)
export interface SnapshotHeaderRecord extends Infer<typeof snapshotHeaderRecord.fields> {}
export interface SnapshotHeaderRecordInput extends Input<typeof snapshotHeaderRecord.fields> {}

/** Control record with the voters of the Raft quorum (KIP-853). */
export const votersRecord = message({ name: 'VotersRecord', type: 'data', versions: '0', flexible: '0+' }, () => ({
  version: int16(),
  voters: array({
    voterId: int32(),
    voterDirectoryId: uuid(),
    endpoints: array({
      name: string(),
      host: string(),
      port: uint16(),
    }),
    kRaftVersionFeature: struct({
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  }),
}))
export interface VotersRecord extends Infer<typeof votersRecord.fields> {}
export interface VotersRecordInput extends Input<typeof votersRecord.fields> {}
