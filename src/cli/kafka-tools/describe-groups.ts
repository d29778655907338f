import type { TopicPartition } from '../../assignor/index.ts'
import type { Admin, GroupDescription, GroupMemberDescription, GroupOffset } from '../../client/index.ts'
import { readPartitionEnds } from '../../tools/lag/index.ts'
import { type Call, describeConsumerGroups } from './admin-calls.ts'
import { err, out, padded, printError, widest } from './tool-output.ts'

export interface DescribeOptions {
  readonly view: 'offsets' | 'members' | 'state'
  readonly verbose: boolean
}

/** `--describe`. @throws ToolError */
export async function describeGroups(
  admin: Admin,
  groupIds: readonly string[],
  { view, verbose }: DescribeOptions,
  call: Call,
): Promise<void> {
  const groups = await describeConsumerGroups(admin, groupIds, call)
  if (view === 'members') for (const group of groups) printMembers(group, verbose)
  else if (view === 'state') for (const group of groups) printState(group, verbose)
  else {
    const rows = await readRows(admin, groups, call)
    for (const [at, group] of groups.entries()) printOffsets(group, rows[at]!, verbose)
  }
}

interface OffsetRow {
  readonly topic: string
  readonly partition: number
  readonly leaderEpoch: string
  readonly offset: string
  readonly logEndOffset: string
  readonly lag: string
  readonly member: GroupMemberDescription | undefined
}

async function readRows(
  admin: Admin,
  groups: readonly GroupDescription[],
  { signal, timeoutMs }: Call,
): Promise<readonly (readonly OffsetRow[])[]> {
  const committed = await admin.listGroupOffsets(
    groups.map(({ groupId }) => groupId),
    { signal, timeoutMs },
  )
  const owned = groups.map(({ groupId, members }) => {
    const offsets = new Map<string, GroupOffset>()
    for (const offset of committed.get(groupId)!) {
      if (offset.offset >= 0n) offsets.set(`${offset.topic}-${offset.partition}`, offset)
    }
    // Members with most partitions first, then what nobody has.
    const holders = members.filter(({ assignment }) => assignment.length > 0)
    holders.sort((a, b) => b.assignment.length - a.assignment.length)
    const assigned = new Set(holders.flatMap(({ assignment }) => assignment.map(keyOf)))
    const rest = [...offsets.values()].filter((offset) => !assigned.has(keyOf(offset)))
    return {
      offsets,
      parts: [
        ...holders.map((member) => ({ member, partitions: member.assignment })),
        { member: undefined, partitions: rest },
      ],
    }
  })
  const places = owned.flatMap(({ parts }) => parts.flatMap(({ partitions }) => partitions))
  const ends = await readPartitionEnds(admin, places, { signal, timeoutMs })
  return owned.map(({ offsets, parts }) =>
    parts.flatMap(({ member, partitions }) =>
      [...partitions].sort(byTopicAndPartition).map(({ topic, partition }): OffsetRow => {
        const offset = offsets.get(keyOf({ topic, partition }))
        const found = ends.get(keyOf({ topic, partition }))
        const end = found?.state === 'known' ? found.logEndOffset : undefined
        return {
          topic,
          partition,
          leaderEpoch: offset === undefined || offset.leaderEpoch < 0 ? '-' : String(offset.leaderEpoch),
          offset: offset === undefined ? '-' : String(offset.offset),
          logEndOffset: end === undefined ? '-' : String(end),
          // Negative where the log is shorter than what was committed: so does Kafka's tool.
          lag: offset === undefined || end === undefined ? '-' : String(end - offset.offset),
          member,
        }
      }),
    ),
  )
}

function printOffsets(group: GroupDescription, rows: readonly OffsetRow[], verbose: boolean): void {
  if (!hasSomethingToShow(group, rows.length)) return
  const widths = [
    widest(15, [group.groupId]),
    widest(
      15,
      rows.map(({ topic }) => topic),
    ),
    10,
    ...(verbose ? [15] : []),
    15,
    15,
    15,
    widest(
      15,
      rows.map(({ member }) => member?.memberId ?? '-'),
    ),
    widest(
      15,
      rows.map(({ member }) => member?.host ?? '-'),
    ),
  ]
  const epoch = (text: string): readonly string[] => (verbose ? [text] : [])
  const heads = ['GROUP', 'TOPIC', 'PARTITION', ...epoch('LEADER-EPOCH'), 'CURRENT-OFFSET', 'LOG-END-OFFSET', 'LAG']
  out(`\n${padded([...heads, 'CONSUMER-ID', 'HOST', 'CLIENT-ID'], widths)}`)
  for (const { topic, partition, leaderEpoch, offset, logEndOffset, lag, member } of rows) {
    const who = [member?.memberId ?? '-', member?.host ?? '-', member?.clientId ?? '-']
    const cells = [group.groupId, topic, partition, ...epoch(leaderEpoch), offset, logEndOffset, lag, ...who]
    out(`\n${padded(cells, widths)}`)
  }
  out('\n')
}

