import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, int64, string, struct, uint16 } from '../schema.ts'

/** Asks for the state and members of streams groups; API key 89 (KIP-1071). */
export const streamsGroupDescribeRequest = message(
  { name: 'StreamsGroupDescribeRequest', type: 'request', apiKey: 89, versions: '0', flexible: '0+' },
  () => ({
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  }),
)
export interface StreamsGroupDescribeRequest extends Infer<typeof streamsGroupDescribeRequest.fields> {}
export interface StreamsGroupDescribeRequestInput extends Input<typeof streamsGroupDescribeRequest.fields> {}

const responseEndpointFields = {
  host: string(),
  port: uint16(),
}

const responseTaskOffsetFields = {
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
}

const responseTaskIdsFields = {
  subtopologyId: string(),
  partitions: array(int32()),
}

const responseAssignmentFields = {
  activeTasks: array(responseTaskIdsFields),
  standbyTasks: array(responseTaskIdsFields),
  warmupTasks: array(responseTaskIdsFields),
}

const responseKeyValueFields = {
  key: string(),
  value: string(),
}

const responseTopicInfoFields = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(responseKeyValueFields),
}

/** Answers StreamsGroupDescribeRequest: each group, as its coordinator sees it. */
export const streamsGroupDescribeResponse = message(
  { name: 'StreamsGroupDescribeResponse', type: 'response', apiKey: 89, versions: '0', flexible: '0+' },
  () => ({
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      topology: struct(
        {
          epoch: int32(),
          subtopologies: array(
            {
              subtopologyId: string(),
              sourceTopics: array(string()),
              repartitionSinkTopics: array(string()),
              stateChangelogTopics: array(responseTopicInfoFields),
              repartitionSourceTopics: array(responseTopicInfoFields),
            },
            { nullable: '0+', default: null },
          ),
        },
        { nullable: '0+', default: null },
      ),
      members: array({
        memberId: string(),
        memberEpoch: int32(),
        instanceId: string({ nullable: '0+', default: null }),
        rackId: string({ nullable: '0+', default: null }),
        clientId: string(),
        clientHost: string(),
        topologyEpoch: int32(),
        processId: string(),
        userEndpoint: struct(responseEndpointFields, { nullable: '0+', default: null }),
        clientTags: array(responseKeyValueFields),
        taskOffsets: array(responseTaskOffsetFields),
        taskEndOffsets: array(responseTaskOffsetFields),
        assignment: struct(responseAssignmentFields),
        targetAssignment: struct(responseAssignmentFields),
        isClassic: bool(),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  }),
)
export interface StreamsGroupDescribeResponse extends Infer<typeof streamsGroupDescribeResponse.fields> {}
export interface StreamsGroupDescribeResponseInput extends Input<typeof streamsGroupDescribeResponse.fields> {}
