import { type Cause, emit } from '../events.ts'
import type { GroupContext } from '../group.ts'
import { consumerConfigOf } from '../group-config.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { noteRebalanceStart } from './handover.ts'
import type { ConsumerMember } from './member.ts'
import { regexOf } from './member.ts'
import { metadataHash } from './metadata-hash.ts'
import { epochRecord, regexRecord, regexTombstone } from './records.ts'
import { assignLater } from './target-assignment.ts'
import { seenTopics, topicChange } from './topic-change.ts'

/** Kafka's own bound: the regular expressions of a group are evaluated at most so often. */
const EVALUATION_PAUSE_MS = 10_000

export interface EvaluateRegexesEffect {
  readonly type: 'evaluate-regexes'
  readonly groupId: string
  /** RE2 syntax; each has been compiled before. */
  readonly regexes: readonly string[]
}
export interface RegexesResult {
  readonly type: 'regexes-evaluated'
  readonly groupId: string
  /** Undefined when it failed: it is tried again. */
  readonly matches: ReadonlyMap<string, ReadonlySet<string>> | undefined
  /** Of the topic image. */
  readonly version: number
  readonly timestampMs: number
}

/** What a changed expression means: 'resolved' when its topics are known already, so that the group can rebalance at once. */
export type RegexChange = 'none' | 'updated' | 'resolved'

/** How many members had the old and the new expression before the member's own record. */
export interface RegexCounts {
  readonly old: number
  readonly new: number
}

/** After the record of a member that may have another expression now: forgets what nobody has any more. */
export function noteRegexChange(
  group: ConsumerGroup,
  {
    before,
    after,
    counts,
  }: { readonly before: ConsumerMember; readonly after: ConsumerMember; readonly counts: RegexCounts },
  context: GroupContext,
): RegexChange {
  if (before.subscribedTopicRegex === after.subscribedTopicRegex) return 'none'
  const [old, now] = [regexOf(before), regexOf(after)]
  if (old !== undefined && counts.old === 1 && old !== now && group.subscriptions.resolved.has(old)) {
    context.step.append(regexTombstone(group.groupId, old))
  }
  if (now === undefined) return old === undefined ? 'updated' : 'resolved'
  return counts.new > 0 && group.subscriptions.resolved.has(now) ? 'resolved' : 'updated'
}

/**
 * Has the group's expressions evaluated where that is due (KIP-848, in Kafka's rhythm): all of them together, so that they cause one rebalance;
 * not twice at a time, nor within 10 s; when one is new, topics were created, or the refresh interval is over.
 */
export function evaluateRegexesIfDue(group: ConsumerGroup, context: GroupContext): void {
  const { regexes, resolved } = group.subscriptions
  if (regexes.size === 0 || group.isEvaluatingRegexes) return
  const last = group.subscriptions.lastEvaluated()
  const { wallMs } = context.step
  if (last !== undefined) {
    if (wallMs <= last.timestampMs + EVALUATION_PAUSE_MS) return
    const isDue =
      regexes.size !== resolved.size ||
      group.regexVersion === undefined ||
      group.regexVersion < context.topics.createdVersion ||
      wallMs > last.timestampMs + consumerConfigOf(context.config).regexRefreshIntervalMs
    if (!isDue) return
  }
  group.isEvaluatingRegexes = true
  context.step.ask({ type: 'evaluate-regexes', groupId: group.groupId, regexes: [...regexes.keys()] })
}

export function onRegexesEvaluated(group: ConsumerGroup, result: RegexesResult, context: GroupContext): void {
  group.isEvaluatingRegexes = false
  if (result.matches === undefined) return
  group.regexVersion = result.version
  const { groupId, subscriptions } = group
  let changed = false
  let first: string | undefined
  for (const [regex, topics] of result.matches) {
    // Nobody may have it any more.
    if (subscriptions.membersWith(regex) === 0) continue
    const before = subscriptions.resolved.get(regex)?.topics
    if (before === undefined ? isNews(group, regex, topics, context) : !isSame(before, topics)) {
      changed = true
      if (before === undefined) first = regex
    }
    const { version, timestampMs } = result
    context.step.append(regexRecord(groupId, regex, { topics, version, timestampMs }))
  }
  const hash = metadataHash(subscriptions.topicNames.keys(), context.topics)
  if (!changed && hash === group.metadataHash) return
  context.step.append(epochRecord(groupId, group.groupEpoch + 1, hash))
  group.checkedVersion = context.topics.version
  const seen = seenTopics(subscriptions.topicNames.keys(), context.topics)
  const cause = first === undefined ? ofTopics(topicChange(group.seenTopics, seen)) : ofExpression(first)
  group.seenTopics = seen
  noteRebalanceStart(group, cause, context)
  emit(group, context, 'rebalance-started', cause)
  assignLater(group, context)
}

function ofTopics({ trigger, reason }: Cause): Cause {
  return { trigger, reason: `the topics that match the regular expressions of the group have changed: ${reason}` }
}

function ofExpression(regex: string): Cause {
  const shown = regex.length > 100 ? `${regex.slice(0, 100)}…` : regex
  return { trigger: 'subscription-change', reason: `a member subscribes by the regular expression \`${shown}\`` }
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((topic) => b.has(topic))
}

/**
 * An expression is evaluated for the first time. Where it matches nothing, members that had another before may still have targets in topics
 * which they do not subscribe to any more, and nobody would get those partitions (Kafka does not look).
 */
function isNews(group: ConsumerGroup, regex: string, topics: ReadonlySet<string>, context: GroupContext): boolean {
  if (topics.size > 0) return true
  for (const member of group.members.values()) {
    if (regexOf(member) !== regex) continue
    const subscribed = new Set(member.subscribedTopicNames.map((name) => context.topics.topicId(name)))
    for (const topicId of group.targetOf(member.memberId).keys()) if (!subscribed.has(topicId)) return true
  }
  return false
}
