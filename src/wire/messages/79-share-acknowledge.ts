import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, int64, string, struct, uuid } from '../schema.ts'

/** Accepts, releases or rejects acquired records; API key 79 (KIP-932, KIP-1222). */
export const shareAcknowledgeRequest = message(
  { name: 'ShareAcknowledgeRequest', type: 'request', apiKey: 79, versions: '1-2', flexible: '0+' },
  () => ({
    groupId: string({ nullable: '0+', default: null }),
    memberId: string({ nullable: '0+' }),
    shareSessionEpoch: int32(),
    isRenewAck: bool({ versions: '2+', default: false }),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        acknowledgementBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          acknowledgeTypes: array(int8()),
        }),
      }),
    }),
  }),
)
export interface ShareAcknowledgeRequest extends Infer<typeof shareAcknowledgeRequest.fields> {}
export interface ShareAcknowledgeRequestInput extends Input<typeof shareAcknowledgeRequest.fields> {}

/** Answers ShareAcknowledgeRequest: an error code for each partition. */
export const shareAcknowledgeResponse = message(
  { name: 'ShareAcknowledgeResponse', type: 'response', apiKey: 79, versions: '1-2', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    acquisitionLockTimeoutMs: int32({ versions: '2+', ignorable: true }),
    responses: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
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
export interface ShareAcknowledgeResponse extends Infer<typeof shareAcknowledgeResponse.fields> {}
export interface ShareAcknowledgeResponseInput extends Input<typeof shareAcknowledgeResponse.fields> {}
