import type { GroupMemberDescription } from '../../../client/index.ts'
import { memberText } from '../../timeline/index.ts'
import { durationText, listed } from '../../words/index.ts'
import { type Evidence, sessionTimeoutMsOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'

/** A classic group in the middle of a rebalance: for whom it waits, and how long at most. */
export const waitingForMember: Rule = (evidence) => {
  const { group, timeline, atMs } = evidence
  if (group?.type !== 'classic') return undefined
  if (group.state !== 'PreparingRebalance' && group.state !== 'CompletingRebalance') return undefined
  const completedAt = timeline.findLastIndex(({ type }) => type === 'rebalance-completed')
  const started = timeline.slice(completedAt + 1).find(({ type }) => type === 'rebalance-started')
  const sinceMs = started?.timeMs ?? evidence.before.atMs
  const suspects = suspectsOf(evidence, completedAt, sinceMs)
  const limits = suspects.flatMap((member) => limitMs(evidence, member) ?? [])
  const leftMs = limits.length === 0 ? undefined : Math.max(0, sinceMs + Math.max(...limits) - atMs)
  const left = leftMs === undefined ? '' : `, for ${Math.ceil(leftMs / 1_000)} s more at most`
  const names = suspects.map((member) => memberText({ ...member, clientHost: member.host }))
  const forWhom =
    group.state === 'CompletingRebalance'
      ? "the leader's assignment"
      : `${names.length === 0 ? 'members' : listed(names)} to join again`
  return {
    severity: 'critical',
    sentence: `The group is in a rebalance since ${durationText(atMs - sinceMs)} and waits for ${forWhom}${left}.`,
    evidence: [
      `State ${group.state}${started === undefined ? '' : `; it began because: ${started.reason}`}.`,
      ...suspects.map((member) => `${member.clientId} (${member.memberId}) has been a member since before.`),
      ...limits.map((ms) => `Its session or max.poll.interval.ms ends after ${durationText(ms)}.`),
    ],
    advice: [
      group.state === 'CompletingRebalance'
        ? 'The leader hangs in its assignor, or died: it is removed after its session.'
        : 'If that process is dead, nothing but time helps, or kohort groups remove-members; if it lives, its handler is stuck.',
      'Close consumers on SIGTERM, and give them a group.instance.id: a restarted process then takes its own place at once.',
    ],
    members: suspects.map(({ memberId }) => memberId),
  }
}

/** Members of the last generation that nothing was heard of since; where one of them came back under a new id, the old one. */
function suspectsOf(
  { group, timeline }: Evidence,
  completedAt: number,
  sinceMs: number,
): readonly GroupMemberDescription[] {
  const joined = timeline.filter(({ type, timeMs }) => type === 'member-joined' && timeMs >= sinceMs)
  const joinedIds = new Set(joined.map(({ member }) => member?.memberId))
  const former = timeline[completedAt]?.assignments
    ?.filter(({ after }) => after !== null)
    .map(({ memberId }) => memberId)
  const old = group!.members.filter(
    ({ memberId }) => !joinedIds.has(memberId) && (former === undefined || former.includes(memberId)),
  )
  const ghosts = old.filter(({ clientId, host }) =>
    joined.some(({ member }) => member?.clientId === clientId && member.clientHost === host),
  )
  return ghosts.length > 0 ? ghosts : old
}

/** Which comes first: its session, if it is dead, or the rebalance timeout. */
function limitMs(evidence: Evidence, { memberId }: GroupMemberDescription): number | undefined {
  const session = sessionTimeoutMsOf(evidence, memberId)
  const rebalance = evidence.members.get(memberId)?.rebalanceTimeoutMs
  if (session === undefined || rebalance === undefined) return session ?? rebalance
  return Math.min(session, rebalance)
}
