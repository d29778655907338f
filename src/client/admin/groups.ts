import type { TopicPartition } from '../../assignor/index.ts'
import { apis, consumerProtocolAssignment, consumerProtocolSubscription, WireError } from '../../wire/index.ts'
import type { Node } from '../cluster/metadata-image.ts'
import { errorOfCode, KafkaError } from '../kafka-error.ts'
import { KafkaItemsError } from '../kafka-items-error.ts'
import { type AdminCallOptions, type AdminContext, byCoordinator, fanOut, outcomeOf, Results } from './fan-out.ts'
import { asShare, asStreams } from './other-groups.ts'

export interface ListGroupsOptions extends AdminCallOptions {
  /** 'Stable', 'Empty', ...: needs Kafka 2.6. */
  readonly states?: readonly string[] | undefined
  /** 'classic', 'consumer', 'share', 'streams': needs Kafka 3.8. */
  readonly types?: readonly string[] | undefined
}

export interface ListedGroup {
  readonly groupId: string
  /** 'consumer', 'connect', ...; '' for a group without members that only has offsets. */
  readonly protocolType: string
  /** As Kafka prints it; undefined before Kafka 2.6. */
  readonly state: string | undefined
  /** undefined before Kafka 3.8. */
  readonly type: string | undefined
}

/** Asks every node for the groups that it coordinates. With `partial`, groups of nodes that do not answer are missing. */
export async function listGroups(
  context: AdminContext,
  { states = [], types = [], ...options }: ListGroupsOptions,
): Promise<readonly ListedGroup[]> {
  const { signal, timeoutMs = context.defaultApiTimeoutMs } = options
  const { nodes } = await context.cluster.refresh('listing groups of all nodes', { signal, timeoutMs })
  const minVersion = types.length > 0 ? 5 : states.length > 0 ? 4 : 0
  const found = await fanOut<number, readonly ListedGroup[]>(
    context,
    {
      what: 'listing groups of nodes',
      items: [...nodes.keys()],
      keyOf: String,
      route: (nodeId) => ({ together: String(nodeId), target: { nodeId } }),
      async ask({ target, items, options: callOptions }) {
        const body = (version: number) => ({
          ...(version >= 4 ? { statesFilter: states } : {}),
          ...(version >= 5 ? { typesFilter: types } : {}),
        })
        const { body: answer, version } = await context.cluster.call(target, apis.ListGroups, body, {
          ...callOptions,
          minVersion,
        })
        const listed = answer.groups.map(({ groupId, protocolType, groupState, groupType }) => {
          const state = version >= 4 ? groupState : undefined
          return { groupId, protocolType, state, type: version >= 5 ? groupType.toLowerCase() : undefined }
        })
        return new Map([[String(items[0]!), outcomeOf(answer.errorCode, () => listed)]])
      },
    },
    options,
  )
  const byId = new Map([...found.values()].flat().map((group) => [group.groupId, group]))
  return [...byId.values()]
}

export interface GroupMemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly rackId: string | null
  /** KIP-848; undefined for classic groups. */
  readonly memberEpoch: number | undefined
  /** By which protocol it takes part; undefined where the broker does not tell (before Kafka 4.0). */
  readonly memberType: 'classic' | 'consumer' | undefined
  readonly subscribedTopics: readonly string[]
  /** KIP-848. */
  readonly subscribedTopicRegex: string | null
  /** What it owns; of a Kafka Streams member, the source partitions of its active tasks. Members of a share group may have the same partition. */
  readonly assignment: readonly TopicPartition[]
  /** KIP-848: what it shall own when others have given it up; undefined for classic groups. */
  readonly targetAssignment: readonly TopicPartition[] | undefined
}

export interface GroupDescription {
  readonly groupId: string
  readonly type: 'classic' | 'consumer' | 'share' | 'streams'
  /** 'consumer', 'share', 'streams'; of a classic group what its members say, '' where it has none. */
  readonly protocolType: string
  /** As Kafka prints it: 'Stable', 'Empty', 'PreparingRebalance', 'Assigning', 'Reconciling', ... */
  readonly state: string
  /** The assignor: of the clients (classic) or of the broker; '' while there is none. */
  readonly assignor: string
  /** KIP-848; undefined for classic groups. */
  readonly groupEpoch: number | undefined
  readonly assignmentEpoch: number | undefined
  readonly coordinator: Node
  readonly members: readonly GroupMemberDescription[]
}

/** How a group is described. The first two know nearly all groups. */
const ways: readonly ((context: AdminContext, part: GroupPart) => Promise<ReadonlyMap<string, Described>>)[] = [
  asConsumer,
  asClassic,
  asShare,
  asStreams,
]
type Described = GroupDescription | KafkaError

/**
 * Groups of all types, each by the API that knows it: what is asked by the wrong one looks dead. One that does not exist fails with
 * GROUP_ID_NOT_FOUND, also where an old broker would call it Dead.
 */
