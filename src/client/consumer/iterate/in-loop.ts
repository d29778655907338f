import { isTraced, type LoopContext, loopTrace } from '../../diagnostics.ts'
import type { ConsumerRecord } from '../fetch/consumer-record.ts'

/** Tells the channel `kohort:loop` what a loop has in its hands, where somebody listens. */
export class InLoop {
  readonly #who: Pick<LoopContext, 'clientId' | 'groupId'>
  #open: LoopContext | undefined

  constructor({ clientId, groupId }: Pick<LoopContext, 'clientId' | 'groupId'>) {
    this.#who = { clientId, groupId }
  }

  /** Whether somebody listens. */
  static get isTraced(): boolean {
    return isTraced(loopTrace)
  }

  /** It is handed out. */
  given<K, V>(records: readonly ConsumerRecord<K, V>[]): void {
    if (!InLoop.isTraced || records.length === 0) return
    const context = { ...this.#who, records: records as readonly ConsumerRecord<unknown, unknown>[] }
    this.#open = context
    loopTrace.start.publish(context)
    loopTrace.end.publish(context)
  }

  /** The loop asks for more, or is left. */
  done(isProcessed: boolean): void {
    const context = this.#open
    if (context === undefined) return
    this.#open = undefined
    context.isProcessed = isProcessed
    loopTrace.asyncStart.publish(context)
    loopTrace.asyncEnd.publish(context)
  }
}
