import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int8, int16, int32, int64, string, struct, uint16 } from '../schema.ts'

const keyValueFields = {
  key: string(),
  value: string(),
}

const topicInfoFields = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(keyValueFields),
}

const endpointFields = {
  host: string(),
  port: uint16(),
}

const taskOffsetFields = {
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
}

const taskIdsFields = {
  subtopologyId: string(),
  partitions: array(int32()),
}

/** Joins, stays in, or leaves a group of Kafka Streams instances; API key 88 (KIP-1071). */
export const streamsGroupHeartbeatRequest = message(
  { name: 'StreamsGroupHeartbeatRequest', type: 'request', apiKey: 88, versions: '0', flexible: '0+' },
  () => ({
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    endpointInformationEpoch: int32(),
    instanceId: string({ nullable: '0+', default: null }),
    rackId: string({ nullable: '0+', default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topology: struct(
      {
        epoch: int32(),
        subtopologies: array({
          subtopologyId: string(),
          sourceTopics: array(string()),
          sourceTopicRegex: array(string()),
          stateChangelogTopics: array(topicInfoFields),
          repartitionSinkTopics: array(string()),
          repartitionSourceTopics: array(topicInfoFields),
          copartitionGroups: array({
            sourceTopics: array(int16()),
            sourceTopicRegex: array(int16()),
            repartitionSourceTopics: array(int16()),
          }),
        }),
      },
      { nullable: '0+', default: null },
    ),
    activeTasks: array(taskIdsFields, { nullable: '0+', default: null }),
    standbyTasks: array(taskIdsFields, { nullable: '0+', default: null }),
    warmupTasks: array(taskIdsFields, { nullable: '0+', default: null }),
    processId: string({ nullable: '0+', default: null }),
    userEndpoint: struct(endpointFields, { nullable: '0+', default: null }),
    clientTags: array(keyValueFields, { nullable: '0+', default: null }),
    taskOffsets: array(taskOffsetFields, { nullable: '0+', default: null }),
    taskEndOffsets: array(taskOffsetFields, { nullable: '0+', default: null }),
    shutdownApplication: bool({ default: false }),
  }),
)
export interface StreamsGroupHeartbeatRequest extends Infer<typeof streamsGroupHeartbeatRequest.fields> {}
export interface StreamsGroupHeartbeatRequestInput extends Input<typeof streamsGroupHeartbeatRequest.fields> {}

const responseStatusFields = {
  statusCode: int8(),
  statusDetail: string(),
}

const responseTopicPartitionFields = {
  topic: string(),
  partitions: array(int32()),
}

const responseTaskIdsFields = {
  subtopologyId: string(),
  partitions: array(int32()),
}

const responseEndpointFields = {
  host: string(),
  port: uint16(),
}

/** Answers StreamsGroupHeartbeatRequest: the member's epoch and, where they changed, its tasks. */
export const streamsGroupHeartbeatResponse = message(
  { name: 'StreamsGroupHeartbeatResponse', type: 'response', apiKey: 88, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    memberId: string(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    acceptableRecoveryLag: int32(),
    taskOffsetIntervalMs: int32(),
    status: array(responseStatusFields, { nullable: '0+' }),
    activeTasks: array(responseTaskIdsFields, { nullable: '0+', default: null }),
    standbyTasks: array(responseTaskIdsFields, { nullable: '0+', default: null }),
    warmupTasks: array(responseTaskIdsFields, { nullable: '0+', default: null }),
    endpointInformationEpoch: int32(),
    partitionsByUserEndpoint: array(
      {
        userEndpoint: struct(responseEndpointFields),
        activePartitions: array(responseTopicPartitionFields),
        standbyPartitions: array(responseTopicPartitionFields),
      },
      { nullable: '0+', default: null },
    ),
  }),
)
export interface StreamsGroupHeartbeatResponse extends Infer<typeof streamsGroupHeartbeatResponse.fields> {}
export interface StreamsGroupHeartbeatResponseInput extends Input<typeof streamsGroupHeartbeatResponse.fields> {}