function printMembers(group: GroupDescription, verbose: boolean): void {
  // Kafka's tool prints the heads in any case.
  hasSomethingToShow(group, group.members.length)
  const { groupId, members, assignmentEpoch } = group
  const isMixed = group.type === 'consumer' && members.some(isClassic) && !members.every(isClassic)
  const hasInstances = members.some(({ groupInstanceId }) => groupInstanceId !== null)
  const widths = [
    members.length === 0 ? 15 : widest(15, [groupId]),
    widest(
      15,
      members.map(({ memberId }) => memberId),
    ),
    ...(hasInstances
      ? [
          widest(
            17,
            members.map(({ groupInstanceId }) => groupInstanceId ?? ''),
          ),
        ]
      : []),
    widest(
      15,
      members.map(({ host }) => host),
    ),
    widest(
      15,
      members.map(({ clientId }) => clientId),
    ),
    15,
  ]
  const moreWidths = [
    15,
    widest(
      20,
      members.map(({ assignment }) => assignmentText(assignment)),
    ),
    15,
    widest(
      20,
      members.map(({ targetAssignment }) => assignmentText(targetAssignment)),
    ),
  ]
  const line = (cells: readonly unknown[], more: readonly unknown[]): string => {
    const first = `${padded(cells, widths)} `
    return verbose ? first + padded(more, moreWidths) : first
  }
  const instance = (text: string): readonly string[] => (hasInstances ? [text] : [])
  const upgraded = (text: string): readonly string[] => (isMixed ? [text] : [])
  const heads = ['GROUP', 'CONSUMER-ID', ...instance('GROUP-INSTANCE-ID'), 'HOST', 'CLIENT-ID', '#PARTITIONS']
  const moreHeads = [
    'CURRENT-EPOCH',
    'CURRENT-ASSIGNMENT',
    'TARGET-EPOCH',
    'TARGET-ASSIGNMENT',
    ...upgraded('UPGRADED'),
  ]
  out(`\n${line(heads, moreHeads)}\n`)
  for (const member of members) {
    const { memberId, groupInstanceId, host, clientId, assignment, targetAssignment, memberEpoch } = member
    const cells = [groupId, memberId, ...instance(groupInstanceId ?? ''), host, clientId, assignment.length]
    const more = [
      memberEpoch ?? '-',
      assignmentText(assignment),
      assignmentEpoch ?? '-',
      assignmentText(targetAssignment),
      ...upgraded(String(!isClassic(member))),
    ]
    out(`${line(cells, more)}\n`)
  }
}

function printState(group: GroupDescription, verbose: boolean): void {
  if (!hasSomethingToShow(group, 1)) return
  const { groupId, coordinator, assignor, state, groupEpoch, assignmentEpoch, members } = group
  const where = `${coordinator.host}:${coordinator.port}  (${coordinator.nodeId})`
  const widths = [widest(15, [groupId]), widest(25, [where]), 20, 20, ...(verbose ? [15, 25] : [])]
  const more = (...texts: readonly unknown[]): readonly unknown[] => (verbose ? texts : [])
  const heads = ['GROUP', 'COORDINATOR (ID)', 'ASSIGNMENT-STRATEGY', 'STATE']
  out(`\n${padded([...heads, ...more('GROUP-EPOCH', 'TARGET-ASSIGNMENT-EPOCH'), '#MEMBERS'], widths)}`)
  const cells = [groupId, where, assignor === '' ? '-' : assignor, state]
  out(`\n${padded([...cells, ...more(groupEpoch ?? '-', assignmentEpoch ?? '-'), members.length], widths)}\n`)
}

/** Says what is special about a group's state; whether there is more to print. */
function hasSomethingToShow({ groupId, state }: GroupDescription, rows: number): boolean {
  if (state === 'Dead') printError(`Consumer group '${groupId}' does not exist.`)
  else if (state === 'Empty') err(`\nConsumer group '${groupId}' has no active members.\n`)
  else if (state !== 'Stable') err(`\nWarning: Consumer group '${groupId}' is rebalancing.\n`)
  return state !== 'Dead' && rows > 0
}

function isClassic({ memberType }: GroupMemberDescription): boolean {
  return memberType === 'classic'
}

/** `orders:0,1;payments:2` */
function assignmentText(assignment: readonly TopicPartition[] = []): string {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of assignment) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
  const texts = Array.from(byTopic, ([topic, partitions]) => `${topic}:${partitions.sort((a, b) => a - b).join(',')}`)
  return texts.length === 0 ? '-' : texts.sort().join(';')
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function byTopicAndPartition(a: TopicPartition, b: TopicPartition): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}
