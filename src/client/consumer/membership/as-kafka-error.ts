import { KafkaError } from '../../kafka-error.ts'

/** What is no KafkaError is a bug of ours. */
export function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new KafkaError('UNKNOWN_SERVER_ERROR', message, { cause: error, kind: 'bug' })
}