export async function describeGroups(
  context: AdminContext,
  groupIds: readonly string[],
  options: AdminCallOptions,
): Promise<Results<GroupDescription>> {
  const found = new Map<string, GroupDescription>()
  const failures = new Map<string, KafkaError>()
  let items = groupIds
  for (const ask of ways) {
    if (items.length === 0) break
    const part = await fanOut<string, GroupDescription>(
      context,
      {
        what: 'describing groups',
        items,
        ...byCoordinator<string>(context, String),
        ask: (one) => ask(context, one),
      },
      { ...options, partial: true },
    )
    for (const [groupId, description] of part) {
      found.set(groupId, description)
      failures.delete(groupId)
    }
    for (const [groupId, error] of part.failures) {
      const before = failures.get(groupId)
      // The first that knows no such group says most; an API that is not there says nothing.
      if (!isElsewhere(error) || before === undefined || before.code === 'UNSUPPORTED_VERSION')
        failures.set(groupId, error)
    }
    items = [...part.failures].filter(([, error]) => isElsewhere(error)).map(([groupId]) => groupId)
  }
  const values = groupIds.flatMap((groupId): [string, GroupDescription][] => {
    const value = found.get(groupId)
    return value === undefined ? [] : [[groupId, value]]
  })
  if (failures.size > 0 && options.partial !== true)
    throw new KafkaItemsError('describing groups', failures, new Map(values))
  return new Results(values, failures)
}

/** Another API may know it. */
function isElsewhere({ code }: KafkaError): boolean {
  return code === 'GROUP_ID_NOT_FOUND' || code === 'UNSUPPORTED_VERSION'
}

export type GroupPart = Parameters<Parameters<typeof fanOut<string, GroupDescription>>[1]['ask']>[0]

async function asConsumer(
  { cluster }: AdminContext,
  { target, items, options }: GroupPart,
): Promise<ReadonlyMap<string, GroupDescription | KafkaError>> {
  const body = { groupIds: items, includeAuthorizedOperations: false }
  const { body: answer } = await cluster.call(target, apis.ConsumerGroupDescribe, body, options)
  const coordinator = await cluster.coordinator('group', items[0]!, options)
  return new Map(
    answer.groups.map((group) => {
      const description = (): GroupDescription => ({
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
      })
      return [group.groupId, outcomeOf(group.errorCode, description, group.errorMessage)]
    }),
  )
}

async function asClassic(
  { cluster }: AdminContext,
  { target, items, options }: GroupPart,
): Promise<ReadonlyMap<string, GroupDescription | KafkaError>> {
  const { body: answer } = await cluster.call(target, apis.DescribeGroups, { groups: items }, options)
  const coordinator = await cluster.coordinator('group', items[0]!, options)
  return new Map(
    answer.groups.map((group): [string, GroupDescription | KafkaError] => {
      const error = errorOfCode(group.errorCode, { brokerMessage: group.errorMessage })
      if (error !== undefined) return [group.groupId, error]
      if (group.groupState === 'Dead') return [group.groupId, new KafkaError('GROUP_ID_NOT_FOUND')]
      const isConsumer = group.protocolType === 'consumer'
      const description: GroupDescription = {
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
      return [group.groupId, description]
    }),
  )
}

export function deleteGroups(
  context: AdminContext,
  groupIds: readonly string[],
  options: AdminCallOptions,
): Promise<Results<true>> {
  return fanOut<string, true>(
    context,
    {
      what: 'deleting groups',
      items: groupIds,
      ...byCoordinator<string>(context, String),
      async ask({ target, items, options: callOptions }) {
        const { body } = await context.cluster.call(target, apis.DeleteGroups, { groupsNames: items }, callOptions)
        return new Map(
          body.results.map(({ groupId, errorCode }) => [groupId, outcomeOf(errorCode, () => true as const)]),
        )
      },
    },
    options,
  )
}

/** A member by its member id, or a static one by its instance id. */
export type MemberToRemove = { readonly memberId: string } | { readonly groupInstanceId: string }

export interface RemoveMembersOptions extends AdminCallOptions {
  /** For the broker's log and timeline (KIP-800). */
  readonly reason?: string | undefined
}

/** Puts members out of their group; those that live join again, unless they are stopped. */
export async function removeMembers(
  context: AdminContext,
  groupId: string,
  members: readonly MemberToRemove[] | 'all',
  { reason = 'removed by an admin client', ...options }: RemoveMembersOptions,
): Promise<Results<true>> {
  const removed =
    members === 'all'
      ? (await describeGroups(context, [groupId], { ...options, partial: false })).get(groupId)!.members.map(identityOf)
      : members
  return fanOut<MemberToRemove, true>(
    context,
    {
      what: `removing members of ${groupId}`,
      items: removed,
      ...byCoordinator<MemberToRemove>(context, () => groupId),
      keyOf: nameOf,
      async ask({ target, items, options: callOptions }) {
        const leaving = items.map((member) => ({
          memberId: 'memberId' in member ? member.memberId : '',
          groupInstanceId: 'groupInstanceId' in member ? member.groupInstanceId : null,
          reason,
        }))
        const body = { groupId, members: leaving }
        const { body: answer } = await context.cluster.call(target, apis.LeaveGroup, body, {
          ...callOptions,
          minVersion: 3,
        })
        const error = errorOfCode(answer.errorCode)
        if (error !== undefined) throw error
        return new Map(
          answer.members.map(({ memberId, groupInstanceId, errorCode }) => {
            return [groupInstanceId ?? memberId, outcomeOf(errorCode, () => true as const)]
          }),
        )
      },
    },
    options,
  )
}

function identityOf({ memberId, groupInstanceId }: GroupMemberDescription): MemberToRemove {
  return groupInstanceId === null ? { memberId } : { groupInstanceId }
}

function nameOf(member: MemberToRemove): string {
  return 'memberId' in member ? member.memberId : member.groupInstanceId
}

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
