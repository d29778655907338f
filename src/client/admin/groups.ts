import { apis } from '../../wire/index.ts'
import { errorOfCode } from '../kafka-error.ts'
import { describeGroups } from './describe-groups.ts'
import { type AdminCallOptions, type AdminContext, byCoordinator, fanOut, outcomeOf, type Results } from './fan-out.ts'
import type { GroupMemberDescription } from './group-description.ts'

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
