import type { Clock } from '../../platform/index.ts'

type Re2 = typeof import('re2js')
let loading: Promise<Re2> | undefined

/** Loaded when the first expression comes: most brokers never see one. */
function re2(): Promise<Re2> {
  loading ??= import('re2js')
  return loading
}

/** Expressions that were compiled lately, so that each heartbeat of a large group does not compile its own again. */
const valid = new Set<string>()
const VALID_MAX = 1_000

/**
 * What is wrong with a subscription's regular expression, in Kafka's words; null when nothing is. RE2's syntax, as in Kafka (RE2/J): no
 * back-references and no look-around, and in return no expression takes longer than linear time.
 */
export async function topicRegexProblem(regex: string): Promise<string | null> {
  if (valid.has(regex)) return null
  const { RE2JS, RE2JSSyntaxException } = await re2()
  try {
    RE2JS.compile(regex)
  } catch (error) {
    const why = error instanceof RE2JSSyntaxException ? error.getDescription() : String(error)
    return `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${why}.`
  }
  if (valid.size >= VALID_MAX) valid.clear()
  valid.add(regex)
  return null
}

const SLICE_MS = 2

/** The topics that each expression matches as a whole. Other work comes in between every few milliseconds. */
export async function matchTopics(
  regexes: readonly string[],
  topics: readonly string[],
  clock: Clock,
): Promise<Map<string, ReadonlySet<string>>> {
  const { RE2JS } = await re2()
  const matches = new Map<string, ReadonlySet<string>>()
  let sliceEndsMs = clock.monotonicMs() + SLICE_MS
  for (const regex of regexes) {
    const pattern = RE2JS.compile(regex)
    const matched = new Set<string>()
    for (const topic of topics) {
      if (pattern.testExact(topic)) matched.add(topic)
      if (clock.monotonicMs() < sliceEndsMs) continue
      await new Promise<void>((resolve) => setImmediate(resolve))
      sliceEndsMs = clock.monotonicMs() + SLICE_MS
    }
    matches.set(regex, matched)
  }
  return matches
}
