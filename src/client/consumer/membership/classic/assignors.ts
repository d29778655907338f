import { type AssignorName, assignors, type RacksByTopic, type TopicPartition } from '../../../../assignor/index.ts'
import { KafkaError } from '../../../kafka-error.ts'
import type { AssignedPartitions, ClientAssignor, GroupMember, GroupMetadata } from '../membership.ts'
import type { MemberAssignment } from './protocol-metadata.ts'
import {
  decodeCooperativeUserData,
  decodeStickyUserData,
  encodeCooperativeUserData,
  encodeStickyUserData,
} from './sticky-user-data.ts'

/** The assignors of `partition.assignment.strategy`; each consumer has its own, since some remember what they were given. */
export function clientAssignors(strategy: readonly (string | ClientAssignor)[]): readonly ClientAssignor[] {
  const made = strategy.map((entry) => (typeof entry === 'string' ? builtIn(entry) : entry))
  if (made.length === 0) {
    throw new KafkaError(
      'INVALID_ARGUMENT',
      'partitionAssignmentStrategy is empty: a group needs at least one assignor',
    )
  }
  const names = made.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return made
  throw new KafkaError('INVALID_ARGUMENT', `partitionAssignmentStrategy names the assignor ${twice} twice`)
}

/** COOPERATIVE only when every assignor is: which of them the group will choose is not known when partitions would have to be revoked (KIP-429). */
export function rebalanceProtocolOf(made: readonly ClientAssignor[]): 'EAGER' | 'COOPERATIVE' {
  return made.every(({ rebalanceProtocol }) => rebalanceProtocol === 'COOPERATIVE') ? 'COOPERATIVE' : 'EAGER'
}

/** What it is told of its own assignment. @throws KafkaError INVALID_STATE when it fails: it may have lost what the next assignment needs */
export function tellAssignor(assignor: ClientAssignor, assignment: MemberAssignment, metadata: GroupMetadata): void {
  try {
    assignor.onAssignment?.(assignment, metadata)
  } catch (error) {
    throw assignorError(assignor.name, error)
  }
}

export function assignorError(name: string, error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  const detail = error instanceof Error ? error.message : String(error)
  return new KafkaError('INVALID_STATE', `the assignor ${name} failed: ${detail}`, { cause: error })
}

function builtIn(name: string): ClientAssignor {
  if (!Object.hasOwn(assignors, name)) {
    const known = Object.keys(assignors).join(', ')
    throw new KafkaError(
      'INVALID_ARGUMENT',
      `there is no assignor ${name}: partitionAssignmentStrategy takes ${known}, or an object`,
    )
  }
  switch (name as AssignorName) {
    case 'range':
    case 'roundrobin':
      return plain(name as AssignorName)
    case 'sticky':
      return sticky()
    case 'cooperative-sticky':
      return cooperativeSticky()
  }
}

function plain(name: AssignorName): ClientAssignor {
  return {
    name,
    rebalanceProtocol: 'EAGER',
    assign: (members, counts, racks) => assignWith(name, { members, counts, racks }),
  }
}

function sticky(): ClientAssignor {
  let last: { ownedPartitions: readonly TopicPartition[]; generationId: number } | undefined
  return {
    name: 'sticky',
    rebalanceProtocol: 'EAGER',
    subscriptionUserData: () => (last === undefined ? null : encodeStickyUserData(last)),
    assign(members, counts, racks) {
      // What it owns in its subscription is nothing: it has revoked everything.
      const claiming = members.map((member) => ({ ...member, ...decodeStickyUserData(member.userData) }))
      return assignWith('sticky', { members: claiming, counts, racks })
    },
    onAssignment({ partitions }, { generationId }) {
      last = { ownedPartitions: partitions, generationId }
    },
  }
}

function cooperativeSticky(): ClientAssignor {
  let generation = -1
  return {
    name: 'cooperative-sticky',
    rebalanceProtocol: 'COOPERATIVE',
    subscriptionUserData: () => encodeCooperativeUserData(generation),
    assign(members, counts, racks) {
      const claiming = members.map((member) =>
        member.generationId >= 0 ? member : { ...member, generationId: decodeCooperativeUserData(member.userData) },
      )
      return assignWith('cooperative-sticky', { members: claiming, counts, racks })
    },
    onAssignment(_assignment, { generationId }: GroupMetadata) {
      generation = generationId
    },
  }
}

function assignWith(
  name: AssignorName,
  {
    members,
    counts,
    racks,
  }: {
    readonly members: readonly GroupMember[]
    readonly counts: ReadonlyMap<string, number>
    readonly racks: RacksByTopic
  },
): Map<string, AssignedPartitions> {
  const assignment = assignors[name].assign({ members, partitionsByTopic: counts, racksByTopic: racks })
  return new Map(Array.from(assignment, ([memberId, partitions]) => [memberId, { partitions }]))
}
