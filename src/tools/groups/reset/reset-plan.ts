import type { GroupDescription } from '../../../client/index.ts'

/** Where committed offsets shall go. */
export type ResetTarget =
  | { readonly to: 'earliest' | 'latest' }
  /** Where they are; the end of the log where nothing is committed (as Kafka's tool). Makes sense with a file or a copy. */
  | { readonly to: 'current' }
  | { readonly to: 'offset'; readonly offset: bigint }
  /** Forward, or back where it is negative. */
  | { readonly to: 'shift'; readonly by: bigint }
  /** The first record at or after this time (ms since 1970); the end of the log where none is that young. */
  | { readonly to: 'time'; readonly timestampMs: number }
  /** An offset for each partition, by `topic-partition`. */
  | { readonly to: 'offsets'; readonly offsets: ReadonlyMap<string, bigint> }

/** What is known of a partition before a reset. */
export interface ResetFacts {
  readonly topic: string
  readonly partition: number
  /** undefined where nothing is committed. */
  readonly committedOffset: bigint | undefined
  readonly logStartOffset: bigint
  readonly logEndOffset: bigint
  /** For the target 'time': -1n where no record is that young. */
  readonly offsetAtTime?: bigint | undefined
}

/** One partition of a plan. */
export interface ResetChange extends ResetFacts {
  /** undefined where there is a problem. */
  readonly newOffset: bigint | undefined
  /** What was asked for, where that lies outside of the log and the plan stays inside. */
  readonly clampedFrom: bigint | undefined
  /** Why it cannot be: a sentence without its subject. */
  readonly problem: string | undefined
  /** Where a time was asked for, and no record is that young. */
  readonly isAfterLast: boolean
}

/** What a reset would change, partition by partition. It can be printed, executed, written to a file and undone. */
export interface ResetPlan {
  readonly groupId: string
  readonly changes: readonly ResetChange[]
}

/**
 * What a target means for each partition.
 * @param outside what about offsets that are not in the log (retention has taken them, or they are not written yet): `refuse` makes a problem of
 *   them, `clamp` takes the nearest that is there, as Kafka's own tool does
 */
export function planReset(
  groupId: string,
  target: ResetTarget,
  partitions: readonly ResetFacts[],
  outside: 'refuse' | 'clamp' = 'refuse',
): ResetPlan {
  return { groupId, changes: partitions.map((facts) => changeOf(facts, target, outside)) }
}

function changeOf(facts: ResetFacts, target: ResetTarget, outside: 'refuse' | 'clamp'): ResetChange {
  const plain = { ...facts, newOffset: undefined, clampedFrom: undefined, problem: undefined, isAfterLast: false }
  const { committedOffset, logStartOffset, logEndOffset, offsetAtTime } = facts
  switch (target.to) {
    case 'earliest':
      return { ...plain, newOffset: logStartOffset }
    case 'latest':
      return { ...plain, newOffset: logEndOffset }
    case 'current':
      return { ...plain, newOffset: committedOffset ?? logEndOffset }
    case 'time':
      return offsetAtTime === undefined || offsetAtTime < 0n
        ? { ...plain, newOffset: logEndOffset, isAfterLast: true }
        : { ...plain, newOffset: offsetAtTime }
    case 'offset':
      return inside(plain, target.offset, outside)
    case 'shift':
      return committedOffset === undefined
        ? { ...plain, problem: 'nothing is committed that could be shifted' }
        : inside(plain, committedOffset + target.by, outside)
    case 'offsets': {
      const offset = target.offsets.get(`${facts.topic}-${facts.partition}`)
      return offset === undefined
        ? { ...plain, problem: 'the file has no offset for it' }
        : inside(plain, offset, outside)
    }
  }
}

function inside(change: ResetChange, offset: bigint, outside: 'refuse' | 'clamp'): ResetChange {
  const { logStartOffset, logEndOffset } = change
  if (offset >= logStartOffset && offset <= logEndOffset) return { ...change, newOffset: offset }
  const nearest = offset < logStartOffset ? logStartOffset : logEndOffset
  if (outside === 'clamp') return { ...change, newOffset: nearest, clampedFrom: offset }
  const problem =
    offset < logStartOffset
      ? `offset ${offset} is gone: the log begins at ${logStartOffset}`
      : `offset ${offset} does not exist yet: the log ends at ${logEndOffset}`
  return { ...change, problem }
}

/**
 * Why offsets of a group cannot be set from outside now, in a sentence that names its live members; undefined where it can be done. A group that
 * does not exist has none.
 */
export function refusalOfLiveGroup({ groupId, state, members }: GroupDescription): string | undefined {
  if (state === 'Empty' || state === 'Dead') return undefined
  const shown = members
    .slice(0, NAMED_MAX)
    .map(({ memberId, clientId, host }) => `${memberId} (${clientId} at ${host})`)
  const others = members.length > NAMED_MAX ? ` and ${members.length - NAMED_MAX} more` : ''
  const who = members.length === 0 ? '' : `: ${shown.join(', ')}${others}`
  const count = `${members.length} live ${members.length === 1 ? 'member' : 'members'}`
  return `group ${groupId} is ${state} with ${count}${who}. Stop them first: the coordinator lets nobody else change the offsets of a group with members.`
}

const NAMED_MAX = 5
