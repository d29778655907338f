import {
  type Assignment,
  type AssignorMember,
  assignors,
  type RacksByTopic,
  type ServerAssignorName,
  serverAssignors,
  type TopicPartition,
} from '../../assignor/index.ts'

/** Assignors of clients by their names in JoinGroup, and those of the broker (KIP-848). */
export const simulatedAssignors = [
  'range',
  'roundrobin',
  'sticky',
  'cooperative-sticky',
  'uniform',
  'server-range',
] as const
/** An assignor that can be tried. */
export type SimulatedAssignor = (typeof simulatedAssignors)[number]

/** A member as it is now. */
export interface SimulatedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** For people. */
  readonly name: string
  readonly topics: readonly string[]
  readonly assignment: readonly TopicPartition[]
  /** `client.rack`; null or left out where it does not say. */
  readonly rackId?: string | null
}

/** What comes into a partition. */
export interface PartitionLoad {
  readonly recordsPerSecond: number
  readonly bytesPerSecond: number
}

/** A group as it is. */
export interface SimulationInput {
  readonly members: readonly SimulatedMember[]
  readonly partitionsByTopic: ReadonlyMap<string, number>
  /** By `topic-partition`; those that are not there count nothing. */
  readonly loads: ReadonlyMap<string, PartitionLoad>
  /** Racks of the replicas of partitions, to which assignors of clients look (KIP-881), those of the broker do not. Default: not known. */
  readonly racksByTopic?: RacksByTopic | undefined
}

/** What shall be different. */
export interface SimulationChange {
  readonly assignor: SimulatedAssignor
  /** So many members more, or fewer: those with the last member ids go. Default 0. */
  readonly members?: number | undefined
  /** New partition counts of topics. Partitions that are not there yet get the mean load of their topic, which then is spread over all. */
  readonly partitions?: ReadonlyMap<string, number> | undefined
}

/** What a member has before and after. */
export interface SimulatedShare {
  readonly memberId: string
  readonly name: string
  /** `joined`: it is not there yet. `left`: it would go. */
  readonly fate: 'stays' | 'joined' | 'left'
  readonly before: readonly TopicPartition[]
  readonly after: readonly TopicPartition[]
  readonly gained: readonly TopicPartition[]
  readonly lost: readonly TopicPartition[]
  readonly load: PartitionLoad
}

/** Over members: how evenly something is shared out. */
export interface Spread {
  readonly min: number
  readonly max: number
  readonly mean: number
}

/** What an assignor would do: who has what, and what it takes to get there. */
export interface Simulation {
  readonly assignor: SimulatedAssignor
  readonly shares: readonly SimulatedShare[]
  /** Partitions that change from one member to another. */
  readonly moved: number
  /** Partitions that somebody has now and that stand still while it happens: all of an eager assignor, else those that move. */
  readonly stopped: number
  /** Rebalances that it takes: a cooperative assignor needs a second one to hand over what was given up. */
  readonly rebalances: number
  /** Partitions without a replica in the rack of the member that would have them; undefined where no member says its rack, or no broker. */
  readonly offRack: number | undefined
  /** Of members that are there afterwards. */
  readonly partitions: Spread
  readonly records: Spread
  readonly bytes: Spread
}

/** What an assignor would do with a group, as it is or with changes. Pure. */
export function simulate(input: SimulationInput, { assignor, members = 0, partitions }: SimulationChange): Simulation {
  const after = withMembers(input.members, members)
  const counts = new Map([...input.partitionsByTopic, ...(partitions ?? [])])
  const loads = partitions === undefined ? input.loads : spreadLoads(input, counts)
  const stays = new Set(after.map(({ memberId }) => memberId))
  const { assignment, rebalances } = assign(assignor, after, { counts, racksByTopic: input.racksByTopic })
  const shares = [...after, ...input.members.filter(({ memberId }) => !stays.has(memberId))].map((member) => {
    const mine = assignment.get(member.memberId) ?? []
    return shareOf(member, mine, { loads, fate: fateOf(member, input.members, stays) })
  })
  const owned = input.members.flatMap((member) => member.assignment)
  const ownerAfter = ownersOf(shares.map(({ memberId, after: own }) => ({ memberId, own })))
  const ownerBefore = ownersOf(input.members.map(({ memberId, assignment: own }) => ({ memberId, own })))
  const moved = owned.filter((place) => ownerAfter.get(keyOf(place)) !== ownerBefore.get(keyOf(place)))
  const there = shares.filter(({ fate }) => fate !== 'left')
  return {
    assignor,
    shares,
    moved: moved.length,
    stopped: isEager(assignor) ? owned.length : moved.length,
    rebalances,
    offRack: offRackOf(after, assignment, input.racksByTopic),
    partitions: spreadOf(there.map((share) => share.after.length)),
    records: spreadOf(there.map(({ load }) => load.recordsPerSecond)),
    bytes: spreadOf(there.map(({ load }) => load.bytesPerSecond)),
  }
}

