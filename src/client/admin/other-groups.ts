import type { TopicPartition } from '../../assignor/index.ts'
import { apis, type StreamsGroupDescribeResponse } from '../../wire/index.ts'
import type { KafkaError } from '../kafka-error.ts'
import { type AdminCallOptions, type AdminContext, byCoordinator, fanOut, outcomeOf, type Results } from './fan-out.ts'
import type { GroupDescription, GroupPart } from './groups.ts'

// Groups that are none of consumers: share groups (KIP-932), and those of Kafka Streams (KIP-1071).

export async function asShare(
  { cluster }: AdminContext,
  { target, items, options }: GroupPart,
): Promise<ReadonlyMap<string, GroupDescription | KafkaError>> {
  const body = { groupIds: items, includeAuthorizedOperations: false }
  const { body: answer } = await cluster.call(target, apis.ShareGroupDescribe, body, options)
  const coordinator = await cluster.coordinator('group', items[0]!, options)
  return new Map(
    answer.groups.map((group) => {
      const description = (): GroupDescription => ({
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
          assignment: member.assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
            partitions.map((partition) => ({ topic: topicName, partition })),
          ),
          targetAssignment: undefined,
        })),
      })
      return [group.groupId, outcomeOf(group.errorCode, description, group.errorMessage)]
    }),
  )
}

export async function asStreams(
  { cluster }: AdminContext,
  { target, items, options }: GroupPart,
): Promise<ReadonlyMap<string, GroupDescription | KafkaError>> {
  const body = { groupIds: items, includeAuthorizedOperations: false }
  const { body: answer } = await cluster.call(target, apis.StreamsGroupDescribe, body, options)
  const coordinator = await cluster.coordinator('group', items[0]!, options)
  return new Map(
    answer.groups.map((group) => {
      const topics = sourceTopics(group.topology?.subtopologies ?? [])
      const description = (): GroupDescription => ({
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
      })
      return [group.groupId, outcomeOf(group.errorCode, description, group.errorMessage)]
    }),
  )
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

/** Where a share group is in a partition. */
export interface ShareGroupOffset extends TopicPartition {
  /** The first record that is not done with; undefined where nobody has read the partition yet. */
  readonly startOffset: bigint | undefined
  /** Records that are not done with; undefined before Kafka 4.2, and where the broker does not know. */
  readonly lag: bigint | undefined
}

export function listShareGroupOffsets(
  context: AdminContext,
  groupIds: readonly string[],
  options: AdminCallOptions,
): Promise<Results<readonly ShareGroupOffset[]>> {
  return fanOut<string, readonly ShareGroupOffset[]>(
    context,
    {
      what: 'listing offsets of share groups',
      items: groupIds,
      ...byCoordinator<string>(context, String),
      async ask({ target, items, options: callOptions }) {
        const groups = items.map((groupId) => ({ groupId, topics: null }))
        const { body } = await context.cluster.call(target, apis.DescribeShareGroupOffsets, { groups }, callOptions)
        return new Map(
          body.groups.map(({ groupId, topics, errorCode, errorMessage }) => {
            const offsets = () =>
              topics.flatMap(({ topicName, partitions }) =>
                partitions.map(({ partitionIndex, startOffset, lag }) => ({
                  topic: topicName,
                  partition: partitionIndex,
                  startOffset: startOffset < 0n ? undefined : startOffset,
                  lag: lag < 0n ? undefined : lag,
                })),
              )
            return [groupId, outcomeOf(errorCode, offsets, errorMessage)]
          }),
        )
      },
    },
    options,
  )
}
