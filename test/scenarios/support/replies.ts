import type {
  ConsumerGroupDescribeResponse,
  ConsumerGroupHeartbeatResponse,
  DeleteGroupsResponse,
  DescribeGroupsResponse,
  HeartbeatResponse,
  JoinGroupResponse,
  LeaveGroupResponse,
  ListGroupsResponse,
  OffsetCommitResponse,
  OffsetDeleteResponse,
  OffsetFetchResponse,
  SyncGroupResponse,
} from '../../../src/wire/index.ts'
import { consumerProtocolAssignment, consumerProtocolSubscription, errorName } from '../../../src/wire/index.ts'

/** A response in a line: what a client could see of it. Lists whose order means nothing are sorted, after `alias` has named the ids. */
export function renderReply(api: string, version: number, body: unknown, alias: (text: string) => string): string {
  return alias(`${api} ${describe(api, version, body, alias)}`)
}

function describe(api: string, version: number, body: unknown, alias: (text: string) => string): string {
  switch (api) {
    case 'JoinGroup':
      return join(version, body as JoinGroupResponse, alias)
    case 'SyncGroup': {
      const { errorCode, protocolType, protocolName, assignment } = body as SyncGroupResponse
      if (errorCode !== 0) return words(errorName(errorCode), assignment.length > 0 && quoted(assignment))
      const protocol = version >= 5 && `type=${protocolType} protocol=${protocolName}`
      return words('NONE', protocol, assignmentText(assignment, alias))
    }
    case 'Heartbeat':
      return errorName((body as HeartbeatResponse).errorCode)
    case 'LeaveGroup': {
      const { errorCode, members } = body as LeaveGroupResponse
      const each = members.map(
        (member) =>
          `${member.memberId}${member.groupInstanceId === null ? '' : `/${member.groupInstanceId}`}:${errorName(member.errorCode)}`,
      )
      return words(errorName(errorCode), version >= 3 && `[${each.join(', ')}]`)
    }
    case 'ConsumerGroupHeartbeat': {
      const { errorCode, errorMessage, memberId, memberEpoch, assignment } = body as ConsumerGroupHeartbeatResponse
      if (errorCode !== 0) return words(errorName(errorCode), errorMessage !== null && `"${errorMessage}"`)
      const given = assignment !== null && partitionList(assignment.topicPartitions, alias)
      return words('NONE', `member=${memberId}`, `epoch=${memberEpoch}`, given)
    }
    case 'ConsumerGroupDescribe':
      return (body as ConsumerGroupDescribeResponse).groups
        .map((group) => consumerGroup(version, group, alias))
        .join('; ')
    case 'OffsetCommit':
      return partitionErrors((body as OffsetCommitResponse).topics)
    case 'OffsetFetch':
      return fetched(version, body as OffsetFetchResponse)
    case 'OffsetDelete': {
      const { errorCode, topics } = body as OffsetDeleteResponse
      return words(errorName(errorCode), topics.length > 0 && partitionErrors(topics))
    }
    case 'DescribeGroups':
      return (body as DescribeGroupsResponse).groups.map((group) => described(version, group, alias)).join('; ')
    case 'DeleteGroups':
      return (body as DeleteGroupsResponse).results
        .map(({ groupId, errorCode }) => `${groupId}:${errorName(errorCode)}`)
        .join(', ')
    case 'ListGroups': {
      const { errorCode, groups } = body as ListGroupsResponse
      const each = groups.map(({ groupId, protocolType, groupState, groupType }) =>
        words(`${groupId}`, `type=${protocolType}`, version >= 4 && groupState, version >= 5 && groupType),
      )
      return words(errorName(errorCode), `[${each.map(alias).sort().join(', ')}]`)
    }
    default:
      throw new Error(`transcripts have no ${api}`)
  }
}

function join(version: number, response: JoinGroupResponse, alias: (text: string) => string): string {
  const { errorCode, generationId, protocolType, protocolName, leader, memberId, members, skipAssignment } = response
  const list = members.map((member) =>
    alias(
      words(
        member.memberId,
        member.groupInstanceId !== null && `instance=${member.groupInstanceId}`,
        subscription(member.metadata),
      ),
    ),
  )
  return words(
    errorName(errorCode),
    generationId !== -1 && `gen=${generationId}`,
    version >= 7 && protocolType !== null && `type=${protocolType}`,
    protocolName !== null && protocolName !== '' && `protocol=${protocolName}`,
    leader !== '' && `leader=${leader}`,
    `member=${memberId}`,
    skipAssignment && 'skip-assignment',
    list.length > 0 && `members=[${list.sort().join(', ')}]`,
  )
}