function isEager(assignor: SimulatedAssignor): boolean {
  return assignor === 'range' || assignor === 'roundrobin' || assignor === 'sticky'
}

/** New ones subscribe to what most of the others do. */
function withMembers(members: readonly SimulatedMember[], change: number): readonly SimulatedMember[] {
  if (change < 0) {
    const last = members
      .map(({ memberId }) => memberId)
      .sort()
      .slice(Math.max(0, members.length + change))
    return members.filter(({ memberId }) => !last.includes(memberId))
  }
  const counts = new Map<string, number>()
  for (const { topics } of members) counts.set(JSON.stringify(topics), (counts.get(JSON.stringify(topics)) ?? 0) + 1)
  const usual = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '[]'
  const added = Array.from({ length: change }, (_, at) => ({
    memberId: `new-${at + 1}`,
    groupInstanceId: null,
    name: `new-${at + 1}`,
    topics: JSON.parse(usual) as string[],
    assignment: [],
  }))
  return [...members, ...added]
}

function assign(
  assignor: SimulatedAssignor,
  members: readonly SimulatedMember[],
  {
    counts,
    racksByTopic,
  }: { readonly counts: ReadonlyMap<string, number>; readonly racksByTopic: RacksByTopic | undefined },
): { readonly assignment: Assignment; readonly rebalances: number } {
  if (assignor === 'uniform') return { assignment: assignedByServer('uniform', members, counts), rebalances: 1 }
  if (assignor === 'server-range') return { assignment: assignedByServer('range', members, counts), rebalances: 1 }
  let current = members.map(({ memberId, groupInstanceId, topics, assignment, rackId = null }): AssignorMember => {
    const generationId = assignment.length > 0 ? 1 : -1
    return { memberId, groupInstanceId, topics, ownedPartitions: assignment, generationId, rackId }
  })
  for (let rebalances = 1; ; rebalances++) {
    const assignment = assignors[assignor].assign({ members: current, partitionsByTopic: counts, racksByTopic })
    const isOver = assignors[assignor].rebalanceProtocol === 'EAGER' || rebalances > ROUNDS_MAX
    const wasDone = current.every(({ memberId, ownedPartitions }) => isSame(ownedPartitions, assignment.get(memberId)!))
    if (isOver || wasDone) return { assignment, rebalances: wasDone && rebalances > 1 ? rebalances - 1 : rebalances }
    current = current.map((member) => {
      return { ...member, ownedPartitions: assignment.get(member.memberId)!, generationId: rebalances + 1 }
    })
  }
}

/** A cooperative assignor is done after two; more would be a mistake of it. */
const ROUNDS_MAX = 5

function offRackOf(
  members: readonly SimulatedMember[],
  assignment: Assignment,
  racksByTopic: RacksByTopic | undefined,
): number | undefined {
  const located = members.filter(({ rackId }) => rackId !== undefined && rackId !== null && rackId !== '')
  if (racksByTopic === undefined || racksByTopic.size === 0 || located.length === 0) return undefined
  const off = located.flatMap(({ memberId, rackId }) =>
    (assignment.get(memberId) ?? []).filter(({ topic, partition }) => {
      const racks = racksByTopic.get(topic)?.[partition] ?? []
      return racks.length > 0 && !racks.includes(rackId!)
    }),
  )
  return off.length
}

