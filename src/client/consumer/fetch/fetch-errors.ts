import { type ErrorName, isRetriable } from '../../../wire/index.ts'

/**
 * What the error of a partition in an answer asks for, as Java's FetchCollector has it; OFFSET_OUT_OF_RANGE is not among them:
 * - `refresh`: metadata is out of date: another leader, or another topic of that name;
 * - `again`: it passes by itself;
 * - `fail`: the application has to know.
 */
export type FetchRemedy = 'refresh' | 'again' | 'fail'

export function remedyOf(error: ErrorName): FetchRemedy {
  if (REFRESHING.has(error)) return 'refresh'
  // Kafka calls it retriable; but it has been, some times, and the broker's own copy stays what it is.
  if (error === 'CORRUPT_MESSAGE') return 'fail'
  return TRYING_AGAIN.has(error) || isRetriable(error) ? 'again' : 'fail'
}

const REFRESHING: ReadonlySet<ErrorName> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
] satisfies ErrorName[])

/** Passes by itself, although Kafka's classes do not call it retriable. */
const TRYING_AGAIN: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_SERVER_ERROR',
] satisfies ErrorName[])
