import assert from 'node:assert/strict'
import {
  ClassicGroup,
  ConsumerGroup,
  encodeRecord,
  type Group,
  type ShardCoordinator,
  type TopicImage,
} from '../../src/coordinator/index.ts'
import { ClassicConsumer, decode } from './classic-consumer.ts'
import { type SimulatedMember, wants } from './simulated-member.ts'

// What must hold of a group, whatever happens to it.

/**
 * No partition is owned by two members of the group at a time, as the members see it. Who was evicted does not know it yet: its partitions are
 * another's, and its commits are refused; so are those of a member that has missed a generation of a classic group, until it knows of a newer one.
 */
export class OwnerCheck {
  /** The last generation that they know of. */
  readonly #missed = new WeakMap<SimulatedMember, number>()

  check(group: Group | undefined, members: readonly SimulatedMember[]): void {
    const owners = new Map<string, string>()
    for (const member of members) {
      if (!member.isAlive || !this.#counts(group, member)) continue
      for (const partition of member.owned) {
        const other = owners.get(partition)
        assert.equal(other, undefined, `${partition} is owned by ${other} and ${member.memberId}`)
        owners.set(partition, member.memberId)
      }
    }
    if (group instanceof ConsumerGroup) checkGiven(group)
  }

  #counts(group: Group | undefined, member: SimulatedMember): boolean {
    const { memberId, generationId } = member
    if (group instanceof ConsumerGroup) {
      return group.members.has(memberId) && this.#missed.get(member) !== generationId
    }
    if (!(group instanceof ClassicGroup)) return false
    if (generationId !== group.generationId) this.#missed.set(member, generationId)
    return group.members.has(memberId) && generationId === group.generationId
  }
}

/** The same, as the coordinator sees it. */
function checkGiven(group: ConsumerGroup): void {
  const owners = new Map<string, string>()
  for (const { memberId, assigned, pendingRevocation } of group.members.values()) {
    for (const [topicId, partitions] of [...assigned, ...pendingRevocation]) {
      for (const partition of partitions) {
        const other = owners.get(`${topicId}-${partition}`)
        assert.equal(other, undefined, `${topicId}-${partition} was given to ${other} and ${memberId}`)
        owners.set(`${topicId}-${partition}`, memberId)
      }
    }
  }
}

/** Nothing has gone wrong for a while: each member that lives is in the group and has what it was given, and each partition is consumed once. */
export function checkRest(group: Group | undefined, alive: readonly SimulatedMember[], topics: TopicImage): void {
  assert.ok(group instanceof ConsumerGroup || group instanceof ClassicGroup, 'the group is gone')
  assert.equal(group.state, 'Stable', `the group is ${group.state} after two calm minutes`)
  assert.deepEqual([...group.members.keys()].sort(), alive.map(({ memberId }) => memberId).sort())
  for (const member of alive) {
    const given = givenTo(group, member.memberId, topics)
    assert.deepEqual(namesOf(member, topics), given, `${member.memberId} does not own what it was given`)
  }
  const owned = alive.flatMap((member) => namesOf(member, topics))
  const wanted = new Set(alive.flatMap((member) => partitionsFor(member, topics)))
  assert.deepEqual(owned.sort(), [...wanted].sort(), 'not every partition is consumed, or one twice')
}

const TOPICS = ['orders', 'orders-eu', 'payments', 'audit']

function partitionsFor(member: SimulatedMember, topics: TopicImage): readonly string[] {
  const names = TOPICS.filter((name) => topics.has(name) && wants(member, name))
  return names.flatMap((name) => Array.from({ length: topics.partitionCount(name)! }, (_, i) => `${name}-${i}`))
}

function givenTo(group: ConsumerGroup | ClassicGroup, memberId: string, topics: TopicImage): readonly string[] {
  if (group instanceof ClassicGroup) return [...decode(group.members.get(memberId)!.assignment)].sort()
  const { assigned } = group.members.get(memberId)!
  return [...assigned]
    .flatMap(([topicId, numbers]) => numbers.map((number) => `${topics.topicName(topicId)}-${number}`))
    .sort()
}

function namesOf(member: SimulatedMember, topics: TopicImage): readonly string[] {
  if (member instanceof ClassicConsumer) return [...member.ownedNames].sort()
  return [...member.owned]
    .map((name) => {
      const at = name.lastIndexOf('-')
      return `${topics.topicName(name.slice(0, at))}${name.slice(at)}`
    })
    .sort()
}

/** All that a log can bring back, in a form that can be compared. */
export function hardStateOf(coordinator: ShardCoordinator | undefined): unknown {
  const groups = [...(coordinator?.groups.values() ?? [])].flatMap((group) => {
    if (group instanceof ConsumerGroup) return [consumerState(group)]
    const { groupId, persisted } = group as ClassicGroup
    // A group without a record is one that nobody has completed a generation of.
    if (persisted === undefined) return []
    const { value } = encodeRecord({ type: 'GroupMetadata', key: { group: groupId }, value: persisted })
    return [{ groupId, value: value!.toString('hex') }]
  })
  return groups
}

function consumerState(group: ConsumerGroup): unknown {
  const { groupId, groupEpoch, assignmentEpoch, metadataHash, state, members, targets, subscriptions } = group
  return {
    groupId,
    groupEpoch,
    assignmentEpoch,
    metadataHash,
    state,
    members: sorted(members),
    targets: sorted(targets),
    topics: sorted(subscriptions.topicNames),
    regexes: sorted(subscriptions.resolved),
  }
}

function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
