import type { TopicPartition } from '../../assignor/index.ts'
import {
  apis,
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  type StreamsGroupDescribeResponse,
  WireError,
} from '../../wire/index.ts'
import type { Node } from '../cluster/metadata-image.ts'
import { KafkaError } from '../kafka-error.ts'
import { type AdminContext, outcomeOf, type Part } from './fan-out.ts'
import type { GroupDescription } from './group-description.ts'

// Each type of group has an API of its own that describes it: consumer groups (KIP-848), classic ones, share groups (KIP-932), those of Kafka Streams (KIP-1071).

/** Asks a coordinator for some of its groups by one API; the outcome of each by its id. */
export type DescribeWay = (
  context: AdminContext,
  part: Part<string>,
) => Promise<ReadonlyMap<string, GroupDescription | KafkaError>>

/** What the answers of all four have. */
interface AnsweredGroup {
  readonly groupId: string
  readonly errorCode: number
  readonly errorMessage: string | null
}

function describeBy<Group extends AnsweredGroup>(
  ask: (
    cluster: AdminContext['cluster'],
    part: Part<string>,
  ) => Promise<{ readonly body: { readonly groups: readonly Group[] } }>,
  describe: (group: Group, coordinator: Node) => GroupDescription | KafkaError,
): DescribeWay {
  return async ({ cluster }, part) => {
    const { body } = await ask(cluster, part)
    const coordinator = await cluster.coordinator('group', part.items[0]!, part.options)
    return new Map(
      body.groups.map((group) => {
        const { groupId, errorCode, errorMessage } = group
        return [groupId, outcomeOf(errorCode, () => describe(group, coordinator), errorMessage)]
      }),
    )
  }
}

export const asConsumer = describeBy(
  (cluster, { target, items, options }) =>
    cluster.call(target, apis.ConsumerGroupDescribe, { groupIds: items, includeAuthorizedOperations: false }, options),
  (group, coordinator) => {
    return {
      groupId: group.groupId,
      type: 'consumer',
      protocolType: 'consumer',
      state: group.groupState,
      assignor: group.assignorName,
      groupEpoch: group.groupEpoch,
      assignmentEpoch: group.assignmentEpoch,
      coordinator,
      members: group.members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        host: member.clientHost,
        rackId: member.rackId,
        memberEpoch: member.memberEpoch,
        memberType: member.memberType < 0 ? undefined : member.memberType === 0 ? 'classic' : 'consumer',
        subscribedTopics: member.subscribedTopicNames,
        subscribedTopicRegex: member.subscribedTopicRegex === '' ? null : member.subscribedTopicRegex,
        assignment: partitionsOf(member.assignment.topicPartitions),
        targetAssignment: partitionsOf(member.targetAssignment.topicPartitions),
      })),
    }
  },
)

export const asClassic = describeBy(
  (cluster, { target, items, options }) => cluster.call(target, apis.DescribeGroups, { groups: items }, options),
  (group, coordinator) => {
    if (group.groupState === 'Dead') return new KafkaError('GROUP_ID_NOT_FOUND')
    const isConsumer = group.protocolType === 'consumer'
    return {
      groupId: group.groupId,
      type: 'classic',
      protocolType: group.protocolType,
      state: group.groupState,
      assignor: group.protocolData,
      groupEpoch: undefined,
      assignmentEpoch: undefined,
      coordinator,
      members: group.members.map((member) => {
        const { topics, rackId } = subscriptionOf(isConsumer, member.memberMetadata)
        return {
          memberId: member.memberId,
          groupInstanceId: member.groupInstanceId,
          clientId: member.clientId,
          host: member.clientHost,
          rackId,
          memberEpoch: undefined,
          memberType: 'classic',
          subscribedTopics: topics,
          subscribedTopicRegex: null,
          assignment: assignmentOf(isConsumer, member.memberAssignment),
          targetAssignment: undefined,
        }
      }),
    }
  },
)

