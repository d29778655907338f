import { KafkaError } from './kafka-error.ts'

/**
 * Some of many failed. `code` and `kind` are those of the first failure; `failures` has all, and `results` what went well.
 */
export class KafkaItemsError<K = unknown, V = unknown> extends KafkaError {
  readonly failures: ReadonlyMap<K, KafkaError>
  readonly results: ReadonlyMap<K, V>

  constructor(what: string, failures: ReadonlyMap<K, KafkaError>, results: ReadonlyMap<K, V>) {
    const [key, first] = [...failures][0]!
    const others = failures.size === 1 ? '' : ` (and ${failures.size - 1} more of ${failures.size + results.size})`
    super(first.code, `${what}: ${String(key)}: ${first.message}${others}`, { cause: first, kind: first.kind })
    this.failures = failures
    this.results = results
  }
}
