import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, int64, string } from '../schema.ts'

/** Key: state of one transactional id; record type 0 of __transaction_state (KIP-98, KIP-890). */
export const transactionLogKey = message(
  { name: 'TransactionLogKey', type: 'coordinator-key', apiKey: 0, versions: '0', flexible: 'none' },
  () => ({
    transactionalId: string(),
  }),
)
export interface TransactionLogKey extends Infer<typeof transactionLogKey.fields> {}
export interface TransactionLogKeyInput extends Input<typeof transactionLogKey.fields> {}

/** Value: state of one transactional id; record type 0 of __transaction_state (KIP-98, KIP-890). */
export const transactionLogValue = message(
  { name: 'TransactionLogValue', type: 'coordinator-value', apiKey: 0, versions: '0-1', flexible: '1+' },
  () => ({
    producerId: int64(),
    previousProducerId: int64({ versions: '1+', default: -1n, tag: 0 }),
    nextProducerId: int64({ versions: '1+', default: -1n, tag: 1 }),
    producerEpoch: int16(),
    nextProducerEpoch: int16({ versions: '1+', default: -1, tag: 3 }),
    transactionTimeoutMs: int32(),
    transactionStatus: int8(),
    transactionPartitions: array(
      {
        topic: string(),
        partitionIds: array(int32()),
      },
      { nullable: '0+' },
    ),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(),
    clientTransactionVersion: int16({ versions: '1+', default: 0, tag: 2 }),
  }),
)
export interface TransactionLogValue extends Infer<typeof transactionLogValue.fields> {}
export interface TransactionLogValueInput extends Input<typeof transactionLogValue.fields> {}