export const asShare = describeBy(
  (cluster, { target, items, options }) =>
    cluster.call(target, apis.ShareGroupDescribe, { groupIds: items, includeAuthorizedOperations: false }, options),
  (group, coordinator) => {
    return {
      groupId: group.groupId,
      type: 'share',
      protocolType: 'share',
      state: group.groupState,
      assignor: group.assignorName,
      groupEpoch: group.groupEpoch,
      assignmentEpoch: group.assignmentEpoch,
      coordinator,
      members: group.members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: null,
        clientId: member.clientId,
        host: member.clientHost,
        rackId: member.rackId,
        memberEpoch: member.memberEpoch,
        memberType: undefined,
        subscribedTopics: member.subscribedTopicNames,
        subscribedTopicRegex: null,
        assignment: partitionsOf(member.assignment.topicPartitions),
        targetAssignment: undefined,
      })),
    }
  },
)

export const asStreams = describeBy(
  (cluster, { target, items, options }) =>
    cluster.call(target, apis.StreamsGroupDescribe, { groupIds: items, includeAuthorizedOperations: false }, options),
  (group, coordinator) => {
    const topics = sourceTopics(group.topology?.subtopologies ?? [])
    return {
      groupId: group.groupId,
      type: 'streams',
      protocolType: 'streams',
      state: group.groupState,
      assignor: '',
      groupEpoch: group.groupEpoch,
      assignmentEpoch: group.assignmentEpoch,
      coordinator,
      members: group.members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        host: member.clientHost,
        rackId: member.rackId,
        memberEpoch: member.memberEpoch,
        memberType: undefined,
        subscribedTopics: [...new Set([...topics.values()].flat())],
        subscribedTopicRegex: null,
        assignment: partitionsOfTasks(member.assignment.activeTasks, topics),
        targetAssignment: partitionsOfTasks(member.targetAssignment.activeTasks, topics),
      })),
    }
  },
)

function partitionsOf(topics: readonly { readonly topicName: string; readonly partitions: readonly number[] }[]) {
  return topics.flatMap(({ topicName, partitions }) => partitions.map((partition) => ({ topic: topicName, partition })))
}

/** Nothing where members do not speak the consumer's protocol. */
function subscriptionOf(
  isConsumer: boolean,
  metadata: Buffer,
): { readonly topics: readonly string[]; readonly rackId: string | null } {
  const none: { readonly topics: readonly string[]; readonly rackId: string | null } = { topics: [], rackId: null }
  if (!isConsumer || metadata.length < 2) return none
  return tolerant(none, () => {
    const version = Math.min(metadata.readInt16BE(0), consumerProtocolSubscription.highestVersion)
    return consumerProtocolSubscription.decodePrefix(metadata.subarray(2), version)
  })
}

function assignmentOf(isConsumer: boolean, assignment: Buffer): readonly TopicPartition[] {
  if (!isConsumer || assignment.length < 2) return []
  return tolerant([], () => {
    const { assignedPartitions } = consumerProtocolAssignment.decodePrefix(assignment.subarray(2), 0)
    return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
  })
}

function tolerant<T>(fallback: T, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (error instanceof WireError) return fallback
    throw error
  }
}

type StreamsGroup = StreamsGroupDescribeResponse['groups'][number]

/** What the tasks of a subtopology read, by its id. */
function sourceTopics(
  subtopologies: NonNullable<NonNullable<StreamsGroup['topology']>['subtopologies']>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    subtopologies.map(({ subtopologyId, sourceTopics: own, repartitionSourceTopics }) => {
      return [subtopologyId, [...own, ...repartitionSourceTopics.map(({ name }) => name)]]
    }),
  )
}

/** Task 0_3 reads partition 3 of each topic that its subtopology reads. Topics with fewer partitions are in the list too. */
function partitionsOfTasks(
  tasks: StreamsGroup['members'][number]['assignment']['activeTasks'],
  topics: ReadonlyMap<string, readonly string[]>,
): readonly TopicPartition[] {
  return tasks.flatMap(({ subtopologyId, partitions }) =>
    partitions.flatMap((partition) => (topics.get(subtopologyId) ?? []).map((topic) => ({ topic, partition }))),
  )
}
