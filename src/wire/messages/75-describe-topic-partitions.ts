import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, string, struct, uuid } from '../schema.ts'

/** Asks for topics page by page; API key 75 (KIP-966). */
export const describeTopicPartitionsRequest = message(
  { name: 'DescribeTopicPartitionsRequest', type: 'request', apiKey: 75, versions: '0', flexible: '0+' },
  () => ({
    topics: array({
      name: string(),
    }),
    responsePartitionLimit: int32({ default: 2000 }),
    cursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: '0+', default: null },
    ),
  }),
)
export interface DescribeTopicPartitionsRequest extends Infer<typeof describeTopicPartitionsRequest.fields> {}
export interface DescribeTopicPartitionsRequestInput extends Input<typeof describeTopicPartitionsRequest.fields> {}

/** Answers DescribeTopicPartitionsRequest: topics, partitions and where to go on. */
export const describeTopicPartitionsResponse = message(
  { name: 'DescribeTopicPartitionsResponse', type: 'response', apiKey: 75, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: '0+' }),
      topicId: uuid({ ignorable: true }),
      isInternal: bool({ default: false, ignorable: true }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ default: -1, ignorable: true }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        eligibleLeaderReplicas: array(int32(), { nullable: '0+', default: null }),
        lastKnownElr: array(int32(), { nullable: '0+', default: null }),
        offlineReplicas: array(int32(), { ignorable: true }),
      }),
      topicAuthorizedOperations: int32({ default: -2147483648 }),
    }),
    nextCursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: '0+', default: null },
    ),
  }),
)
export interface DescribeTopicPartitionsResponse extends Infer<typeof describeTopicPartitionsResponse.fields> {}
export interface DescribeTopicPartitionsResponseInput extends Input<typeof describeTopicPartitionsResponse.fields> {}
