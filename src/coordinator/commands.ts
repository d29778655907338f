import type {
  ConsumerGroupDescribeResponse,
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
  DeleteGroupsResponse,
  DescribeGroupsResponse,
  ErrorName,
  HeartbeatRequest,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  ListGroupsResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetDeleteRequest,
  OffsetDeleteResponse,
  OffsetFetchResponse,
  SyncGroupRequest,
  SyncGroupResponse,
} from '../wire/index.ts'
import type { AssignEffect, AssignResult, EvaluateRegexesEffect, RegexesResult } from './consumer/index.ts'

/** Who asks: what the coordinator keeps of a connection. */
export interface ClientInfo {
  readonly clientId: string
  /** As Kafka prints it: '/127.0.0.1'. */
  readonly clientHost: string
}

/**
 * Requests in the words of the wire, one group each (handlers split batches: DescribeGroups, OffsetFetch v8+, DeleteGroups) or one shard
 * each (ListGroups). Topics that do not exist were answered by the handler and are not in the command.
 */
export type GroupCommand =
  | {
      readonly type: 'JoinGroup'
      readonly groupId: string
      readonly apiVersion: number
      readonly request: JoinGroupRequest
      readonly client: ClientInfo
    }
  | {
      readonly type: 'SyncGroup'
      readonly groupId: string
      readonly apiVersion: number
      readonly request: SyncGroupRequest
      readonly client: ClientInfo
    }
  | {
      readonly type: 'Heartbeat'
      readonly groupId: string
      readonly apiVersion: number
      readonly request: HeartbeatRequest
      readonly client: ClientInfo
    }
  | {
      readonly type: 'LeaveGroup'
      readonly groupId: string
      readonly apiVersion: number
      readonly request: LeaveGroupRequest
    }
  | {
      readonly type: 'ConsumerGroupHeartbeat'
      readonly groupId: string
      readonly apiVersion: number
      readonly request: ConsumerGroupHeartbeatRequest
      readonly client: ClientInfo
      /** Why the regular expression of the request cannot be compiled; null when it can, or there is none. */
      readonly regexProblem: string | null
    }
  | { readonly type: 'ConsumerGroupDescribe'; readonly groupId: string }
  | {
      readonly type: 'OffsetCommit'
      readonly groupId: string
      readonly apiVersion: number
      readonly request: OffsetCommitRequest
    }
  | {
      readonly type: 'OffsetFetch'
      readonly groupId: string
      readonly memberId: string | null
      readonly memberEpoch: number
      /** null = all topics with a committed offset. */
      readonly topics: readonly OffsetFetchTopic[] | null
      readonly requireStable: boolean
    }
  | { readonly type: 'OffsetDelete'; readonly groupId: string; readonly request: OffsetDeleteRequest }
  | { readonly type: 'DescribeGroup'; readonly groupId: string; readonly apiVersion: number }
  | { readonly type: 'DeleteGroup'; readonly groupId: string }
  | {
      readonly type: 'ListGroups'
      readonly shard: number
      readonly statesFilter: readonly string[]
      readonly typesFilter: readonly string[]
    }

/** The command of one type. */
export type CommandOf<T extends GroupCommand['type']> = Extract<GroupCommand, { readonly type: T }>

export interface OffsetFetchTopic {
  readonly name: string
  /** From version 10 on. An offset of another incarnation of the topic is not shown. Default: the id that the topic has now. */
  readonly topicId?: string | undefined
  readonly partitionIndexes: readonly number[]
}

/** The answer to each type of command, in the words of the wire. Error codes are the numbers of `ErrorCode`. */
export interface GroupResponses {
  JoinGroup: JoinGroupResponse
  SyncGroup: SyncGroupResponse
  Heartbeat: HeartbeatResponse
  LeaveGroup: LeaveGroupResponse
  ConsumerGroupHeartbeat: ConsumerGroupHeartbeatResponse
  ConsumerGroupDescribe: ConsumerGroupDescribeResponse['groups'][number]
  OffsetCommit: OffsetCommitResponse
  OffsetFetch: OffsetFetchResponse['groups'][number]
  OffsetDelete: OffsetDeleteResponse
  DescribeGroup: DescribeGroupsResponse['groups'][number]
  DeleteGroup: DeleteGroupsResponse['results'][number]
  ListGroups: { readonly errorCode: ErrorName; readonly groups: ListGroupsResponse['groups'] }
}
export type GroupResponse = GroupResponses[keyof GroupResponses]

/** Work that is done elsewhere, because it is too long for a step; its result comes back by `resume`. Values, without functions. */
export type Effect = EvaluateRegexesEffect | AssignEffect
export type EffectResult = RegexesResult | AssignResult

/** What the coordinator knows of topics: a read-only image, replaced as a whole by a `metadataChanged` call. */
export interface TopicImage {
  has(topic: string): boolean
  partitionCount(topic: string): number | undefined
  topicId(topic: string): string | undefined
  /** By its id. */
  topicName(topicId: string): string | undefined
  /** Rises with every change of a topic. */
  readonly version: number
  /** The version in which the last new topic came. */
  readonly createdVersion: number
}
