import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, int64, uuid } from '../schema.ts'

/** Changes the in-sync replicas of partitions; from leaders to the controller; API key 56 (KIP-497, KIP-841, KIP-903). */
export const alterPartitionRequest = message(
  { name: 'AlterPartitionRequest', type: 'request', apiKey: 56, versions: '2-3', flexible: '0+' },
  () => ({
    brokerId: int32(),
    brokerEpoch: int64({ default: -1n }),
    topics: array({
      topicId: uuid({ ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        leaderEpoch: int32(),
        newIsr: array(int32(), { versions: '0-2' }),
        newIsrWithEpochs: array(
          {
            brokerId: int32(),
            brokerEpoch: int64({ default: -1n }),
          },
          { versions: '3+' },
        ),
        leaderRecoveryState: int8({ default: 0 }),
        partitionEpoch: int32(),
      }),
    }),
  }),
)
export interface AlterPartitionRequest extends Infer<typeof alterPartitionRequest.fields> {}
export interface AlterPartitionRequestInput extends Input<typeof alterPartitionRequest.fields> {}

/** Answers AlterPartitionRequest: the state of each partition. */
export const alterPartitionResponse = message(
  { name: 'AlterPartitionResponse', type: 'response', apiKey: 56, versions: '2-3', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array({
      topicId: uuid({ ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        isr: array(int32()),
        leaderRecoveryState: int8({ default: 0, ignorable: true }),
        partitionEpoch: int32(),
      }),
    }),
  }),
)
export interface AlterPartitionResponse extends Infer<typeof alterPartitionResponse.fields> {}
export interface AlterPartitionResponseInput extends Input<typeof alterPartitionResponse.fields> {}
