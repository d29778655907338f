import { type GroupEventMember, memberText, type TimelineEntry } from '../../timeline/index.ts'
import { count, durationText, listed, timeText } from '../../words/index.ts'
import { type Evidence, keyOf, lastHeardMs, type MovingPartition, movingPartitions } from '../evidence.ts'
import type { Rule } from '../finding.ts'
import { groupedBy } from './grouped-by.ts'

/** A process that ends so soon after it has joined had something wrong with it from the start. */
const SHORT_MS = 2 * 60_000
/** Once is an accident, twice a coincidence. */
const LIVES_MIN = 3
/** A loop whose last end is this young goes on. */
const STILL_MS = 5 * 60_000

/** A stay of a process in the group that was short. */
interface Life {
  readonly member: GroupEventMember
  readonly joinedMs: number
  readonly endMs: number
  readonly isSilent: boolean
}

/** A process that joins, ends, and joins again: what a supervisor makes of a consumer that crashes. */
export const crashLoop: Rule = (evidence) => {
  const { timeline, group, atMs } = evidence
  const clients = groupedBy(shortLives(evidence), ({ member }) => `${member.clientId} ${member.clientHost}`)
  const loops = [...clients.values()].filter(
    (lives) => lives.length >= LIVES_MIN && lives.slice(0, -1).every((life) => comesBack(life, timeline)),
  )
  if (loops.length === 0) return undefined
  const all = loops.flat()
  const last = Math.max(...all.map(({ endMs }) => endMs))
  const spanMs = last - Math.min(...all.map(({ joinedMs }) => joinedMs))
  const clientIds = new Set(all.map(({ member }) => member.clientId))
  const standing = movingPartitions(evidence).filter((one) => isStanding(one, clientIds))
  return {
    severity: atMs - last < STILL_MS ? 'critical' : 'warning',
    sentence: `${listed(loops.map(([life]) => memberText(life!.member)))} ${loops.length === 1 ? 'ends' : 'end'} soon after joining and ${loops.length === 1 ? 'comes' : 'come'} back, again and again: ${count(all.length, 'time')} within ${durationText(spanMs)}.`,
    evidence: [
      ...all.slice(-5).map(({ member, joinedMs, endMs, isSilent }) => {
        const how = isSilent ? 'silent, without leaving: it was killed, or crashed' : 'left'
        return `${timeText(joinedMs)}: ${member.clientId} joined; after ${durationText(endMs - joinedMs)} ${how}.`
      }),
      ...(standing.length === 0 ? [] : [`Meanwhile the group does not move in ${listed(standing.map(placeText))}.`]),
    ],
    advice: [
      'Look at how that process ends: the last lines of its log, its exit code, whether it ran out of memory.',
      ...standing
        .slice(0, 1)
        .map(
          ({ topic, partition, committedOffset }) =>
            `If a record is what ends it, it stands at or soon behind this: kohort consume ${topic} --partition ${partition} --from ${committedOffset ?? 'beginning'} --max 10.`,
        ),
      'Until it is mended, stop it: the group rebalances with each of its lives, and waits for the silent ones until their session ends.',
    ],
    members: (group?.members ?? []).filter(({ clientId }) => clientIds.has(clientId)).map(({ memberId }) => memberId),
    partitions: standing.map(({ topic, partition }) => ({ topic, partition })),
  }
}

function shortLives(evidence: Evidence): readonly Life[] {
  const joined = new Map<string, number>()
  return evidence.timeline.flatMap((entry): Life[] => {
    const { type, trigger, member, timeMs } = entry
    if (member === undefined) return []
    if (type === 'member-joined') joined.set(member.memberId, timeMs)
    const joinedMs = joined.get(member.memberId)
    if (joinedMs === undefined || (type !== 'member-left' && type !== 'member-evicted')) return []
    if (trigger === 'admin-removal' || trigger === 'max-poll-interval') return []
    const isSilent = type === 'member-evicted'
    const endMs = Math.max(joinedMs, lastHeardMs(evidence, entry))
    return endMs - joinedMs > SHORT_MS ? [] : [{ member, joinedMs, endMs, isSilent }]
  })
}

function comesBack({ member, endMs }: Life, timeline: readonly TimelineEntry[]): boolean {
  return timeline.some(
    ({ type, timeMs, member: other }) =>
      type === 'member-joined' &&
      other !== undefined &&
      other.memberId !== member.memberId &&
      other.clientId === member.clientId &&
      other.clientHost === member.clientHost &&
      timeMs >= endMs &&
      timeMs - endMs <= SHORT_MS,
  )
}

function isStanding(
  { owner, state, lag, logStartOffset = 0n, logEndOffset = 0n, consumedPerSecond }: MovingPartition,
  clientIds: ReadonlySet<string>,
): boolean {
  // While nobody has it, it may be that of the process which is gone.
  if (owner !== undefined && !clientIds.has(owner.clientId)) return false
  if (state === 'never-committed') return logEndOffset > logStartOffset
  return (lag ?? 0n) > 0n && consumedPerSecond === 0
}

function placeText(one: MovingPartition): string {
  return `${keyOf(one)} (${one.committedOffset === undefined ? 'nothing committed' : `at offset ${one.committedOffset}`})`
}
