import type { TopicPartition } from '../../../assignor/index.ts'
import { backoffMs } from '../../backoff.ts'
import type { KafkaError } from '../../kafka-error.ts'

/** What the application's side is asked to do; the answer is the event `listened`. Never two at once. */
export type ListenerCall =
  | { readonly type: 'assigned'; readonly added: readonly TopicPartition[]; readonly all: readonly TopicPartition[] }
  | { readonly type: 'revoked'; readonly partitions: readonly TopicPartition[]; readonly reason: string }
  | { readonly type: 'lost'; readonly partitions: readonly TopicPartition[]; readonly reason: string }

/** All that a membership's state machine may do to the world during one call, and all that it may know of it. */
export interface MemberStep {
  /** Monotonic. */
  readonly nowMs: number
  /** In [0, 1): for the jitter of waits. */
  random(): number
  listen(call: ListenerCall): void
  /** It is out of the group, and what it is being asked to give up (`revoked`) is lost instead, where the application was not told yet. Of effect once. */
  lostMeanwhile(reason: string): void
  log(level: 'debug' | 'info' | 'warn', message: string, fields?: object): void
  /** The membership is over; said once, after what was owned is lost. */
  fail(error: KafkaError): void
  /** `leave` is done. */
  left(): void
}

/** `backoffMs` of what a membership is configured with, and of the step's chance. */
export function retryDelayMs(
  config: { readonly retryBackoffMs: number; readonly retryBackoffMaxMs: number },
  attempt: number,
  random: number,
): number {
  return backoffMs({ initialMs: config.retryBackoffMs, maxMs: config.retryBackoffMaxMs }, attempt, () => random)
}

/** What is owned after the application's side has done what it was asked. */
export function ownedAfter(
  owned: readonly TopicPartition[],
  call: ListenerCall,
  without: (a: readonly TopicPartition[], b: readonly TopicPartition[]) => TopicPartition[],
): readonly TopicPartition[] {
  return call.type === 'assigned' ? call.all : without(owned, call.partitions)
}
