import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, int64, records, string, struct, uuid } from '../schema.ts'

/** Reads record batches from partitions, waiting for some to arrive; API key 1 (KIP-74, KIP-227, KIP-320, KIP-392, KIP-516, KIP-951, KIP-903, KIP-853, KIP-1166). */
export const fetchRequest = message(
  { name: 'FetchRequest', type: 'request', apiKey: 1, versions: '4-18', flexible: '12+' },
  () => ({
    clusterId: string({ versions: '12+', nullable: '12+', default: null, tag: 0, ignorable: true }),
    /** -1 for consumers. */
    replicaId: int32({ versions: '0-14', default: -1 }),
    replicaState: struct(
      {
        replicaId: int32({ default: -1 }),
        replicaEpoch: int64({ default: -1n }),
      },
      { versions: '15+', tag: 1 },
    ),
    /** How long to wait for minBytes, in ms. */
    maxWaitMs: int32(),
    minBytes: int32(),
    /** Soft limit: the first batch is sent even if it is larger. */
    maxBytes: int32({ default: 2147483647, ignorable: true }),
    /** 0: read uncommitted; 1: read committed. */
    isolationLevel: int8({ default: 0, ignorable: true }),
    /** 0 for no session (KIP-227). */
    sessionId: int32({ versions: '7+', default: 0, ignorable: true }),
    /** -1: no session; 0: a new one; then rising from 1 (KIP-227). */
    sessionEpoch: int32({ versions: '7+', default: -1, ignorable: true }),
    topics: array({
      topic: string({ versions: '0-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array({
        partition: int32(),
        /** -1 when the client does not know it (KIP-320). */
        currentLeaderEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
        fetchOffset: int64(),
        /** Epoch of the last record that the client has; -1 for none (KIP-595). */
        lastFetchedEpoch: int32({ versions: '12+', default: -1 }),
        logStartOffset: int64({ versions: '5+', default: -1n, ignorable: true }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ versions: '17+', tag: 0, ignorable: true }),
        highWatermark: int64({ versions: '18+', default: 9223372036854775807n, tag: 1, ignorable: true }),
      }),
    }),
    /** Partitions to drop from the session (KIP-227). */
    forgottenTopicsData: array(
      {
        topic: string({ versions: '7-12', ignorable: true }),
        topicId: uuid({ versions: '13+', ignorable: true }),
        partitions: array(int32()),
      },
      { versions: '7+' },
    ),
    rackId: string({ versions: '11+', default: '', ignorable: true }),
  }),
)
export interface FetchRequest extends Infer<typeof fetchRequest.fields> {}
export interface FetchRequestInput extends Input<typeof fetchRequest.fields> {}

/** Answers FetchRequest: whole batches from the one that holds the asked offset on; the last may be cut off. */
export const fetchResponse = message(
  { name: 'FetchResponse', type: 'response', apiKey: 1, versions: '4-18', flexible: '12+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16({ versions: '7+', ignorable: true }),
    sessionId: int32({ versions: '7+', default: 0 }),
    responses: array({
      topic: string({ versions: '0-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ default: -1n, ignorable: true }),
        logStartOffset: int64({ versions: '5+', default: -1n, ignorable: true }),
        divergingEpoch: struct(
          {
            epoch: int32({ default: -1 }),
            endOffset: int64({ default: -1n }),
          },
          { versions: '12+', tag: 0 },
        ),
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { versions: '12+', tag: 1 },
        ),
        snapshotId: struct(
          {
            endOffset: int64({ default: -1n }),
            epoch: int32({ default: -1 }),
          },
          { versions: '12+', tag: 2 },
        ),
        /** For read committed only, else null. */
        abortedTransactions: array(
          {
            producerId: int64(),
            firstOffset: int64(),
          },
          { nullable: '4+', ignorable: true },
        ),
        preferredReadReplica: int32({ versions: '11+', default: -1 }),
        /** Whole batches; the last one may be cut off. */
        records: records({ nullable: '0+' }),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: '16+', default: null }),
      },
      { versions: '16+', tag: 0 },
    ),
  }),
)
export interface FetchResponse extends Infer<typeof fetchResponse.fields> {}
export interface FetchResponseInput extends Input<typeof fetchResponse.fields> {}
