import type { GroupMemberDescription } from '../../../client/index.ts'
import { memberText, sentenceOf, type TimelineEntry } from '../../timeline/index.ts'
import { count, durationText, listed } from '../../words/index.ts'
import { type Evidence, sessionTimeoutMsOf } from '../evidence.ts'
import type { Found, Rule } from '../finding.ts'

/** A classic group in the middle of a rebalance: for whom it waits, and how long at most. */
export const waitingForMember: Rule = (evidence) => {
  const { group, timeline, atMs } = evidence
  if (group?.type !== 'classic') return undefined
  if (group.state !== 'PreparingRebalance' && group.state !== 'CompletingRebalance') return undefined
  const completedAt = timeline.findLastIndex(({ type }) => type === 'rebalance-completed')
  const started = timeline.slice(completedAt + 1).find(({ type }) => type === 'rebalance-started')
  const sinceMs = started?.timeMs ?? evidence.before.atMs
  const begun = `The group has been in a rebalance for ${started === undefined ? 'at least ' : ''}${durationText(atMs - sinceMs)} and waits for`
  const why = `State ${group.state}.${started === undefined ? '' : ` ${sentenceOf(started)}`}`
  const closing =
    'Close consumers on SIGTERM, and give them a group.instance.id: a restarted process then takes its own place at once.'
  if (group.state === 'CompletingRebalance') {
    return {
      severity: 'critical',
      sentence: `${begun} the leader's assignment.`,
      evidence: [why],
      advice: ['The leader hangs in its assignor, or died: it is removed after its session.', closing],
    }
  }
  const awaited = awaitedOf(evidence, completedAt, sinceMs)
  const { left, texts } = limitOf(evidence, awaited, sinceMs)
  const names = awaited.map((member) => memberText({ ...member, clientHost: member.host }))
  return {
    severity: 'critical',
    sentence: `${begun} ${names.length === 0 ? 'members' : listed(names)} to join again${left}.`,
    evidence: [why, ...rollCall(evidence, awaited, started?.timeMs), ...texts],
    advice: [...adviceFor(group.groupId, awaited), closing],
    members: awaited.map(({ memberId }) => memberId),
  }
}

/**
 * Who has not come since it began. Where the coordinator tells who came back (kohort) these are all, and nobody else; elsewhere members of the last
 * generation of which nothing was heard, and where one of them came back under a new id, the old one.
 */
function awaitedOf(evidence: Evidence, completedAt: number, sinceMs: number): readonly GroupMemberDescription[] {
  const { group, timeline } = evidence
  const since = timeline.slice(completedAt + 1).filter(({ timeMs }) => timeMs >= sinceMs)
  const joined = since.filter(hasJoined)
  const joinedIds = new Set(joined.map(({ member }) => member?.memberId))
  const missing = group!.members.filter(({ memberId }) => !joinedIds.has(memberId))
  if (isExact(evidence, since)) return missing
  const former = timeline[completedAt]?.assignments
    ?.filter(({ after }) => after !== null)
    .map(({ memberId }) => memberId)
  const old = missing.filter(({ memberId }) => former === undefined || former.includes(memberId))
  const ghosts = old.filter((member) => successorOf(member, joined) !== undefined)
  return ghosts.length > 0 ? ghosts : old
}

function isExact({ timelineSource }: Evidence, since: readonly TimelineEntry[]): boolean {
  return timelineSource === 'recorded' && since.length > 0 && since.every(({ type }) => type !== 'events-dropped')
}

/** Whether its member waits for the others from then on: the one that asked for a rebalance does, too. */
function hasJoined({ type, trigger }: TimelineEntry): boolean {
  if (type === 'rebalance-started') return trigger === 'leader-rejoin' || trigger === 'subscription-change'
  return type === 'member-joined' || type === 'member-rejoined' || type === 'member-replaced'
}