function assignedByServer(
  name: ServerAssignorName,
  members: readonly SimulatedMember[],
  counts: ReadonlyMap<string, number>,
): Assignment {
  const subscribed = members.map(({ topics }) => new Set(topics.filter((topic) => counts.has(topic))))
  const texts = new Set(subscribed.map((topics) => [...topics].sort().join()))
  const wanted = new Set(subscribed.flatMap((topics) => [...topics]))
  const assigned = serverAssignors[name].assign({
    members: members.map(({ memberId, groupInstanceId, assignment }, at) => ({
      memberId,
      instanceId: groupInstanceId,
      rackId: null,
      // Those of one subscription may share a set.
      subscribedTopicIds: subscribed[at]!,
      assignment: byTopic(assignment),
    })),
    partitionCounts: new Map([...counts].filter(([topic]) => wanted.has(topic))),
    isHomogeneous: texts.size <= 1,
  })
  const places = (partitions: ReadonlyMap<string, readonly number[]>): TopicPartition[] =>
    [...partitions].flatMap(([topic, numbers]) => numbers.map((partition) => ({ topic, partition })))
  return new Map(members.map(({ memberId }) => [memberId, places(assigned.get(memberId) ?? new Map())]))
}

function byTopic(places: readonly TopicPartition[]): ReadonlyMap<string, readonly number[]> {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of places) {
    const numbers = topics.get(topic)
    if (numbers === undefined) topics.set(topic, [partition])
    else numbers.push(partition)
  }
  for (const numbers of topics.values()) numbers.sort((a, b) => a - b)
  return topics
}

function shareOf(
  { memberId, name, assignment }: SimulatedMember,
  after: readonly TopicPartition[],
  { loads, fate }: { readonly loads: ReadonlyMap<string, PartitionLoad>; readonly fate: SimulatedShare['fate'] },
): SimulatedShare {
  const had = new Set(assignment.map(keyOf))
  const has = new Set(after.map(keyOf))
  const load = { recordsPerSecond: 0, bytesPerSecond: 0 }
  for (const key of has) {
    load.recordsPerSecond += loads.get(key)?.recordsPerSecond ?? 0
    load.bytesPerSecond += loads.get(key)?.bytesPerSecond ?? 0
  }
  return {
    memberId,
    name,
    fate,
    before: assignment,
    after,
    gained: after.filter((place) => !had.has(keyOf(place))),
    lost: assignment.filter((place) => !has.has(keyOf(place))),
    load,
  }
}

function fateOf(
  { memberId }: SimulatedMember,
  before: readonly SimulatedMember[],
  stays: ReadonlySet<string>,
): SimulatedShare['fate'] {
  if (!stays.has(memberId)) return 'left'
  return before.some((member) => member.memberId === memberId) ? 'stays' : 'joined'
}

/** What comes into a topic, spread evenly over as many partitions as it would have. */
function spreadLoads(
  { partitionsByTopic, loads }: SimulationInput,
  counts: ReadonlyMap<string, number>,
): ReadonlyMap<string, PartitionLoad> {
  const spread = new Map<string, PartitionLoad>()
  for (const [topic, partitions] of counts) {
    const old = Array.from({ length: partitionsByTopic.get(topic) ?? 0 }, (_, partition) =>
      loads.get(keyOf({ topic, partition })),
    )
    const isSame = old.length === partitions
    const [records, bytes] = [
      sum(old.map((load) => load?.recordsPerSecond ?? 0)),
      sum(old.map((load) => load?.bytesPerSecond ?? 0)),
    ]
    for (let partition = 0; partition < partitions; partition++) {
      const own = isSame
        ? old[partition]
        : { recordsPerSecond: records / partitions, bytesPerSecond: bytes / partitions }
      if (own !== undefined) spread.set(keyOf({ topic, partition }), own)
    }
  }
  return spread
}

function ownersOf(members: readonly { readonly memberId: string; readonly own: readonly TopicPartition[] }[]) {
  return new Map(members.flatMap(({ memberId, own }) => own.map((place) => [keyOf(place), memberId] as const)))
}

function isSame(a: readonly TopicPartition[], b: readonly TopicPartition[]): boolean {
  const names = new Set(a.map(keyOf))
  return a.length === b.length && b.every((place) => names.has(keyOf(place)))
}

function spreadOf(numbers: readonly number[]): Spread {
  if (numbers.length === 0) return { min: 0, max: 0, mean: 0 }
  return { min: Math.min(...numbers), max: Math.max(...numbers), mean: sum(numbers) / numbers.length }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