function described(
  version: number,
  group: DescribeGroupsResponse['groups'][number],
  alias: (text: string) => string,
): string {
  const members = group.members.map((member) =>
    alias(
      words(
        member.memberId,
        member.groupInstanceId !== null && `instance=${member.groupInstanceId}`,
        `client=${member.clientId}`,
        `host=${member.clientHost}`,
        member.memberMetadata.length > 0 && subscription(member.memberMetadata),
        member.memberAssignment.length > 0 && assignmentText(member.memberAssignment, alias),
      ),
    ),
  )
  return words(
    `${group.groupId}:${errorName(group.errorCode)}`,
    version >= 6 && group.errorMessage !== null && `"${group.errorMessage}"`,
    group.groupState,
    group.protocolType !== '' && `type=${group.protocolType}`,
    group.protocolData !== '' && `protocol=${group.protocolData}`,
    `[${members.sort().join(', ')}]`,
  )
}

function consumerGroup(
  version: number,
  group: ConsumerGroupDescribeResponse['groups'][number],
  alias: (text: string) => string,
): string {
  const members = group.members.map((member) =>
    alias(
      words(
        member.memberId,
        `epoch=${member.memberEpoch}`,
        member.instanceId !== null && `instance=${member.instanceId}`,
        member.rackId !== null && `rack=${member.rackId}`,
        `client=${member.clientId}`,
        `(${member.subscribedTopicNames.map(alias).sort().join(' ')})`,
        member.subscribedTopicRegex !== null &&
          member.subscribedTopicRegex !== '' &&
          `regex=${member.subscribedTopicRegex}`,
        partitionList(member.assignment.topicPartitions, alias),
        `target=${partitionList(member.targetAssignment.topicPartitions, alias)}`,
        version >= 1 && (member.memberType === 0 ? 'classic' : 'consumer'),
      ),
    ),
  )
  return words(
    `${group.groupId}:${errorName(group.errorCode)}`,
    group.errorMessage !== null && `"${group.errorMessage}"`,
    group.groupState !== '' && group.groupState,
    `epoch=${group.groupEpoch}`,
    `assigned=${group.assignmentEpoch}`,
    group.assignorName !== '' && `assignor=${group.assignorName}`,
    `[${members.sort().join(', ')}]`,
  )
}

export function partitionList(
  topics: readonly { readonly topicId: string; readonly partitions: readonly number[] }[],
  alias: (text: string) => string,
): string {
  const each = topics.map(
    ({ topicId, partitions }) => `${alias(topicId)}-${[...partitions].sort((a, b) => a - b).join('+')}`,
  )
  return `[${each.sort().join(' ')}]`
}

function fetched(version: number, response: OffsetFetchResponse): string {
  const group = version >= 8 ? response.groups[0]! : response
  const offsets = group.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode }) =>
      words(
        `${name}-${partitionIndex}:${committedOffset}`,
        committedLeaderEpoch !== -1 && `epoch=${committedLeaderEpoch}`,
        metadata !== '' && `(${metadata})`,
        errorCode !== 0 && errorName(errorCode),
      ),
    ),
  )
  return words(errorName(group.errorCode), `[${offsets.sort().join(', ')}]`)
}

function partitionErrors(
  topics: readonly { name: string; partitions: readonly { partitionIndex: number; errorCode: number }[] }[],
): string {
  return topics
    .flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => `${name}-${partitionIndex}:${errorName(errorCode)}`),
    )
    .sort()
    .join(', ')
}

/** Topics where the bytes are a consumer's subscription, else the bytes. */
export function subscription(metadata: Buffer): string {
  if (metadata.length < 6 || metadata.readInt16BE(0) !== 0) return quoted(metadata)
  const { topics, userData } = consumerProtocolSubscription.decodePrefix(metadata.subarray(2), 0)
  return `(${topics.join(' ')}${userData === null ? '' : `|${userData}`})`
}

/** Partitions where the bytes are a consumer's assignment, else the bytes. */
function assignmentText(bytes: Buffer, alias: (text: string) => string): string {
  if (bytes.length < 6 || bytes.readInt16BE(0) !== 0) return quoted(bytes)
  const { assignedPartitions } = consumerProtocolAssignment.decode(bytes.subarray(2), 0)
  return partitionList(
    assignedPartitions.map(({ topic, partitions }) => ({ topicId: topic, partitions })),
    alias,
  )
}

function quoted(bytes: Buffer): string {
  return `'${bytes.toString()}'`
}

function words(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join(' ')
}
