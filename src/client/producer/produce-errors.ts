import { type ErrorName, isRetriable } from '../../wire/index.ts'

/** Whether the image is out of date, if a partition answers so: another node may lead it, or none, or it is another topic. */
export function isMetadataStale(error: ErrorName): boolean {
  return staleMetadata.has(error)
}

/** Whether sending the same records again may help. @param isSequenced they have sequence numbers, which a new epoch may mend */
export function mayPass(error: ErrorName, isSequenced: boolean): boolean {
  return isRetriable(error) || (isSequenced && sequenceErrors.has(error))
}

const staleMetadata: ReadonlySet<ErrorName> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'LISTENER_NOT_FOUND',
  'KAFKA_STORAGE_ERROR',
] satisfies ErrorName[])

const sequenceErrors: ReadonlySet<ErrorName> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
] satisfies ErrorName[])
