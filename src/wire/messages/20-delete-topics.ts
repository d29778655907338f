import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int16, int32, string, uuid } from '../schema.ts'

/** Deletes topics, by name or id; API key 20 (KIP-4, KIP-516, KIP-599). */
export const deleteTopicsRequest = message(
  { name: 'DeleteTopicsRequest', type: 'request', apiKey: 20, versions: '1-6', flexible: '4+' },
  () => ({
    topics: array(
      {
        name: string({ nullable: '6+', default: null }),
        topicId: uuid(),
      },
      { versions: '6+' },
    ),
    topicNames: array(string(), { versions: '0-5', ignorable: true }),
    timeoutMs: int32(),
  }),
)
export interface DeleteTopicsRequest extends Infer<typeof deleteTopicsRequest.fields> {}
export interface DeleteTopicsRequestInput extends Input<typeof deleteTopicsRequest.fields> {}

/** Answers DeleteTopicsRequest: what became of each topic. */
export const deleteTopicsResponse = message(
  { name: 'DeleteTopicsResponse', type: 'response', apiKey: 20, versions: '1-6', flexible: '4+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ ignorable: true }),
    responses: array({
      name: string({ nullable: '6+' }),
      topicId: uuid({ versions: '6+', ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    }),
  }),
)
export interface DeleteTopicsResponse extends Infer<typeof deleteTopicsResponse.fields> {}
export interface DeleteTopicsResponseInput extends Input<typeof deleteTopicsResponse.fields> {}
