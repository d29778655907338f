import { movesOf } from '../../timeline/index.ts'
import { count, durationText } from '../../words/index.ts'
import type { Rule } from '../finding.ts'

const EAGER = new Set(['range', 'roundrobin', 'sticky'])

/** Rebalances of an eager assignor that stopped all partitions to move a few. */
export const eagerRebalances: Rule = ({ group, timeline }) => {
  if (group?.type !== 'classic' || !EAGER.has(group.assignor)) return undefined
  const completed = timeline.filter(({ type, unowned }) => type === 'rebalance-completed' && unowned !== undefined)
  let stopped = 0
  let moved = 0
  let stoppedMs = 0
  for (const entry of completed) {
    const moves = movesOf(entry)?.filter(({ from }) => from !== null)
    if (moves === undefined) continue
    const names = new Set(moves.map(({ topic, partition }) => `${topic}-${partition}`))
    const idle = entry.unowned!.filter(({ topic, partition }) => !names.has(`${topic}-${partition}`))
    stopped += idle.length
    moved += moves.length
    stoppedMs += idle.reduce((sum, { ms }) => sum + ms, 0)
  }
  if (stopped === 0) return undefined
  return {
    severity: 'info',
    sentence: `${group.assignor} stops every partition at each rebalance: ${count(stopped, 'partition')} stood still for ${durationText(stoppedMs)} together without moving at all, ${count(moved, 'partition')} moved.`,
    evidence: [`${count(completed.length, 'rebalance')} in the time that was looked at.`],
    advice: [
      'cooperative-sticky keeps what does not move at work (deploy a version that lists both assignors first), and so does group.protocol=consumer.',
    ],
  }
}
