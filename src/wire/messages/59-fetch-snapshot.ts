import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, records, string, struct, uint16, uuid } from '../schema.ts'

/** Reads a piece of a Raft snapshot; API key 59 (KIP-630, KIP-853). */
export const fetchSnapshotRequest = message(
  { name: 'FetchSnapshotRequest', type: 'request', apiKey: 59, versions: '0-1', flexible: '0+' },
  () => ({
    clusterId: string({ nullable: '0+', default: null, tag: 0 }),
    replicaId: int32({ default: -1 }),
    maxBytes: int32({ default: 2147483647 }),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32(),
        snapshotId: struct({
          endOffset: int64(),
          epoch: int32(),
        }),
        position: int64(),
        replicaDirectoryId: uuid({ versions: '1+', tag: 0, ignorable: true }),
      }),
    }),
  }),
)
export interface FetchSnapshotRequest extends Infer<typeof fetchSnapshotRequest.fields> {}
export interface FetchSnapshotRequestInput extends Input<typeof fetchSnapshotRequest.fields> {}

/** Answers FetchSnapshotRequest: the piece. */
export const fetchSnapshotResponse = message(
  { name: 'FetchSnapshotResponse', type: 'response', apiKey: 59, versions: '0-1', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16(),
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        snapshotId: struct({
          endOffset: int64(),
          epoch: int32(),
        }),
        currentLeader: struct(
          {
            leaderId: int32(),
            leaderEpoch: int32(),
          },
          { tag: 0 },
        ),
        size: int64(),
        position: int64(),
        unalignedRecords: records(),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: uint16(),
      },
      { versions: '1+', tag: 0 },
    ),
  }),
)
export interface FetchSnapshotResponse extends Infer<typeof fetchSnapshotResponse.fields> {}
export interface FetchSnapshotResponseInput extends Input<typeof fetchSnapshotResponse.fields> {}
