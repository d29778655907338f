import { connectionsCurve } from './connections.js'
import { groupsCurve, membersCurve } from './groups.js'
import { logSizeCurve } from './log-size.js'
import { partitionsCurve } from './partitions.js'

/**
 * How cost grows, by name. A curve:
 *
 * - `points(options)`: the sizes, smallest first.
 * - `measure(variant)`: yields `{ point, ...figures }` for the variant's points, one after the other.
 * - `figures`: what the table shows of them.
 *
 * `variant.withBroker(work)` runs work with a broker of its own and removes it; `variant.locked(work)` runs the part that
 * needs a quiet machine.
 */
export const curves = {
  partitions: partitionsCurve,
  connections: connectionsCurve,
  groups: groupsCurve,
  members: membersCurve,
  'log-size': logSizeCurve,
}
