import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, records, string, struct, uuid } from '../schema.ts'

/** Appends record batches to partitions; API key 0 (KIP-98, KIP-467, KIP-951, KIP-516). */
export const produceRequest = message(
  { name: 'ProduceRequest', type: 'request', apiKey: 0, versions: '3-13', flexible: '9+' },
  () => ({
    transactionalId: string({ nullable: '3+', default: null }),
    /** 0: no answer at all; 1: when the leader has it; -1: when it is durable. */
    acks: int16(),
    /** How long the broker may wait for acks, in ms. */
    timeoutMs: int32(),
    topicData: array({
      name: string({ versions: '0-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitionData: array({
        index: int32(),
        /** Exactly one batch of magic 2. */
        records: records({ nullable: '0+' }),
      }),
    }),
  }),
)
export interface ProduceRequest extends Infer<typeof produceRequest.fields> {}
export interface ProduceRequestInput extends Input<typeof produceRequest.fields> {}

/** Answers ProduceRequest: where each batch was appended, or why not. */
export const produceResponse = message(
  { name: 'ProduceResponse', type: 'response', apiKey: 0, versions: '3-13', flexible: '9+' },
  () => ({
    responses: array({
      name: string({ versions: '0-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        /** Append time where the topic has LogAppendTime, else -1. */
        logAppendTimeMs: int64({ default: -1n, ignorable: true }),
        logStartOffset: int64({ versions: '5+', default: -1n, ignorable: true }),
        recordErrors: array(
          {
            batchIndex: int32(),
            batchIndexErrorMessage: string({ nullable: '8+', default: null }),
          },
          { versions: '8+', ignorable: true },
        ),
        errorMessage: string({ versions: '8+', nullable: '8+', default: null, ignorable: true }),
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { versions: '10+', tag: 0 },
        ),
      }),
    }),
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ default: 0, ignorable: true }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: '10+', default: null }),
      },
      { versions: '10+', tag: 0 },
    ),
  }),
)
export interface ProduceResponse extends Infer<typeof produceResponse.fields> {}
export interface ProduceResponseInput extends Input<typeof produceResponse.fields> {}
