import type { TopicPartitions } from '../../assignor/index.ts'
import { ClassicGroup } from '../classic/classic-group.ts'
import { type ClassicMember, createMember } from '../classic/member.ts'
import { groupMetadataOf } from '../classic/metadata-record.ts'
import { prepareRebalance } from '../classic/rebalance.ts'
import { answerJoin, answerSync, joinError, syncError } from '../classic/responses.ts'
import { CONSUMER_PROTOCOL_TYPE } from '../classic/subscription.ts'
import type { TopicImage } from '../commands.ts'
import type { Cause } from '../events.ts'
import { emit } from '../events.ts'
import type { GroupContext } from '../group.ts'
import { consumerConfigOf } from '../group-config.ts'
import { difference } from '../partition-gaps.ts'
import { readAssignment, readSubscription, writeAssignment } from './classic-protocol.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { byName, noteRemoved } from './handover.ts'
import type { ConsumerMember } from './member.ts'
import { newMember, topicSet } from './member.ts'
import { metadataHash } from './metadata-hash.ts'
import { PartitionOwners } from './partition-owners.ts'
import { listOf, type PartitionList, partitionsOf } from './partitions.ts'
import {
  currentAssignmentRecord,
  epochRecord,
  memberMetadataRecord,
  targetEpochRecord,
  targetRecord,
} from './records.ts'
import { type Refusal, refuse } from './refusal.ts'
import { restoreTimers } from './session.ts'

/** The group that a member of the consumer protocol is to join: none yet, one, or a classic group that will be converted. */
export type FoundGroup = ConsumerGroup | ClassicGroup | undefined

/** Only a join makes a group, or changes its kind. */
export function findForJoin(
  groupId: string,
  { isJoining }: { readonly isJoining: boolean },
  context: GroupContext,
): FoundGroup | Refusal {
  const group = context.groups.get(groupId)
  if (group instanceof ConsumerGroup) return group
  if (group === undefined) {
    return isJoining ? undefined : refuse('GROUP_ID_NOT_FOUND', `Consumer group ${groupId} not found.`)
  }
  if (!isJoining || !(group instanceof ClassicGroup)) {
    return refuse('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`)
  }
  return group.isEmpty() ? group : (upgradeProblem(group, context) ?? group)
}

/** The group, made or converted where it is not there yet. Nothing can go wrong any more. */
export function joinableGroup(found: FoundGroup, groupId: string, context: GroupContext): ConsumerGroup {
  if (found instanceof ConsumerGroup) return found
  if (found instanceof ClassicGroup && !found.isEmpty()) return upgrade(found, context)
  if (found !== undefined) context.step.append({ type: 'GroupMetadata', key: { group: groupId }, value: null })
  const group = new ConsumerGroup(groupId)
  context.groups.set(groupId, group)
  emit(group, context, 'group-created', { trigger: 'join', reason: 'first join' })
  return group
}

/** Why a classic group cannot become a consumer group while members are in it. */
function upgradeProblem(group: ClassicGroup, context: GroupContext): Refusal | undefined {
  const { groupId } = group
  const { migrationPolicy, groupMaxSize } = consumerConfigOf(context.config)
  const cannot = (why: string): Refusal =>
    refuse('GROUP_ID_NOT_FOUND', `Cannot upgrade classic group ${groupId} to consumer group because ${why}.`)
  if (migrationPolicy !== 'BIDIRECTIONAL' && migrationPolicy !== 'UPGRADE') return cannot('online upgrade is disabled')
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE)
    return cannot('the group does not use the consumer embedded protocol')
  if (group.members.size > groupMaxSize) return cannot('the group size exceeds the consumer group maximum size')
  const members = convertedMembers(group, context.topics)
  if (members === 'custom') {
    return refuse(
      'GROUP_ID_NOT_FOUND',
      `Cannot upgrade classic group ${groupId} to consumer group because an unsupported custom assignor is in use. Please refer to the documentation or switch to a default assignor before re-attempting the upgrade.`,
    )
  }
  return members === undefined ? cannot('the embedded consumer protocol is malformed') : undefined
}

/**
 * Every classic member stays, in the generation and with the assignment that it has. Who waits is told to join again: there is a rebalance,
 * which the join that made the group change brings about.
 */
