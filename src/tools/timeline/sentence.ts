import { count, durationText, listed } from '../words/index.ts'
import { durationOf, movesOf } from './moves.ts'
import type { GroupEventMember, TimelineEntry, TimelineTrigger } from './timeline-entry.ts'

const because: Readonly<Record<TimelineTrigger, string>> = {
  join: 'a member joined',
  leave: 'a member left',
  'max-poll-interval': 'a member did not poll within max.poll.interval.ms',
  fenced: 'a member was fenced',
  'session-timeout': 'a member was silent for longer than its session timeout',
  'rebalance-timeout': 'a member did not rejoin, or give up its partitions, in time',
  'sync-timeout': 'a member did not ask for its assignment in time',
  'subscription-change': 'a member subscribes to something else',
  'leader-rejoin': 'the leader asked for a new assignment',
  'static-replacement': 'a static member came back under a new id',
  'admin-removal': 'an administrator removed members',
  'coordinator-load': 'the broker started',
  expiry: 'offsets were past their retention',
  'topic-deleted': 'a topic was deleted',
  'topic-created': 'a topic was created',
  'topic-partitions-added': 'a topic got more partitions',
  'topic-change': 'topics changed',
  migration: 'the group changed its protocol',
  overload: 'more happened than could be kept',
  unknown: 'nothing tells why',
}

/** A trigger as the end of a sentence: 'because a member joined'. */
export function triggerText(trigger: TimelineTrigger): string {
  return because[trigger] ?? trigger
}

/** 'worker-3 (static id pod-3, 10.0.0.8)' */
export function memberText({ memberId, groupInstanceId, clientId, clientHost }: GroupEventMember): string {
  const host = clientHost.replace(/^\//, '')
  const details = [groupInstanceId === null ? '' : `static id ${groupInstanceId}`, host].filter((part) => part !== '')
  const name = clientId === '' ? memberId : clientId
  return details.length === 0 ? name : `${name} (${details.join(', ')})`
}

/** What happened and why, in a sentence. */
export function sentenceOf(entry: TimelineEntry): string {
  const who = entry.member === undefined ? 'a member' : memberText(entry.member)
  const said = saidText(entry.member?.clientReason)
  switch (entry.type) {
    case 'group-created':
      return entry.member === undefined ? 'The group began.' : `The group began with ${who}${said}.`
    case 'member-joined':
      return `${who} joined${said}.`
    case 'member-rejoined':
      return `${who} is back for the rebalance, which waits for others${said}.`
    case 'member-left':
      return `${leftText(entry, who)}${said}.`
    case 'member-evicted':
      return `${who} was removed: ${evictionText(entry)}${said}.`
    case 'member-replaced':
      return `${who} came back under a new member id and keeps its partitions${said}.`
    case 'member-fenced':
      return `A request of ${who} was refused: ${entry.reason}.`
    case 'rebalance-started':
      return startedText(entry, who)
    case 'rebalance-completed':
      return completedText(entry)
    case 'partitions-handed-over':
      return `${who} asked for its partitions after the rebalance${unownedText(entry)}.`
    case 'group-emptied':
      return entry.trigger === 'unknown'
        ? 'The last member is gone.'
        : `The last member is gone: ${because[entry.trigger]}.`
    case 'group-deleted':
      return 'The group was deleted.'
    case 'group-converted':
      return `The group changed its protocol: ${entry.reason}.`
    case 'offsets-expired':
      return `Offsets are gone: ${entry.reason}.`
    case 'events-dropped':
      return `${count(entry.dropped ?? 0, 'event')} of all groups are missing here: more happened than could be kept.`
  }
}

/** What every client says whose id the broker has just made (KIP-394) tells nothing. */
const ROUTINE = /^need to re-join with the given member-id/

function saidText(clientReason: string | undefined): string {
  return clientReason === undefined || ROUTINE.test(clientReason) ? '' : `; it says: "${clientReason}"`
}

function evictionText({ trigger, reason }: TimelineEntry): string {
  return because[trigger]?.replace(/^a member\b/, 'it') ?? reason
}

function leftText({ trigger, source, reason }: TimelineEntry, who: string): string {
  if (trigger === 'max-poll-interval') return `${who} left: its application did not poll within max.poll.interval.ms`
  if (trigger === 'unknown') return `${who} is gone: it left, or was removed`
  if (trigger === 'admin-removal') return `${who} was removed by an administrator`
  return source === 'inferred' ? `${who}: ${reason}` : `${who} left`
}

function startedText({ trigger, source, reason, member }: TimelineEntry, who: string): string {
  if (source === 'inferred') return `A rebalance began: ${reason}.`
  const cause = because[trigger] ?? reason
  return `A rebalance began: ${member === undefined ? cause : cause.replace(/^a (static )?member|^the leader/, who)}.`
}

function completedText(entry: TimelineEntry): string {
  const parts = [`Rebalance over: ${entry.reason.replace(/\b1 members\b/, '1 member')}`]
  const totalMs = durationOf(entry)
  if (totalMs !== undefined) parts.push(`it took ${durationText(totalMs)}${phasesText(entry)}`)
  const moves = movesOf(entry)
  if (moves !== undefined) {
    const moved = moves.filter(({ from, to }) => from !== null && to !== null)
    const names = moved.map(({ topic, partition }) => `${topic}-${partition}`)
    parts.push(
      moved.length === 0 ? 'no partition moved' : `${count(moved.length, 'partition')} moved (${listed(names)})`,
    )
  }
  return `${parts.join('; ')}${unownedText(entry)}.`
}

function phasesText({ protocol, phases }: TimelineEntry): string {
  if (phases === undefined) return ''
  const [prepare, sync] = protocol === 'classic' ? ['joining', 'assigning'] : ['assigning', 'handing over']
  const told = [
    [prepare, phases.prepareMs],
    [sync, phases.syncMs],
    ['of it revoking', phases.revokeMs ?? null],
  ] as const
  const texts = told.flatMap(([name, ms]) => (ms === null || ms === 0 ? [] : [`${name} ${durationText(ms)}`]))
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`
}

function unownedText({ unowned }: TimelineEntry): string {
  if (unowned === undefined || unowned.length === 0) return ''
  const longest = Math.max(...unowned.map(({ ms }) => ms))
  return `; ${count(unowned.length, 'partition')} had no owner, for ${durationText(longest)} at most`
}
