import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, int64, string } from '../schema.ts'

/** Asks a broker for the transactions that it coordinates; API key 66 (KIP-664, KIP-994, KIP-1152). */
export const listTransactionsRequest = message(
  { name: 'ListTransactionsRequest', type: 'request', apiKey: 66, versions: '0-2', flexible: '0+' },
  () => ({
    stateFilters: array(string()),
    producerIdFilters: array(int64()),
    durationFilter: int64({ versions: '1+', default: -1n }),
    transactionalIdPattern: string({ versions: '2+', nullable: '2+', default: null }),
  }),
)
export interface ListTransactionsRequest extends Infer<typeof listTransactionsRequest.fields> {}
export interface ListTransactionsRequestInput extends Input<typeof listTransactionsRequest.fields> {}

/** Answers ListTransactionsRequest: ids, producers and states. */
export const listTransactionsResponse = message(
  { name: 'ListTransactionsResponse', type: 'response', apiKey: 66, versions: '0-2', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: array(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  }),
)
export interface ListTransactionsResponse extends Infer<typeof listTransactionsResponse.fields> {}
export interface ListTransactionsResponseInput extends Input<typeof listTransactionsResponse.fields> {}
