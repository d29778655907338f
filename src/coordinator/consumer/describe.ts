import type { TopicPartitions } from '../../assignor/index.ts'
import type { TopicImage } from '../commands.ts'
import type { GroupContext } from '../group.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { consumerDescribeError, type DescribedConsumerGroup } from './errors.ts'
import { assignorOf } from './target-assignment.ts'

type DescribedPartitions = DescribedConsumerGroup['members'][number]['assignment']

const CLASSIC_MEMBER = 0
const CONSUMER_MEMBER = 1

export function describeConsumerGroup(group: ConsumerGroup, context: GroupContext): DescribedConsumerGroup {
  const { topics } = context
  return {
    ...consumerDescribeError(group.groupId, 'NONE', null),
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: group.preferredAssignor() ?? assignorOf(group, context),
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: member.memberEpoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: [...member.subscribedTopicNames],
      subscribedTopicRegex: member.subscribedTopicRegex,
      assignment: described(member.assigned, topics),
      targetAssignment: described(group.targetOf(member.memberId), topics),
      memberType: member.classic === null ? CONSUMER_MEMBER : CLASSIC_MEMBER,
    })),
  }
}

/** Topics that exist. */
function described(partitions: TopicPartitions, topics: TopicImage): DescribedPartitions {
  return {
    topicPartitions: [...partitions].flatMap(([topicId, numbers]) => {
      const topicName = topics.topicName(topicId)
      return topicName === undefined ? [] : [{ topicId, topicName, partitions: [...numbers] }]
    }),
  }
}
