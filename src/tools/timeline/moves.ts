import type { TimelineAssignment, TimelineEntry } from './timeline-entry.ts'

export interface PartitionMove {
  readonly topic: string
  readonly partition: number
  /** Member ids; null: nobody. */
  readonly from: string | null
  readonly to: string | null
}

type Partitions = Readonly<Record<string, readonly number[]>>

/** Partitions that have another owner than before; undefined where the entry does not say who had what. */
export function movesOf({ assignments }: Pick<TimelineEntry, 'assignments'>): readonly PartitionMove[] | undefined {
  if (assignments === undefined) return undefined
  const before = owners(assignments, ({ before }) => before)
  const after = owners(assignments, ({ after }) => after)
  const moves: PartitionMove[] = []
  for (const [name, { topic, partition, memberId }] of after) {
    const from = before.get(name)?.memberId ?? null
    if (from !== memberId) moves.push({ topic, partition, from, to: memberId })
  }
  for (const [name, { topic, partition, memberId }] of before) {
    if (!after.has(name)) moves.push({ topic, partition, from: memberId, to: null })
  }
  return moves
}

function owners(assignments: readonly TimelineAssignment[], side: (one: TimelineAssignment) => Partitions | null) {
  const found = new Map<string, { topic: string; partition: number; memberId: string }>()
  for (const assignment of assignments) {
    for (const [topic, partitions] of Object.entries(side(assignment) ?? {})) {
      for (const partition of partitions)
        found.set(`${topic}-${partition}`, { topic, partition, memberId: assignment.memberId })
    }
  }
  return found
}

/** How long the rebalance took, all phases together; undefined where it is not known. */
export function durationOf({ phases }: Pick<TimelineEntry, 'phases'>): number | undefined {
  if (phases === undefined || phases.prepareMs === null || phases.syncMs === null) return undefined
  return phases.prepareMs + phases.syncMs
}
