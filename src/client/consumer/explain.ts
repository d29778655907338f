import { heldByOthers, noPartition } from './explain-group.ts'
import type { ConsumerReport, Explanation, Health, PartitionReport, Reason, ReasonFound } from './explanation.ts'
import type { MembershipReport } from './membership/membership.ts'

/** A refusal is repeated as long as it lasts: an older one is over. */
const REFUSED_MS_MAX = 5_000

/** Longer than this without asking for the next record is worth a sentence. */
const BUSY_MS = 1000

/** Says why a consumer gets no records, as far as one moment tells it. Pure. */
export function explain(report: ConsumerReport): Explanation {
  const reasons = [...wholeConsumer(report), ...partitions(report)]
  return { reasons, text: reasons.map(({ sentence }) => sentence).join('\n'), report }
}

/** A partition that should be read, and is not, for so long: more than a request and its repetition take. */
const STALLED_MS_MAX = 90_000
const SHOULD_MOVE: ReadonlySet<Reason> = new Set(['no-leader', 'no-position', 'fetching'] satisfies Reason[])

/** A member that cannot join for so long is stuck. */
const JOINING_MS_MAX = 5 * 60_000

/** Tied to progress: a consumer that waits at the end of its partitions is healthy, one that stopped asking while there are records is not. Pure. */
export function healthOf(report: ConsumerReport): Health {
  const { reasons } = explain(report)
  const status = statusOf(report)
  return { status, isHealthy: status === 'ok' || status === 'closed', reasons }
}

function statusOf(report: ConsumerReport): Health['status'] {
  const { nowMs, maxPollIntervalMs, membership, lastAskedMs, busySinceMs, isWaiting } = report
  if (report.isClosed) return 'closed'
  if (report.failure !== undefined || report.partitions.some(({ failure }) => failure !== undefined)) return 'failed'
  if (membership !== undefined && !isSettled(membership) && nowMs - membership.sinceMs > JOINING_MS_MAX) return 'stuck'
  if (isWaiting && report.partitions.some((partition) => isStalled(partition, nowMs))) return 'stuck'
  if (busySinceMs !== undefined && nowMs - busySinceMs > maxPollIntervalMs) return 'stuck'
  if (!isWaiting && lastAskedMs !== undefined && nowMs - lastAskedMs > maxPollIntervalMs) return 'stuck'
  return 'ok'
}

function isStalled(partition: PartitionReport, nowMs: number): boolean {
  const { sinceMs = nowMs } = partition
  return nowMs - sinceMs > STALLED_MS_MAX && SHOULD_MOVE.has(reasonOf(partition))
}

function isSettled({ state }: MembershipReport): boolean {
  return state === 'stable' || state === 'assigned'
}

function* wholeConsumer(report: ConsumerReport): Generator<ReasonFound> {
  const { nowMs, membership, lastAskedMs, busySinceMs } = report
  if (report.isClosed) return yield all('closed', 'The consumer is closed.')
  if (report.failure !== undefined)
    yield all('failed', `The consumer ended with ${report.failure.code}: ${report.failure.message}`)
  if (report.mode === 'none') return yield all('not-subscribed', 'Nothing is subscribed or assigned.')
  const { missingTopics, unauthorizedTopics, unmatchedPatterns, refused, group } = report
  if (unauthorizedTopics.length > 0) {
    yield all(
      'unauthorized',
      `This client may not read: ${unauthorizedTopics.join(', ')} (TOPIC_AUTHORIZATION_FAILED).`,
    )
  }
  if (refused !== undefined && nowMs - refused.atMs <= REFUSED_MS_MAX) {
    const { code, kind, message } = refused.error
    yield all(kind === 'unauthorized' ? 'unauthorized' : 'refused', `A broker refuses with ${code}: ${message}`)
  }
  if (missingTopics.length > 0) {
    yield all('topic-missing', `The cluster does not have, or does not show: ${missingTopics.join(', ')}.`)
  }
  if (unmatchedPatterns.length > 0) {
    yield all('topic-missing', `No topic that this client may see matches ${unmatchedPatterns.join(', ')}.`)
  }
  if (report.face === undefined) {
    yield all('not-asked', 'Nobody asks for records: records(), batches(), partitions(), run() or poll() does.')
  }
  if (membership !== undefined && !isSettled(membership)) {
    const seconds = duration(nowMs - membership.sinceMs)
    yield all('not-joined', `The member is ${membership.state} since ${seconds}: ${membership.waitsFor}.`)
  }
  if (membership !== undefined) {
    yield* heldByOthers(membership, group)
    if (isSettled(membership) && report.partitions.length === 0) yield* noPartition(membership, group)
  }
  const busyMs = nowMs - (busySinceMs ?? lastAskedMs ?? nowMs)
  if (report.face !== undefined && !report.isWaiting && busyMs > BUSY_MS) {
    const limit = `max.poll.interval.ms is ${duration(report.maxPollIntervalMs)}`
    yield all(
      'handler-busy',
      `The application is at work since ${duration(busyMs)}${atWorkWith(report)} and has not asked for more (${limit}).`,
    )
  }
  for (const { nodeId, throttledMs, failures } of report.fetcher.nodes) {
    if (throttledMs > 0)
      yield all('throttled', `Node ${nodeId} asked for quiet for ${duration(throttledMs)} more: a quota is exceeded.`)
    if (failures > 0) yield all('unreachable', `Node ${nodeId} has not answered ${failures} fetches in a row.`)
  }
}

