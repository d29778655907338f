import type { ConsumerGroupHeartbeatResponse } from '../../../../wire/index.ts'
import type { KafkaError } from '../../../kafka-error.ts'
import type { ConsumerBeat } from '../heartbeat/heartbeat-events.ts'
import type { MemberStep } from '../machine.ts'

export interface ConsumerSubscription {
  /** Sorted. Existing topics that client-side patterns match included. */
  readonly topics: readonly string[]
  /** RE2, matched by the broker; null without one. */
  readonly remotePattern: string | null
}

export interface ConsumerStep extends MemberStep {
  /** What to say from now on; null: nothing. */
  beat(beat: ConsumerBeat | null): void
  /** Says goodbye; answered by `left`. */
  sayGoodbye(memberEpoch: -1 | -2): void
  /** The name of a topic, where it is known. */
  topicName(topicId: string): string | undefined
  /** Asks for the names of `unresolved`, until they are known; each time there may be news comes `metadata`. */
  resolveTopics(): void
  /** The member epoch has changed. */
  epochChanged(): void
}

export type ConsumerEvent =
  | { readonly type: 'start' }
  | { readonly type: 'subscription'; readonly subscription: ConsumerSubscription }
  /** A new image: names that were missing may be known now. */
  | { readonly type: 'metadata' }
  /** The answer to a heartbeat of this incarnation, in the order of heartbeats. */
  | { readonly type: 'answer'; readonly incarnation: number; readonly response: ConsumerGroupHeartbeatResponse }
  /** A commit of this member was refused: the group has put it out, and the next heartbeat would say so too. */
  | { readonly type: 'put-out'; readonly memberId: string; readonly memberEpoch: number; readonly reason: string }
  | { readonly type: 'listened' }
  /** Goodbye was answered, or will not be. */
  | { readonly type: 'left' }
  | { readonly type: 'leave'; readonly reason: string; readonly goodbye: -1 | -2 | null }
  /** The heartbeat loop has left the group, since the application did not ask for records in time. */
  | { readonly type: 'poll-timeout' }
  | { readonly type: 'polled' }
  | { readonly type: 'heartbeat-failed'; readonly error: KafkaError }
  | { readonly type: 'tick' }
