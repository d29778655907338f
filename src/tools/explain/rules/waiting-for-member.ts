import type { GroupMemberDescription } from '../../../client/index.ts'
import { memberText, sentenceOf } from '../../timeline/index.ts'
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
  const limits = suspects.map((member) => limitOf(evidence, member, atMs - sinceMs))
  const known = limits.flatMap((limit) => limit.ms ?? [])
  const leftMs = known.length === 0 ? undefined : Math.max(0, sinceMs + Math.max(...known) - atMs)
  const left = leftMs === undefined ? '' : `, for ${Math.ceil(leftMs / 1_000)} s more at most`
  const names = suspects.map((member) => memberText({ ...member, clientHost: member.host }))
  const forWhom =
    group.state === 'CompletingRebalance'
      ? "the leader's assignment"
      : `${names.length === 0 ? 'members' : listed(names)} to join again`
  return {
    severity: 'critical',
    sentence: `The group has been in a rebalance for ${started === undefined ? 'at least ' : ''}${durationText(atMs - sinceMs)} and waits for ${forWhom}${left}.`,
    evidence: [
      `State ${group.state}.${started === undefined ? '' : ` ${sentenceOf(started)}`}`,
      ...suspects.map((member) => `${member.clientId} (${member.memberId}) has been a member since before.`),
      ...limits.map(({ text }) => text),
    ],
    advice: [
      group.state === 'CompletingRebalance'
        ? 'The leader hangs in its assignor, or died: it is removed after its session.'
        : `If that process is dead, nothing but time helps, or kohort groups remove-members ${group.groupId}; if it lives, its handler is stuck.`,
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

/** A dead member is missed after its session; one that still is a member by then was heard of in between, and is missed after the rebalance timeout. */
function limitOf(
  evidence: Evidence,
  { memberId }: GroupMemberDescription,
  elapsedMs: number,
): { readonly ms: number | undefined; readonly text: string } {
  const session = sessionTimeoutMsOf(evidence, memberId)
  const rebalance = evidence.members.get(memberId)?.rebalanceTimeoutMs
  if (session !== undefined && elapsedMs > session) {
    const lives = `It was heard of within the last ${durationText(session)}, or it would be out (session.timeout.ms). So its handler is at work or stuck, or it died just now`
    const until = rebalance === undefined ? '' : `; max.poll.interval.ms ends after ${durationText(rebalance)}`
    return { ms: rebalance, text: `${lives}${until}.` }
  }
  const ms = session === undefined || rebalance === undefined ? (session ?? rebalance) : Math.min(session, rebalance)
  const text =
    ms === undefined
      ? 'How long it may take is not known.'
      : `If it is dead, the group is rid of it after ${durationText(ms)}.`
  return { ms, text }
}
