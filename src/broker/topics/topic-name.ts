const LENGTH_MAX = 249
const LEGAL = /^[a-zA-Z0-9._-]+$/

/** Topics that Kafka itself keeps state in; Metadata marks them (org.apache.kafka.common.internals.Topic). */
export const OFFSETS_TOPIC = '__consumer_offsets'
/** Ours alone: why groups changed. */
export const GROUP_EVENTS_TOPIC = '__group_events'
const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  OFFSETS_TOPIC,
  '__transaction_state',
  '__share_group_state',
  GROUP_EVENTS_TOPIC,
])

export function isInternalTopic(name: string): boolean {
  return INTERNAL_TOPICS.has(name)
}

/** Why a topic cannot have this name, in Kafka's words, or undefined. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed'
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`
  if (name.length > LENGTH_MAX) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${LENGTH_MAX}`
  }
  if (!LEGAL.test(name)) {
    return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  }
  return undefined
}

/**
 * The existing topic whose name differs only in '.' against '_': Kafka's metrics cannot tell the two apart, so it refuses the second.
 * Clients rely on the refusal (Connect and Streams check for it), so we do too.
 */
export function collidingTopic(name: string, topicsByName: ReadonlyMap<string, unknown>): string | undefined {
  if (!mayCollide(name)) return undefined
  let index = foldedNames.get(topicsByName)
  if (index === undefined) {
    index = new Map()
    for (const existing of topicsByName.keys()) if (mayCollide(existing)) index.set(foldTopicName(existing), existing)
    foldedNames.set(topicsByName, index)
  }
  const existing = index.get(foldTopicName(name))
  return existing === name ? undefined : existing
}

/** The name as Kafka's metrics have it. */
export function foldTopicName(name: string): string {
  return name.replaceAll('.', '_')
}

function mayCollide(name: string): boolean {
  return name.includes('.') || name.includes('_')
}

/** Kept with the map of an image, so that a request for a thousand topics looks at each existing name once. */
const foldedNames = new WeakMap<ReadonlyMap<string, unknown>, Map<string, string>>()
