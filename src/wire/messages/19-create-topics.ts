import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, string, uuid } from '../schema.ts'

/** Creates topics; API key 19 (KIP-4, KIP-464, KIP-525, KIP-516, KIP-599). */
export const createTopicsRequest = message(
  { name: 'CreateTopicsRequest', type: 'request', apiKey: 19, versions: '2-7', flexible: '5+' },
  () => ({
    topics: array({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({
        partitionIndex: int32(),
        brokerIds: array(int32()),
      }),
      configs: array({
        name: string(),
        value: string({ nullable: '0+' }),
      }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: bool({ default: false }),
  }),
)
export interface CreateTopicsRequest extends Infer<typeof createTopicsRequest.fields> {}
export interface CreateTopicsRequestInput extends Input<typeof createTopicsRequest.fields> {}

/** Answers CreateTopicsRequest: what became of each topic. */
export const createTopicsResponse = message(
  { name: 'CreateTopicsResponse', type: 'response', apiKey: 19, versions: '2-7', flexible: '5+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      name: string(),
      topicId: uuid({ versions: '7+', ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', ignorable: true }),
      topicConfigErrorCode: int16({ versions: '5+', tag: 0, ignorable: true }),
      numPartitions: int32({ versions: '5+', default: -1, ignorable: true }),
      replicationFactor: int16({ versions: '5+', default: -1, ignorable: true }),
      configs: array(
        {
          name: string(),
          value: string({ nullable: '5+' }),
          readOnly: bool(),
          configSource: int8({ default: -1, ignorable: true }),
          isSensitive: bool(),
        },
        { versions: '5+', nullable: '5+', ignorable: true },
      ),
    }),
  }),
)
export interface CreateTopicsResponse extends Infer<typeof createTopicsResponse.fields> {}
export interface CreateTopicsResponseInput extends Input<typeof createTopicsResponse.fields> {}