function atWorkWith({ partitions }: ConsumerReport): string {
  const held = partitions.filter(({ inHand }) => inHand !== undefined)
  if (held.length === 0) return ''
  const shown = held
    .slice(0, NAMES_MAX)
    .map(({ topic, partition, inHand }) => `${topic}-${partition} at offset ${inHand}`)
  const more = held.length > NAMES_MAX ? ` and ${held.length - NAMES_MAX} more` : ''
  return ` with ${shown.join(', ')}${more}`
}

function* partitions(report: ConsumerReport): Generator<ReasonFound> {
  if (report.isClosed) return
  const found = new Map<Reason, PartitionReport[]>()
  for (const partition of report.partitions) {
    const reason = reasonOf(partition)
    const list = found.get(reason)
    if (list === undefined) found.set(reason, [partition])
    else list.push(partition)
  }
  for (const reason of ORDER) {
    const list = found.get(reason)
    if (list === undefined) continue
    yield {
      reason,
      sentence: sentences[reason](names(list), list),
      partitions: list.map(({ topic, partition }) => ({ topic, partition })),
    }
  }
}

type PartitionReason = (typeof ORDER)[number]

const ORDER = [
  'partition-failed',
  'revoking',
  'paused',
  'no-leader',
  'no-position',
  'open-transaction',
  'records-waiting',
  'fetching',
  'at-end',
] as const satisfies readonly Reason[]

/** Why this partition gives no records now. */
export function reasonOf({
  failure,
  isRevoking,
  paused,
  hasLeader,
  phase,
  position,
  end,
  highWatermark,
  unreadBytes,
}: PartitionReport): PartitionReason {
  if (failure !== undefined) return 'partition-failed'
  if (isRevoking) return 'revoking'
  if (paused) return 'paused'
  if (!hasLeader) return 'no-leader'
  if (phase !== 'fetching' || position === undefined) return 'no-position'
  if (unreadBytes > 0) return 'records-waiting'
  if (end < 0n || position < end) return 'fetching'
  return end < highWatermark ? 'open-transaction' : 'at-end'
}

const sentences: Readonly<Record<PartitionReason, (names: string, partitions: readonly PartitionReport[]) => string>> =
  {
    'partition-failed': (_, list) => list.map(({ failure }) => `${failure!.code}: ${failure!.message}`).join('\n'),
    revoking: (which) => `${which}: given up; the group waits for what is at work, and for the listener.`,
    paused: (which) => `${which}: paused; resume() goes on.`,
    'no-leader': (which) => `${which}: without a leader, as far as is known.`,
    'no-position': (which, [first]) => `${which}: the position is being found (${first!.phase}).`,
    'open-transaction': (which) =>
      `${which}: an open transaction holds the last stable offset below the end (read_committed).`,
    'records-waiting': (which) => `${which}: records are here, and wait for the application to ask.`,
    fetching: (which) => `${which}: records are being fetched.`,
    'at-end': (which) => `${which}: read to the end.`,
  }

const NAMES_MAX = 5

function names(list: readonly PartitionReport[]): string {
  const shown = list.slice(0, NAMES_MAX).map(({ topic, partition }) => `${topic}-${partition}`)
  return list.length > NAMES_MAX ? `${shown.join(', ')} and ${list.length - NAMES_MAX} more` : shown.join(', ')
}

function all(reason: Reason, sentence: string): ReasonFound {
  return { reason, sentence, partitions: [] }
}

function duration(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}
