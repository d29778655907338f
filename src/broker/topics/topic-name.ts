const LENGTH_MAX = 249
const LEGAL = /^[a-zA-Z0-9._-]+$/

/** Topics that Kafka itself keeps state in; Metadata marks them (org.apache.kafka.common.internals.Topic). */
export const OFFSETS_TOPIC = '__consumer_offsets'
const INTERNAL_TOPICS: ReadonlySet<string> = new Set([OFFSETS_TOPIC, '__transaction_state', '__share_group_state'])

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
export function collidingTopic(name: string, existing: Iterable<string>): string | undefined {
  if (!name.includes('.') && !name.includes('_')) return undefined
  const folded = name.replaceAll('.', '_')
  for (const other of existing) {
    if (other.length === name.length && other !== name && other.replaceAll('.', '_') === folded) return other
  }
  return undefined
}
