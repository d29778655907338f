import type { GroupOffset, OffsetToAlter } from '../../../client/index.ts'
import { timeText } from '../../words/index.ts'
import type { ResetPlan } from './reset-plan.ts'

/** What was committed before a reset, and what it set: enough to put it back, and to see whether somebody has committed since. */
export interface UndoFile {
  readonly clusterId: string | null
  /** Wall clock, in ms. */
  readonly atMs: number
  /** Who did it, and how: 'ada@ops-1', and the command line. undefined in files of before these were kept. */
  readonly by?: string | undefined
  readonly command?: string | undefined
  readonly groups: readonly UndoGroup[]
}

/** What one group had, and was given. */
export interface UndoGroup {
  readonly groupId: string
  readonly partitions: readonly UndoPartition[]
}

/** One offset that a reset set. */
export interface UndoPartition {
  readonly topic: string
  readonly partition: number
  /** undefined where nothing was committed: undoing forgets the offset again. */
  readonly before: { readonly offset: bigint; readonly leaderEpoch: number; readonly metadata: string } | undefined
  readonly after: bigint
}

const FORMAT = 'kohort-undo-1'

/** What undoes a plan. @param committed the group's offsets before it was executed */
export function undoOf({ groupId, changes }: ResetPlan, committed: readonly GroupOffset[]): UndoGroup {
  const before = new Map(committed.map((offset) => [`${offset.topic}-${offset.partition}`, offset]))
  return {
    groupId,
    partitions: changes.flatMap(({ topic, partition, newOffset }): UndoPartition[] => {
      if (newOffset === undefined) return []
      const known = before.get(`${topic}-${partition}`)
      const { offset, leaderEpoch, metadata } = known ?? { offset: -1n, leaderEpoch: -1, metadata: '' }
      return [
        { topic, partition, before: offset < 0n ? undefined : { offset, leaderEpoch, metadata }, after: newOffset },
      ]
    }),
  }
}

/** As JSON, one partition a line; offsets are strings. */
export function formatUndo({ clusterId, atMs, by, command, groups }: UndoFile): string {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one))
  const parts = groups.map(({ groupId, partitions }) => {
    const lines = partitions.map((partition) => `      ${text({ ...partition, before: partition.before ?? null })}`)
    return `    { "groupId": ${text(groupId)}, "partitions": [\n${lines.join(',\n')}\n    ] }`
  })
  const fields = { format: FORMAT, clusterId, atMs, at: timeText(atMs), by, command }
  const head = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${text(name)}: ${text(value)},`)
    .join('\n')
  return `{\n${head}\n  "groups": [\n${parts.join(',\n')}\n  ]\n}\n`
}

/** @throws SyntaxError for what is no such file */
export function parseUndo(text: string): UndoFile {
  const file = JSON.parse(text) as Record<string, unknown>
  if (file?.format !== FORMAT || !Array.isArray(file.groups)) throw new SyntaxError('it is no undo file of kohort')
  const groups = file.groups.map(({ groupId, partitions }): UndoGroup => {
    if (typeof groupId !== 'string' || !Array.isArray(partitions)) throw new SyntaxError('it is damaged')
    return { groupId, partitions: partitions.map(partitionOf) }
  })
  const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  const { clusterId, atMs, by, command } = file
  return { clusterId: textOf(clusterId) ?? null, atMs: Number(atMs), by: textOf(by), command: textOf(command), groups }
}

function partitionOf({ topic, partition, before, after }: Record<string, unknown>): UndoPartition {
  if (typeof topic !== 'string' || !Number.isInteger(partition)) throw new SyntaxError('it is damaged')
  const known = before as { offset: string; leaderEpoch: number; metadata: string } | null
  return {
    topic,
    partition: partition as number,
    before: known === null ? undefined : { ...known, offset: BigInt(known.offset) },
    after: BigInt(after as string),
  }
}

/** What puts back what was there. */
export interface UndoPlan {
  readonly groupId: string
  readonly restore: readonly OffsetToAlter[]
  /** Where nothing was committed. */
  readonly forget: readonly { readonly topic: string; readonly partition: number }[]
  /** Where the group is not where the reset has put it: somebody has committed since. */
  readonly moved: readonly {
    readonly topic: string
    readonly partition: number
    readonly after: bigint
    readonly now: bigint | undefined
  }[]
}

/** What an undo file comes to now, for one of its groups. Pure. @param now the group's committed offsets, by `topic-partition` */
export function planUndo({ groupId, partitions }: UndoGroup, now: ReadonlyMap<string, bigint>): UndoPlan {
  return {
    groupId,
    restore: partitions.flatMap(({ topic, partition, before }) =>
      before === undefined ? [] : [{ topic, partition, ...before }],
    ),
    forget: partitions
      .filter(({ before }) => before === undefined)
      .map(({ topic, partition }) => ({ topic, partition })),
    moved: partitions.flatMap(({ topic, partition, before, after }) => {
      const current = now.get(`${topic}-${partition}`)
      return current === after || current === before?.offset ? [] : [{ topic, partition, after, now: current }]
    }),
  }
}
