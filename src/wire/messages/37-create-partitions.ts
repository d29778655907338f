import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, string } from '../schema.ts'

/** Adds partitions to topics; API key 37 (KIP-195). */
export const createPartitionsRequest = message(
  { name: 'CreatePartitionsRequest', type: 'request', apiKey: 37, versions: '0-3', flexible: '2+' },
  () => ({
    topics: array({
      name: string(),
      count: int32(),
      assignments: array(
        {
          brokerIds: array(int32()),
        },
        { nullable: '0+' },
      ),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  }),
)
export interface CreatePartitionsRequest extends Infer<typeof createPartitionsRequest.fields> {}
export interface CreatePartitionsRequestInput extends Input<typeof createPartitionsRequest.fields> {}

/** Answers CreatePartitionsRequest: what became of each topic. */
export const createPartitionsResponse = message(
  { name: 'CreatePartitionsResponse', type: 'response', apiKey: 37, versions: '0-3', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  }),
)
export interface CreatePartitionsResponse extends Infer<typeof createPartitionsResponse.fields> {}
export interface CreatePartitionsResponseInput extends Input<typeof createPartitionsResponse.fields> {}
