import type { ErrorName } from '../wire/index.ts'
import type { SegmentSwap } from './compaction/segment-swap.ts'
import type { Partition } from './partition.ts'
import type { Appended, AppendOutcome } from './partition-log.ts'
import type { TailBatch } from './tail.ts'

export type StorageErrorName = Exclude<ErrorName, 'NONE'>

export interface OpFailure {
  readonly errorCode: StorageErrorName
  readonly message: string
}

/**
 * A change of the store on its way into the journal. Operations become durable in the order in which they were submitted; when one
 * fails, all behind it fail too and are undone, last first.
 */
export type Operation = AppendOp | CutOp | DropOp | SwapOp | MarkOp

/** Batches for one or more partitions, all or none. */
export class AppendOp {
  readonly kind = 'append'
  readonly batches: TailBatch[] = []
  readonly appended: Appended[] = []
  state: 'queued' | 'written' | 'settled' = 'queued'
  /** Answers that wait for this append: its own, and those of duplicates of its batches. */
  readonly #waiters: {
    readonly ack: 'written' | 'durable'
    readonly appended: readonly Appended[]
    readonly resolve: (outcome: AppendOutcome) => void
  }[] = []

  wait(ack: 'written' | 'durable', appended: readonly Appended[]): Promise<AppendOutcome> {
    return new Promise((resolve) => {
      if (ack === 'written' && this.state === 'written') resolve({ errorCode: 'NONE', appended })
      else this.#waiters.push({ ack, appended, resolve })
    })
  }

  written(): void {
    this.state = 'written'
    for (const waiter of this.#waiters) {
      if (waiter.ack === 'written') waiter.resolve({ errorCode: 'NONE', appended: waiter.appended })
    }
  }

  durable(): void {
    this.state = 'settled'
    // A waiter that was answered by `written` is not answered again: a promise resolves once.
    for (const waiter of this.#waiters) waiter.resolve({ errorCode: 'NONE', appended: waiter.appended })
  }

  fail(failure: OpFailure): void {
    this.state = 'settled'
    for (const waiter of this.#waiters) waiter.resolve({ ...failure, entry: 0 })
  }
}

/** Moves one end of a log. `logStart`: its start up, by DeleteRecords or retention; `truncate`: cuts its end, and takes no appends meanwhile. */
export class CutOp {
  readonly kind: 'logStart' | 'truncate'
  readonly partition: Partition
  readonly offset: number
  readonly settle: (failure: OpFailure | undefined) => void

  constructor(
    kind: CutOp['kind'],
    partition: Partition,
    offset: number,
    settle: (failure: OpFailure | undefined) => void,
  ) {
    this.kind = kind
    this.partition = partition
    this.offset = offset
    this.settle = settle
  }
}

export class DropOp {
  readonly kind = 'drop'
  readonly partitions: readonly Partition[]
  readonly settle: (failure: OpFailure | undefined) => void

  constructor(partitions: readonly Partition[], settle: (failure: OpFailure | undefined) => void) {
    this.partitions = partitions
    this.settle = settle
  }
}

/** A cleaned segment takes the place of others. */
export class SwapOp {
  readonly kind = 'swap'
  readonly partition: Partition
  readonly swap: SegmentSwap
  readonly settle: (failure: OpFailure | undefined) => void

  constructor(partition: Partition, swap: SegmentSwap, settle: (failure: OpFailure | undefined) => void) {
    this.partition = partition
    this.swap = swap
    this.settle = settle
  }
}

/** Writes nothing; settles when everything submitted before it is durable. Checkpoints begin with one. */
export class MarkOp {
  readonly kind = 'mark'
  readonly settle: (failure: OpFailure | undefined) => void
  /** Where the journal goes on behind it; a journal that has places sets it before `settle`. */
  place: JournalPlace | undefined

  constructor(settle: (failure: OpFailure | undefined) => void) {
    this.settle = settle
  }
}

/** The end of a frame in the write-ahead log, and what the frame behind it must link to. */
export interface JournalPlace {
  /** Number of the segment file; -1 when the next frame begins a file. */
  readonly slot: number
  readonly position: number
  readonly sequence: number
  readonly crc: number
}

/** Where operations become durable. `submit` never throws and never calls back before it has returned. */
export interface Journal {
  submit(op: Operation): void
}

/** The store's side: what a journal tells it, in this order for each operation: written then durable, or failed. */
export interface JournalListener {
  onWritten(ops: readonly Operation[]): void
  onDurable(ops: readonly Operation[]): void
  /** These and only these are lost: the failed one and everything submitted behind it. */
  onFailed(ops: readonly Operation[], failure: OpFailure): void
}
