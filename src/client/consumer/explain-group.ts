import type { TopicPartition } from '../../assignor/index.ts'
import type { GroupDescription, GroupMemberDescription } from '../admin/index.ts'
import { KafkaError } from '../kafka-error.ts'
import type { ReasonFound } from './explanation.ts'
import type { MembershipReport } from './membership/membership.ts'

type Group = GroupDescription | KafkaError | undefined

/** What the group means for this member and others still have; whom a classic group may wait for. Pure. */
export function* heldByOthers(membership: MembershipReport, group: Group): Generator<ReasonFound> {
  if (group === undefined) return
  if (group instanceof KafkaError) {
    const reason =
      group.kind === 'unauthorized' ? 'unauthorized' : group.kind === 'retriable' ? 'unreachable' : 'refused'
    return yield about(reason, `The group cannot be asked: ${group.code}: ${group.message}`)
  }
  const others = group.members.filter(({ memberId }) => memberId !== membership.memberId)
  const self = group.members.find(({ memberId }) => memberId === membership.memberId)
  if (self?.targetAssignment !== undefined) {
    yield* meant(without(self.targetAssignment, self.assignment), others, group.assignmentEpoch)
  } else if (group.state === 'PreparingRebalance' && others.length > 0) {
    const until = 'each may take its max.poll.interval.ms'
    yield about(
      'held-by-others',
      `The group rebalances, and waits until all its members have joined again: ${list(others.map(nameOf))}; ${until}.`,
    )
  }
}

/** A member that is settled and has nothing. Pure. */
export function* noPartition(membership: MembershipReport, group: Group): Generator<ReasonFound> {
  if (group === undefined || group instanceof KafkaError) {
    const maybe =
      'there are fewer partitions than members, or others have not given up theirs yet; explain({ askGroup: true }) asks the group'
    return yield about('idle-member', `The group has no partition for this member: ${maybe}.`)
  }
  const self = group.members.find(({ memberId }) => memberId === membership.memberId)
  if ((self?.targetAssignment ?? []).length > 0 || group.state === 'PreparingRebalance') return
  const count = new Set(group.members.flatMap(targetOf).map(partitionName)).size
  const members = group.members.length
  const why = count < members ? 'there are fewer partitions than members' : 'others subscribe to more'
  yield about(
    'idle-member',
    `The group has no partition for this member: its ${members} members share ${count} partition${count === 1 ? '' : 's'}; ${why}.`,
  )
}

/** Kafka shows what a member has, but for what it has been told to give up: of that it is only known who has not gone over to the target yet. */
function* meant(
  missing: readonly TopicPartition[],
  others: readonly GroupMemberDescription[],
  assignmentEpoch: number | undefined,
): Generator<ReasonFound> {
  const late = others.filter(({ memberEpoch = -1 }) => memberEpoch >= 0 && memberEpoch < (assignmentEpoch ?? -1))
  const holders = new Map<string, TopicPartition[]>()
  for (const partition of missing) {
    const owner = others.find(({ assignment }) => without([partition], assignment).length === 0)
    const whom = list((owner === undefined ? late : [owner]).map(nameOf))
    const partitions = holders.get(whom)
    if (partitions === undefined) holders.set(whom, [partition])
    else partitions.push(partition)
  }
  for (const [whom, partitions] of holders) {
    const what = `${list(partitions.map(partitionName))}: meant for this member`
    const sentence =
      whom === ''
        ? `${what}, and free; it hears of it with its next heartbeat.`
        : `${what}, which waits for ${whom} to give up what it has.`
    yield { reason: 'held-by-others', sentence, partitions }
  }
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX).join(', ')
  return names.length > NAMES_MAX ? `${shown} and ${names.length - NAMES_MAX} more` : shown
}

const NAMES_MAX = 5

function nameOf({ memberId, groupInstanceId, clientId, host }: GroupMemberDescription): string {
  return groupInstanceId === null
    ? `${memberId} (client ${clientId}, ${host})`
    : `${groupInstanceId} (member ${memberId}, client ${clientId}, ${host})`
}

function targetOf({ targetAssignment, assignment }: GroupMemberDescription): readonly TopicPartition[] {
  return targetAssignment ?? assignment
}

function without(partitions: readonly TopicPartition[], others: readonly TopicPartition[]): TopicPartition[] {
  const names = new Set(others.map(partitionName))
  return partitions.filter((one) => !names.has(partitionName(one)))
}

function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function about(reason: ReasonFound['reason'], sentence: string): ReasonFound {
  return { reason, sentence, partitions: [] }
}
