import type { GroupPartitionSnapshot, GroupSnapshot } from '../../lag/index.ts'

/** Burrow's StatusConstant: 0 NOTFOUND, 1 OK, 2 WARN, 3 ERR, 4 STOP, 5 STALL, 6 REWIND (core/protocol/evaluator.go). */
const statuses = { OK: 1, WARN: 2, REWIND: 6, STALLED: 5, STOPPED: 4 } as const
const ERR = 3

export function partitionStatus({ evaluation }: Pick<GroupPartitionSnapshot, 'evaluation'>): number {
  return evaluation === undefined ? Number.NaN : statuses[evaluation]
}

/** A group is OK, WARN or ERR. */
export function groupStatus({ evaluation }: Pick<GroupSnapshot, 'evaluation'>): number {
  return Math.min(partitionStatus({ evaluation }), ERR)
}
