import { ClassicGroup } from '../classic/classic-group.ts'
import type { GroupContext } from '../group.ts'
import { consumerConfigOf } from '../group-config.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { FoundGroup } from './convert.ts'
import type { ConsumerMember } from './member.ts'
import { newMember, STATIC_LEAVE_EPOCH } from './member.ts'
import { isSubset, type PartitionList } from './partitions.ts'
import { currentAssignmentRecord, memberMetadataRecord, memberTombstones, targetRecord } from './records.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Who asks, and as what. */
export interface Identity {
  readonly memberId: string
  readonly memberEpoch: number
  /** What it says that it owns; null when it does not say. */
  readonly owned: PartitionList | null
  readonly isJoining: boolean
  /** By JoinGroup: then there is no member epoch. */
  readonly isClassic: boolean
}

/** The member as the group knows it; `replaced` when it is to take the place of one with its instance id. */
export interface FoundMember {
  readonly member: ConsumerMember
  readonly replaced: string | undefined
}

/** A full group takes nobody new. */
export function hasRoomFor(found: FoundGroup, memberId: string, { config }: GroupContext): boolean {
  const members = found instanceof ClassicGroup ? found.members : (found?.members ?? NOBODY)
  return members.size < consumerConfigOf(config).groupMaxSize || members.has(memberId)
}

const NOBODY: ReadonlyMap<string, never> = new Map<string, never>()

export function findDynamicMember(found: FoundGroup, identity: Identity): FoundMember | Refusal {
  const { memberId, isJoining, isClassic } = identity
  const known = memberOf(found, memberId)
  if (known === undefined && !isJoining) return unknownMember(memberId, found)
  const member = known ?? newMember(memberId)
  const fenced = isClassic ? undefined : validateEpoch(member, identity)
  return fenced ?? { member, replaced: undefined }
}

export function findStaticMember(found: FoundGroup, instanceId: string, identity: Identity): FoundMember | Refusal {
  const { memberId, isJoining, isClassic } = identity
  const existing = staticMemberOf(found, instanceId)
  if (isJoining) {
    if (existing === undefined) return { member: memberOf(found, memberId) ?? newMember(memberId), replaced: undefined }
    if (!isClassic && existing.classic === null && existing.memberEpoch !== STATIC_LEAVE_EPOCH) {
      return refuse(
        'UNRELEASED_INSTANCE_ID',
        `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${existing.memberId} member.`,
      )
    }
    const member = { ...existing, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
    return { member, replaced: existing.memberId }
  }
  if (existing === undefined) return refuse('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`)
  if (existing.memberId !== memberId) return fencedInstance(instanceId, memberId, existing.memberId)
  const fenced = isClassic ? undefined : validateEpoch(existing, identity)
  return fenced ?? { member: existing, replaced: undefined }
}

export function fencedInstance(instanceId: string, memberId: string, ownerId: string): Refusal {
  const message = `Static member ${memberId} with instance id ${instanceId} was fenced by member ${ownerId}.`
  return refuse('FENCED_INSTANCE_ID', message)
}

/** A static member that is back takes over what the old one had: its target and what it was told that it may have. */
export function replaceStaticMember(
  group: ConsumerGroup,
  { member, replaced }: FoundMember,
  memberId: string,
  { step, deadlines }: GroupContext,
): ConsumerMember {
  if (replaced === undefined) return group.members.get(memberId) ?? member
  const { groupId } = group
  const target = group.targetOf(replaced)
  // Where the group was converted just now, its records say of the member what the group that it was could not.
  const old = group.members.get(replaced)
  const replacement = old === undefined ? member : { ...old, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
  for (const record of memberTombstones(groupId, replaced)) step.append(record)
  step.append(memberMetadataRecord(groupId, replacement))
  step.append(targetRecord(groupId, memberId, target))
  step.append(currentAssignmentRecord(groupId, replacement))
  group.dropTimers(replaced, deadlines)
  // What is being computed elsewhere knows the old member id only.
  group.assigningId = undefined
  return group.members.get(memberId)!
}

/**
 * Epoch 0 joins again, whatever was. The previous epoch is accepted when the member owns nothing that it may not have: the answer with the new
 * epoch was lost.
 */
function validateEpoch(member: ConsumerMember, { memberEpoch: received, owned }: Identity): Refusal | undefined {
  const { memberEpoch } = member
  if (received === 0 || received === memberEpoch) return undefined
  const isGreater = received > memberEpoch
  if (!isGreater && received === member.previousMemberEpoch && owned !== null && isSubset(owned, member.assigned)) {
    return undefined
  }
  return refuse(
    'FENCED_MEMBER_EPOCH',
    `The consumer group member has a ${isGreater ? 'greater' : 'smaller'} member epoch (${received}) than the one known by the group coordinator (${memberEpoch}). The member must abandon all its partitions and rejoin.`,
  )
}

function unknownMember(memberId: string, found: FoundGroup): Refusal {
  return refuse('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${found?.groupId ?? ''}.`)
}

/** In a classic group that is about to be converted the members are not of this kind yet; they will be by then. */
function memberOf(found: FoundGroup, memberId: string): ConsumerMember | undefined {
  if (!(found instanceof ClassicGroup)) return found?.members.get(memberId)
  const member = found.members.get(memberId)
  return member === undefined ? undefined : { ...newMember(memberId), classic: CLASSIC }
}

function staticMemberOf(found: FoundGroup, instanceId: string): ConsumerMember | undefined {
  if (!(found instanceof ClassicGroup)) return found?.staticMember(instanceId)
  const memberId = found.staticMembers.get(instanceId)
  return memberId === undefined ? undefined : { ...newMember(memberId), instanceId, classic: CLASSIC }
}

const CLASSIC = { sessionTimeoutMs: 0, supportedProtocols: [] }
