import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, int64, string } from '../schema.ts'

const addPartitionsToTxnTopicFields = {
  name: string(),
  partitions: array(int32()),
}

/** Adds partitions to a transaction, or asks whether they are in it; API key 24 (KIP-98, KIP-890). */
export const addPartitionsToTxnRequest = message(
  { name: 'AddPartitionsToTxnRequest', type: 'request', apiKey: 24, versions: '0-5', flexible: '3+' },
  () => ({
    transactions: array(
      {
        transactionalId: string(),
        producerId: int64(),
        producerEpoch: int16(),
        verifyOnly: bool({ default: false }),
        topics: array(addPartitionsToTxnTopicFields),
      },
      { versions: '4+' },
    ),
    v3AndBelowTransactionalId: string({ versions: '0-3' }),
    v3AndBelowProducerId: int64({ versions: '0-3' }),
    v3AndBelowProducerEpoch: int16({ versions: '0-3' }),
    v3AndBelowTopics: array(addPartitionsToTxnTopicFields, { versions: '0-3' }),
  }),
)
export interface AddPartitionsToTxnRequest extends Infer<typeof addPartitionsToTxnRequest.fields> {}
export interface AddPartitionsToTxnRequestInput extends Input<typeof addPartitionsToTxnRequest.fields> {}

const responseAddPartitionsToTxnPartitionResultFields = {
  partitionIndex: int32(),
  partitionErrorCode: int16(),
}

const responseAddPartitionsToTxnTopicResultFields = {
  name: string(),
  resultsByPartition: array(responseAddPartitionsToTxnPartitionResultFields),
}

/** Answers AddPartitionsToTxnRequest: an error code for each partition. */
export const addPartitionsToTxnResponse = message(
  { name: 'AddPartitionsToTxnResponse', type: 'response', apiKey: 24, versions: '0-5', flexible: '3+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '4+', ignorable: true }),
    resultsByTransaction: array(
      {
        transactionalId: string(),
        topicResults: array(responseAddPartitionsToTxnTopicResultFields),
      },
      { versions: '4+' },
    ),
    resultsByTopicV3AndBelow: array(responseAddPartitionsToTxnTopicResultFields, { versions: '0-3' }),
  }),
)
export interface AddPartitionsToTxnResponse extends Infer<typeof addPartitionsToTxnResponse.fields> {}
export interface AddPartitionsToTxnResponseInput extends Input<typeof addPartitionsToTxnResponse.fields> {}
