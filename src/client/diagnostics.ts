import { type Channel, channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { TopicPartition } from '../assignor/index.ts'
import type { ConsumerRecord } from './consumer/fetch/consumer-record.ts'
import type { ProducerRecord } from './producer/producer-record.ts'
import type { RecordMetadata } from './producer/trackers.ts'

/** On `kohort:request`: one request has been answered, or will not be. */
export interface RequestEvent {
  /** Kafka's name: 'Fetch'. */
  readonly api: string
  readonly version: number
  /** 'host:port' */
  readonly node: string
  readonly clientId: string
  /** From the write to the answer, in ms. */
  readonly durationMs: number
  /** How long the broker asks for silence (quotas), in ms. */
  readonly throttleMs: number
  /** undefined when it was answered; error codes inside the answer are not looked at. */
  readonly error: Error | undefined
}

/** On `kohort:connection`: a connection is ready, could not be made, or has ended. */
export interface ConnectionEvent {
  readonly event: 'open' | 'failed' | 'close'
  /** 'host:port' */
  readonly node: string
  readonly clientId: string
  readonly error: Error | undefined
}

/** On `kohort:produce`: a batch has had its outcome. */
export interface ProduceEvent {
  readonly clientId: string
  readonly topic: string
  readonly partition: number
  readonly recordCount: number
  /** Before compression. */
  readonly bytes: number
  /** Times that it was sent; 0 when it never was. */
  readonly attempts: number
  /** From its first record to its outcome, in ms. */
  readonly durationMs: number
  /** -1n where it failed or the broker did not say it. */
  readonly baseOffset: bigint
  /** undefined when it was acknowledged. */
  readonly error: Error | undefined
}

/** On `kohort:fetch`: a node has answered a fetch with records, or the fetch failed. */
export interface FetchEvent {
  readonly clientId: string
  readonly groupId: string | undefined
  readonly nodeId: number
  /** Of records, as they came: compressed, where they are. */
  readonly bytes: number
  readonly recordCount: number
  /** From the request to the answer, in ms; what the broker waited for records is part of it. */
  readonly durationMs: number
  readonly throttleMs: number
  readonly error: Error | undefined
}

/** On `tracing:kohort:send:*`: one call of `send` or `sendBatch`, until all its records have their outcome. */
export interface SendContext {
  readonly clientId: string
  /** What is sent. A subscriber of `start` may put records in their place: with headers of a trace. */
  readonly records: ProducerRecord<unknown, unknown>[]
  /** Where they went, at `asyncEnd`. */
  result?: RecordMetadata | readonly RecordMetadata[]
  error?: unknown
}

/** On `tracing:kohort:process:*`: one call of a handler of `consumer.run()`. A retry is a call of its own. */
export interface ProcessContext {
  readonly clientId: string
  readonly groupId: string | undefined
  readonly record: ConsumerRecord<unknown, unknown>
  result?: unknown
  error?: unknown
}

/**
 * On `tracing:kohort:loop:*`: what a loop over `records()`, `batches()`, the streams of `partitions()` or `poll()` has in its hands, from when it is handed out
 * until it asks for more. JavaScript lets nobody make a context active in the body of a loop: it is looked up by its record.
 */
export interface LoopContext {
  readonly clientId: string
  readonly groupId: string | undefined
  /** One record, a batch, or what one `poll` gave: of several partitions. */
  readonly records: readonly ConsumerRecord<unknown, unknown>[]
  /** At `asyncEnd`: false where the loop was left, by `break` or a throw, and they will come again. */
  isProcessed?: boolean
}

/** On `tracing:kohort:commit:*`: offsets of a group are committed, repetitions included. */
export interface CommitContext {
  readonly clientId: string
  readonly groupId: string
  readonly offsets: readonly (TopicPartition & { readonly offset: bigint })[]
  error?: unknown
}

/** On `tracing:kohort:rebalance:*`: partitions come or go, the application's listener included. */
export interface RebalanceContext {
  readonly clientId: string
  readonly groupId: string | undefined
  /** `lost`: they are another's already, and nothing can be committed. */
  readonly event: 'assigned' | 'revoked' | 'lost'
  readonly partitions: readonly TopicPartition[]
  /** In words. */
  readonly reason: string
  error?: unknown
}

/** Channels of node:diagnostics_channel. Nothing is made for them while nobody listens. */
export const requestChannel = channel('kohort:request')
export const connectionChannel = channel('kohort:connection')
export const produceChannel = channel('kohort:produce')
export const fetchChannel = channel('kohort:fetch')
export const sendTrace = tracingChannel<object, SendContext>('kohort:send')
export const processTrace = tracingChannel<object, ProcessContext>('kohort:process')
export const loopTrace = tracingChannel<object, LoopContext>('kohort:loop')
export const commitTrace = tracingChannel<object, CommitContext>('kohort:commit')
export const rebalanceTrace = tracingChannel<object, RebalanceContext>('kohort:rebalance')

/** Whether somebody listens: cheap enough to ask for each record. */
export function isTraced({ start, end, asyncStart, asyncEnd, error }: Listened): boolean {
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers
  )
}

type Listened = Readonly<Record<'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error', Pick<Channel, 'hasSubscribers'>>>

/** Calls `fn` within the channel's `start`, where somebody listens. `contextOf` is called only then. */
export function traced<C extends object, T>(
  trace: TracingChannel<object, C>,
  contextOf: () => C,
  fn: () => Promise<T>,
): Promise<T> {
  return isTraced(trace) ? trace.tracePromise(fn, contextOf()) : fn()
}