/** A newer member of the same client on the same host. */
function successorOf({ clientId, host }: GroupMemberDescription, joined: readonly TimelineEntry[]) {
  return joined.find(({ type, member }) => {
    return type === 'member-joined' && member?.clientId === clientId && member.clientHost === host
  })
}

function rollCall(
  { group, timeline }: Evidence,
  awaited: readonly GroupMemberDescription[],
  startedMs: number | undefined,
): readonly string[] {
  const since = timeline.filter(({ timeMs }) => startedMs !== undefined && timeMs >= startedMs)
  const all = group!.members.length
  return [
    `${all - awaited.length} of ${count(all, 'member')} joined.`,
    ...awaited.slice(0, NAMED_MAX).map((member) => {
      const successor = successorOf(member, since)?.member?.memberId
      const dead =
        successor === undefined ? '' : `; ${successor} came from the same client since, so it is dead, most likely`
      return `${member.clientId} (${member.memberId}) has been a member since before${dead}.`
    }),
  ]
}

const NAMED_MAX = 5

/**
 * A dead member is missed after its session; one that still is a member by then was heard of in between. It is missed when the longest
 * max.poll.interval.ms of all members is over.
 */
function limitOf(
  evidence: Evidence,
  awaited: readonly GroupMemberDescription[],
  sinceMs: number,
): { readonly left: string; readonly texts: readonly string[] } {
  const elapsedMs = evidence.atMs - sinceMs
  const sessions = awaited.flatMap(({ memberId }) => sessionTimeoutMsOf(evidence, memberId) ?? [])
  const rebalances = [...evidence.members.values()].flatMap(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs ?? [])
  const seconds = (ms: number): string => `${Math.ceil(Math.max(0, ms - elapsedMs) / 1_000)} s`
  const longest = rebalances.length === 0 ? undefined : Math.max(...rebalances)
  const session = sessions.length === 0 ? undefined : Math.max(...sessions)
  const it = awaited.length === 1 ? 'it' : 'they'
  if (session === undefined) {
    const left = longest === undefined ? '' : `, for ${seconds(longest)} more at most`
    return { left, texts: longest === undefined ? ['How long it may take is not known.'] : [] }
  }
  if (elapsedMs > session) {
    const lives = `${it === 'it' ? 'It was' : 'They were'} heard of within the last ${durationText(session)}, or ${it} would be out (session.timeout.ms): alive with a handler that is at work or stuck, or dead since just now`
    const until = longest === undefined ? '' : `; max.poll.interval.ms ends the wait after ${durationText(longest)}`
    return { left: longest === undefined ? '' : `, for ${seconds(longest)} more at most`, texts: [`${lives}${until}.`] }
  }
  const dead = `${seconds(session)} more if ${it} ${it === 'it' ? 'is' : 'are'} dead`
  if (longest === undefined || longest <= session) {
    return { left: `, for ${longest === undefined ? dead : `${seconds(longest)} more at most`}`, texts: [] }
  }
  return {
    left: `, for ${seconds(longest)} more at most, ${dead}`,
    texts: [
      `A dead member is out after ${durationText(session)} of silence (session.timeout.ms), a living one that does not come after ${durationText(longest)} (max.poll.interval.ms).`,
    ],
  }
}

function adviceFor(groupId: string, awaited: readonly GroupMemberDescription[]): Found['advice'] {
  const flags = awaited
    .slice(0, NAMED_MAX)
    .map(({ memberId, groupInstanceId }) =>
      groupInstanceId === null ? `--member ${memberId}` : `--instance ${groupInstanceId}`,
    )
  if (flags.length === 0)
    return [
      'A client that has asked for a member id and not joined with it may be waited for: that ends with its session.',
    ]
  return [
    `To let the others go on at once: kohort groups remove-members ${groupId} ${flags.join(' ')} --yes. One that lives joins again, and what it has not committed is done twice.`,
    'If that process lives, its handler is stuck, or long at work: look there, with a stack dump.',
  ]
}
