import type { AbortedTransaction } from '../transactions.ts'

/** An aborted transaction while the cleaner passes through it. */
interface OngoingAbort {
  readonly transaction: AbortedTransaction
  hasBatches: boolean
}

/**
 * Which batches of a log, met in order, belong to aborted transactions, and which markers nobody needs any more (Kafka:
 * CleanedTransactionMetadata). A marker may go when its transaction's records are gone, so not before the next cleaning.
 */
export class CleanedTransactions {
  /** By first offset; the next to be met first. */
  readonly #waiting: AbortedTransaction[]
  #next = 0
  readonly #aborts = new Map<bigint, OngoingAbort>()
  readonly #committed = new Set<bigint>()
  readonly #withBatches: AbortedTransaction[] = []

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Aborted transactions that still had records: readers must be told of them until those are gone. */
  get abortedWithBatches(): readonly AbortedTransaction[] {
    return this.#withBatches
  }

  /** For each batch of records. True when it belongs to an aborted transaction: nobody may see it. */
  isAborted(batch: {
    readonly producerId: bigint
    readonly isTransactional: boolean
    readonly lastOffset: number
  }): boolean {
    this.#meet(batch.lastOffset)
    if (!batch.isTransactional) return false
    const abort = this.#aborts.get(batch.producerId)
    if (abort === undefined) {
      this.#committed.add(batch.producerId)
      return false
    }
    if (!abort.hasBatches) this.#withBatches.push(abort.transaction)
    abort.hasBatches = true
    return true
  }

  /**
   * For each control batch; `type` is undefined when it holds no marker any more. True when no record of its transaction is left, so that
   * it may go.
   */
  isDoneMarker(batch: { readonly producerId: bigint; readonly lastOffset: number }, type: MarkerType): boolean {
    this.#meet(batch.lastOffset)
    switch (type) {
      case 'ABORT': {
        const abort = this.#aborts.get(batch.producerId)
        this.#aborts.delete(batch.producerId)
        return abort?.hasBatches !== true
      }
      case 'COMMIT':
        return !this.#committed.delete(batch.producerId)
      case 'other':
        return false
      case 'none':
        return true
    }
  }

  /** Takes note of the aborted transactions that began at or below `offset`. */
  #meet(offset: number): void {
    while (this.#next < this.#waiting.length && this.#waiting[this.#next]!.firstOffset <= offset) {
      const transaction = this.#waiting[this.#next++]!
      if (!this.#aborts.has(transaction.producerId)) {
        this.#aborts.set(transaction.producerId, { transaction, hasBatches: false })
      }
    }
  }
}

/** 'other': a control record that ends no transaction; 'none': the batch is empty. */
export type MarkerType = 'ABORT' | 'COMMIT' | 'other' | 'none'
