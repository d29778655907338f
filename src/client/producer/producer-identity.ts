import { apis } from '../../wire/index.ts'
import type { Backoff } from '../backoff.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { withRetries } from '../cluster/retries.ts'
import { errorOfCode, type KafkaError } from '../kafka-error.ts'
import type { ProducerState } from './producer-batch.ts'

const EPOCH_MAX = 32_767

export interface ProducerIdentityOptions {
  readonly cluster: Cluster
  readonly backoff: Backoff
  readonly requestTimeoutMs: number
  /** An id is there. */
  onReady(): void
  /** None can be had: what waits fails. */
  onFailed(error: KafkaError): void
}

/** Producer id and epoch of an idempotent producer (InitProducerId). A new epoch is ours to take, as in Java, until there is none left. */
export class ProducerIdentity {
  readonly #options: ProducerIdentityOptions
  readonly #closing = new AbortController()
  #current: ProducerState | undefined
  #isAsking = false

  constructor(options: ProducerIdentityOptions) {
    this.#options = options
  }

  /** undefined while it is asked for. */
  get current(): ProducerState | undefined {
    if (this.#current === undefined) void this.#ask()
    return this.#current
  }

  /** The next epoch; undefined when a new id has to be asked for. */
  bump(): ProducerState | undefined {
    const { producerId, producerEpoch } = this.#current!
    this.#current = producerEpoch < EPOCH_MAX ? { producerId, producerEpoch: producerEpoch + 1 } : undefined
    return this.current
  }

  close(error: KafkaError): void {
    this.#closing.abort(error)
  }

  async #ask(): Promise<void> {
    if (this.#isAsking || this.#closing.signal.aborted) return
    this.#isAsking = true
    const { cluster, backoff, requestTimeoutMs } = this.#options
    const { signal } = this.#closing
    try {
      this.#current = await withRetries(cluster, { what: 'InitProducerId', backoff, signal }, async () => {
        const body = { transactionalId: null, transactionTimeoutMs: 2 ** 31 - 1 }
        const { body: answer } = await cluster.call('any', apis.InitProducerId, body, {
          signal,
          timeoutMs: requestTimeoutMs,
        })
        const error = errorOfCode(answer.errorCode, { what: 'InitProducerId' })
        if (error !== undefined) throw error
        return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
      })
      this.#isAsking = false
      this.#options.onReady()
    } catch (error) {
      this.#isAsking = false
      if (!signal.aborted) this.#options.onFailed(error as KafkaError)
    }
  }
}
