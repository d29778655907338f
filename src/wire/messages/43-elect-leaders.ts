import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, int8, int16, int32, string } from '../schema.ts'

/** Asks for elections of preferred or unclean leaders; API key 43 (KIP-183, KIP-460). */
export const electLeadersRequest = message(
  { name: 'ElectLeadersRequest', type: 'request', apiKey: 43, versions: '0-2', flexible: '2+' },
  () => ({
    electionType: int8({ versions: '1+' }),
    topicPartitions: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: '0+' },
    ),
    timeoutMs: int32({ default: 60000 }),
  }),
)
export interface ElectLeadersRequest extends Infer<typeof electLeadersRequest.fields> {}
export interface ElectLeadersRequestInput extends Input<typeof electLeadersRequest.fields> {}

/** Answers ElectLeadersRequest: what became of each partition. */
export const electLeadersResponse = message(
  { name: 'ElectLeadersResponse', type: 'response', apiKey: 43, versions: '0-2', flexible: '2+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '1+' }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      }),
    }),
  }),
)
export interface ElectLeadersResponse extends Infer<typeof electLeadersResponse.fields> {}
export interface ElectLeadersResponseInput extends Input<typeof electLeadersResponse.fields> {}