function upgrade(classic: ClassicGroup, context: GroupContext): ConsumerGroup {
  const { groupId, generationId } = classic
  const { step, topics } = context
  const members = convertedMembers(classic, topics)
  if (members === undefined || members === 'custom') throw new Error(`group ${groupId} cannot be converted`)
  for (const member of classic.members.values()) {
    answerJoin(classic, member, context, (version) => joinError('REBALANCE_IN_PROGRESS', version, member.memberId))
    answerSync(member, context, syncError('REBALANCE_IN_PROGRESS'))
  }
  step.append({ type: 'GroupMetadata', key: { group: groupId }, value: null })
  const topicNames = new Set(members.flatMap(({ member }) => [...member.subscribedTopicNames]))
  // Where partitions are left, be it that a leader had not come to them, the group is to see its topics for the first time: a static member
  // that changes its protocol in place changes nothing else, and would have nobody assign them. Kafka leaves them to the next rebalance.
  const hash = isWhole(members, topicNames, topics) ? metadataHash(topicNames, topics) : 0n
  for (const { member } of members) step.append(memberMetadataRecord(groupId, member))
  step.append(epochRecord(groupId, generationId, hash))
  for (const { member, target } of members) step.append(targetRecord(groupId, member.memberId, target))
  step.append(targetEpochRecord(groupId, generationId))
  for (const { member } of members) step.append(currentAssignmentRecord(groupId, member))
  const group = context.groups.get(groupId)
  if (!(group instanceof ConsumerGroup)) throw new Error(`group ${groupId} was not converted`)
  restoreTimers(group, context)
  classic.gaps.moveTo(group.gaps, (topic) => topics.topicId(topic))
  for (const { member, target } of members) {
    // With an eager assignor it has had nothing since it was told to join again.
    const sinceMs = classic.members.get(member.memberId)?.toldMs ?? step.nowMs
    group.gaps.release(difference(target, member.assigned), sinceMs)
  }
  const reason = `a member with the consumer protocol joins the classic group of ${members.length} members`
  const assignments = members.map(({ member, target }) => ({
    memberId: member.memberId,
    before: byName(target, topics),
    after: byName(member.assigned, topics),
  }))
  emit(group, context, 'group-converted', { trigger: 'migration', reason }, { assignments })
  return group
}

/** A classic member as it will be in the consumer group, and its target there. */
interface Converted {
  readonly member: ConsumerMember
  readonly target: TopicPartitions
}

/** Whether each partition of the topics is a target of somebody's. */
function isWhole(members: readonly Converted[], topicNames: ReadonlySet<string>, topics: TopicImage): boolean {
  for (const name of topicNames) {
    const topicId = topics.topicId(name)
    if (topicId === undefined) continue
    const given = new Set(members.flatMap(({ target }) => [...(target.get(topicId) ?? [])]))
    if (given.size < (topics.partitionCount(name) ?? 0)) return false
  }
  return true
}

/** Undefined when what a member said, or was assigned, cannot be read. */
function convertedMembers(group: ClassicGroup, topics: TopicImage): readonly Converted[] | 'custom' | undefined {
  const protocolName = group.protocolName ?? group.selectProtocol()
  const owners = new PartitionOwners()
  const read: { readonly classic: ClassicMember; readonly owned: PartitionList; readonly converted: Converted }[] = []
  for (const classic of group.members.values()) {
    const metadata = classic.protocols.find(({ name }) => name === protocolName)?.metadata
    const subscription = metadata && readSubscription(metadata, topics)
    const target = readAssignment(classic.assignment, topics)
    if (target === 'custom') return 'custom'
    if (subscription === undefined || target === undefined) return undefined
    const member: ConsumerMember = {
      ...newMember(classic.memberId),
      instanceId: classic.groupInstanceId,
      rackId: subscription.rackId,
      clientId: classic.clientId,
      clientHost: classic.clientHost,
      subscribedTopicNames: topicSet(subscription.topics),
      rebalanceTimeoutMs: classic.rebalanceTimeoutMs,
      classic: { sessionTimeoutMs: classic.sessionTimeoutMs, supportedProtocols: classic.protocols },
      memberEpoch: group.generationId,
      previousMemberEpoch: group.generationId,
    }
    read.push({ classic, owned: subscription.owned, converted: { member, target } })
  }
  const assigned = new Map<string, ConsumerMember>()
  const give = (memberId: string, partitions: PartitionList): void => {
    const member = assigned.get(memberId)!
    const free = partitions.map(({ topicId, partitions: numbers }) => ({
      topicId,
      partitions: numbers.filter((partition) => owners.isFree(topicId, partition)),
    }))
    const after = { ...member, assigned: partitionsOf([...listOf(member.assigned), ...free]) }
    owners.replace(member, after)
    assigned.set(memberId, after)
  }
  for (const { converted } of read) assigned.set(converted.member.memberId, converted.member)
  // What members may consume at this moment, the surest first: nobody else may have it before they have given it up. Who has joined owns
  // what it said then (KIP-429; with an eager assignor nothing), and does not know its assignment yet. Who has not owns its assignment, and
  // until it hears of that, what it had before. Kafka counts the assignment alone, which may be of a generation that was never told.
  const hasJoined = ({ awaitingJoin }: ClassicMember): boolean =>
    group.state === 'CompletingRebalance' || awaitingJoin !== undefined
  for (const { classic, owned } of read) if (hasJoined(classic)) give(classic.memberId, owned)
  for (const { classic, converted } of read) {
    if (!hasJoined(classic)) give(classic.memberId, listOf(converted.target))
  }
  for (const { classic, owned } of read) give(classic.memberId, owned)
  return read.map(({ converted: { member, target } }) => ({ member: assigned.get(member.memberId)!, target }))
}

