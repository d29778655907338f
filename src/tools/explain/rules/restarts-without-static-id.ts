import { count, listed, timeText } from '../../words/index.ts'
import type { Rule } from '../finding.ts'

const RESTART_MS = 2 * 60_000
const RESTARTS_MIN = 2

/** Members that left and were back soon: static membership would have spared the group both rebalances. */
export const restartsWithoutStaticId: Rule = ({ timeline }) => {
  const restarts = timeline.flatMap((gone) => {
    const isGone = gone.type === 'member-left' || gone.type === 'member-evicted'
    if (!isGone || gone.member === undefined || gone.member.groupInstanceId !== null) return []
    if (gone.trigger === 'max-poll-interval') return []
    const back = timeline.find(
      ({ type, timeMs, member }) =>
        type === 'member-joined' &&
        timeMs >= gone.timeMs &&
        timeMs - gone.timeMs <= RESTART_MS &&
        member?.clientId === gone.member!.clientId &&
        member.memberId !== gone.member!.memberId,
    )
    return back === undefined ? [] : [{ clientId: gone.member.clientId, gone, back }]
  })
  if (restarts.length < RESTARTS_MIN) return undefined
  const names = [...new Set(restarts.map(({ clientId }) => clientId))]
  return {
    severity: 'info',
    sentence: `${listed(names)} went and came back within two minutes ${count(restarts.length, 'time')}: each time the group rebalanced twice.`,
    evidence: restarts.slice(-5).map(({ clientId, gone, back }) => {
      return `${clientId}: gone ${timeText(gone.timeMs)}, back ${timeText(back.timeMs)}`
    }),
    advice: [
      'With group.instance.id (one a process, the same after its restart) a member that is back within its session timeout takes its partitions again, and nobody else notices.',
      'If these are crashes rather than deployments, look into the log of that process.',
    ],
  }
}
