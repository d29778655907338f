import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, int64, records, string, struct, uuid } from '../schema.ts'

/** Acquires records for a share group; API key 78 (KIP-932, KIP-1206, KIP-1222). */
export const shareFetchRequest = message(
  { name: 'ShareFetchRequest', type: 'request', apiKey: 78, versions: '1-2', flexible: '0+' },
  () => ({
    groupId: string({ nullable: '0+', default: null }),
    memberId: string({ nullable: '0+' }),
    shareSessionEpoch: int32(),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: 2147483647 }),
    maxRecords: int32(),
    batchSize: int32(),
    shareAcquireMode: int8({ versions: '2+', default: 0, ignorable: true }),
    isRenewAck: bool({ versions: '2+', default: false }),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        partitionMaxBytes: int32({ versions: '0' }),
        acknowledgementBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          acknowledgeTypes: array(int8()),
        }),
      }),
    }),
    forgottenTopicsData: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  }),
)
export interface ShareFetchRequest extends Infer<typeof shareFetchRequest.fields> {}
export interface ShareFetchRequestInput extends Input<typeof shareFetchRequest.fields> {}

/** Answers ShareFetchRequest: batches and which of their records were acquired. */
export const shareFetchResponse = message(
  { name: 'ShareFetchResponse', type: 'response', apiKey: 78, versions: '1-2', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    acquisitionLockTimeoutMs: int32(),
    responses: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        acknowledgeErrorCode: int16(),
        acknowledgeErrorMessage: string({ nullable: '0+', default: null }),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
        }),
        records: records({ nullable: '0' }),
        acquiredRecords: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryCount: int16(),
        }),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: '0+', default: null }),
    }),
  }),
)
export interface ShareFetchResponse extends Infer<typeof shareFetchResponse.fields> {}
export interface ShareFetchResponseInput extends Input<typeof shareFetchResponse.fields> {}