/** Whether none but classic members would be left, and they may be a classic group. */
export function canDowngradeWithout(
  group: ConsumerGroup,
  gone: ReadonlySet<string>,
  { config }: GroupContext,
): boolean {
  const left = [...group.members.values()].filter(({ memberId }) => !gone.has(memberId))
  const { migrationPolicy } = consumerConfigOf(config)
  return (
    left.length > 0 &&
    left.every(({ classic }) => classic !== null) &&
    (migrationPolicy === 'BIDIRECTIONAL' || migrationPolicy === 'DOWNGRADE') &&
    left.length <= config.groupMaxSize
  )
}

/** The last member of the consumer protocol is gone: a classic group rebalances without it. */
export function downgradeWithout(
  group: ConsumerGroup,
  gone: ReadonlySet<string>,
  cause: Cause,
  context: GroupContext,
): void {
  const classic = downgrade(group, { gone, isAtRest: false }, cause, context)
  prepareRebalance(classic, cause, context)
}

/**
 * All members but these as a classic group. Its generation is the group's epoch, and each member's assignment is what it may consume at
 * this moment. Kafka writes the targets, so that members own what others have not given up yet.
 */
export function downgrade(
  group: ConsumerGroup,
  { gone, isAtRest }: { readonly gone: ReadonlySet<string>; readonly isAtRest: boolean },
  cause: Cause,
  context: GroupContext,
): ClassicGroup {
  const { groupId } = group
  const { step, topics } = context
  const draft = new ClassicGroup(groupId, step.wallMs)
  for (const member of group.members.values()) {
    if (gone.has(member.memberId)) continue
    const { memberId, clientId, clientHost, rebalanceTimeoutMs } = member
    const { sessionTimeoutMs, supportedProtocols: protocols } = member.classic!
    const groupInstanceId = member.instanceId
    const fields = { memberId, groupInstanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols }
    draft.add(createMember(groupId, { ...fields, isNew: false, idKnown: true }))
  }
  draft.generationId = group.groupEpoch
  draft.protocolType = CONSUMER_PROTOCOL_TYPE
  const protocolName = draft.selectProtocol()
  draft.protocolName = protocolName
  const assignments = new Map<string, Buffer>()
  for (const { memberId, protocols } of draft.members.values()) {
    const { metadata } = protocols.find(({ name }) => name === protocolName)!
    assignments.set(memberId, writeAssignment(held(group.members.get(memberId)!), metadata, topics))
  }
  const written = groupMetadataOf(draft, assignments)
  // The rebalance that follows is soft state: without a leader in the record it begins again after a restart.
  const value = isAtRest ? written : { ...written, leader: null }
  const changes = [...group.members.values()].map(({ memberId, assigned }) => ({
    memberId,
    before: byName(assigned, topics),
    after: gone.has(memberId) ? null : byName(held(group.members.get(memberId)!), topics),
  }))
  const left = [...group.members.values()].filter(({ memberId }) => gone.has(memberId))
  noteRemoved(group, left, context)
  for (const record of group.tombstones()) step.append(record)
  step.append({ type: 'GroupMetadata', key: { group: groupId }, value })
  const classic = context.groups.get(groupId)
  if (!(classic instanceof ClassicGroup)) throw new Error(`group ${groupId} was not converted`)
  classic.restore(context)
  group.gaps.moveTo(classic.gaps, (topicId) => topics.topicName(topicId))
  // The record has the chosen protocol only.
  for (const { memberId, protocols } of draft.members.values()) {
    classic.setProtocols(classic.members.get(memberId)!, protocols)
  }
  const reason = `${cause.reason}; all others are classic members`
  emit(classic, context, 'group-converted', { ...cause, trigger: 'migration', reason }, { assignments: changes })
  return classic
}

/** What a member has, and what it owes and may still consume. */
function held({ assigned, pendingRevocation }: ConsumerMember): TopicPartitions {
  return partitionsOf([...listOf(assigned), ...listOf(pendingRevocation)])
}
