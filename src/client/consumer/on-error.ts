import type { RecordHeader } from '../../wire/index.ts'
import {
  checkOptions,
  functionCheck,
  invalidArgument,
  type OptionCheck,
  shown,
  timeoutCheck,
} from '../config/call-options.ts'
import { KafkaError } from '../kafka-error.ts'
import type { ConsumerRecord } from './fetch/consumer-record.ts'
import { RecordError } from './fetch/record-error.ts'

/** A record that was not processed: its handler failed, or it could not be decoded. */
export interface FailedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** As it lies in the log; undefined where its batch cannot be read. */
  readonly record: ConsumerRecord<unknown, unknown> | undefined
  /** What the handler threw, or a RecordError. */
  readonly error: unknown
  /** How often the handler was called with it so far: 0 for what could not be decoded. */
  attempts(): number
  /** The group of the consumer; undefined without one. */
  readonly groupId: string | undefined
}

/** What a dead letter is sent with; the producer of this client is one. */
export interface RawProducer {
  /** Resolves when the record is acknowledged (acks=all). Rejects with the signal's reason at its abort; it may be sent all the same. */
  send(
    record: {
      readonly topic: string
      readonly key: Uint8Array | null
      readonly value: Uint8Array | null
      readonly headers: readonly RecordHeader[]
      readonly timestamp?: number
    },
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<unknown>
}

/** What a policy can do. */
export interface FailureTools {
  /** Tries once more. Rejects with what the handler throws; undefined for what cannot be tried again: bytes that cannot be decoded. */
  readonly tryAgain: (() => Promise<void>) | undefined
  /** Of this consumer's client; started by the first dead letter. */
  producer(): RawProducer
  /** That the application gave to `records()`, `run()`, …: its abort ends what the policy waits for. */
  readonly signal: AbortSignal | undefined
  /** Resolves after so many milliseconds. Rejects when the record's partition is revoked or the consumer stops. */
  wait(ms: number): Promise<void>
}

/**
 * `processed`: go on behind the record. `failed`: the consumer stops in front of it, and its iterator or `run` rejects with `error`.
 * Until the promise resolves, the offset does not move.
 */
export type Verdict = { readonly verdict: 'processed' } | { readonly verdict: 'failed'; readonly error: unknown }

/** What becomes of a record that was not processed. */
export interface ErrorPolicy {
  onFailure(failed: FailedRecord, tools: FailureTools): Promise<Verdict>
  /** What this policy gives up on goes to the next. */
  then(next: ErrorPolicy): ErrorPolicy
}

/** The consumer stops in front of the record. The default. */
export function fail(): ErrorPolicy {
  return policy(async ({ error }) => ({ verdict: 'failed', error }))
}

/** The record counts as processed. `log` is told of it. */
export function skip(options: { readonly log?: (failed: FailedRecord) => void } = {}): ErrorPolicy {
  checkOptions('skip()', options, { log: functionCheck })
  const { log } = options
  return policy(async (failed) => {
    log?.(failed)
    return { verdict: 'processed' }
  })
}

export interface RetryOptions {
  /** How often the handler is called again, at most. */
  readonly attempts: number
  /** Wait before the first retry; default 100. */
  readonly backoffMs?: number
  /** The wait doubles up to this; default 10 000. */
  readonly backoffMaxMs?: number
  /** Which errors are worth it; default all. What cannot be decoded is never tried again: it would be the same. */
  readonly when?: (error: unknown) => boolean
}

/** Calls the handler again. Other partitions (or keys, as the order of `run` is) go on meanwhile. */
export function retry(options: RetryOptions): ErrorPolicy {
  checkOptions('retry()', options, retryChecks)
  const { attempts, backoffMs = 100, backoffMaxMs = 10_000, when = () => true } = options
  if (attempts === undefined) throw invalidArgument('retry() needs attempts: retry({ attempts: 5 })')
  return policy(async (failed, { tryAgain, wait }) => {
    let { error } = failed
    if (tryAgain === undefined) return { verdict: 'failed', error }
    for (let attempt = 0; attempt < attempts && when(error); attempt++) {
      await wait(Math.min(backoffMs * 2 ** Math.min(attempt, 30), Math.max(backoffMs, backoffMaxMs)))
      try {
        await tryAgain()
        return { verdict: 'processed' }
      } catch (next) {
        error = next
      }
    }
    return { verdict: 'failed', error }
  })
}

export interface DeadLetterOptions {
  /** More headers, or others. */
  readonly headers?: (failed: FailedRecord) => readonly RecordHeader[]
}

/**
 * Sends the record, key, value and headers as they were, to this topic; it counts as processed when the dead letter is acknowledged. Headers say where it
 * came from: `dlt.original.topic`, `.partition`, `.offset`, `.timestamp`, `dlt.group`, `dlt.attempts`, `dlt.error.code`, `dlt.error.message`, all in UTF-8.
 * A batch that cannot be read has no records to send, and fails.
 */
export function deadLetter(
  topic: string | ((failed: FailedRecord) => string),
  options: DeadLetterOptions = {},
): ErrorPolicy {
  checkOptions('deadLetter()', options, { headers: functionCheck } satisfies ChecksOf<DeadLetterOptions>)
  if (typeof topic !== 'function' && (typeof topic !== 'string' || topic === ''))
    throw invalidArgument(`deadLetter() takes a topic, or a function that names one, not ${shown(topic)}`)
  const { headers } = options
  return policy(async (failed, { producer, signal }) => {
    const { record } = failed
    if (record === undefined) return { verdict: 'failed', error: failed.error }
    const to = typeof topic === 'string' ? topic : topic(failed)
    try {
      const all = [...record.headers, ...originHeaders(failed, record), ...(headers?.(failed) ?? [])]
      await producer().send({ topic: to, key: record.rawKey, value: record.rawValue, headers: all }, { signal })
    } catch (cause) {
      const what = `the record at offset ${failed.offset} of ${failed.topic}-${failed.partition} could not be sent to ${to}`
      const options = cause instanceof KafkaError ? { cause, kind: cause.kind } : { cause }
      const code = cause instanceof KafkaError ? cause.code : 'UNKNOWN_SERVER_ERROR'
      return { verdict: 'failed', error: new KafkaError(code, what, options) }
    }
    return { verdict: 'processed' }
  })
}

type ChecksOf<T> = { readonly [Name in keyof Required<T>]: OptionCheck }

const retryChecks = {
  attempts: {
    expected: 'a whole number, or Infinity',
    accepts: (value) => value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && (value as number) >= 0),
  },
  backoffMs: timeoutCheck,
  backoffMaxMs: timeoutCheck,
  when: functionCheck,
} satisfies ChecksOf<RetryOptions>

type OnFailure = ErrorPolicy['onFailure']

function policy(onFailure: OnFailure): ErrorPolicy {
  // `then` makes an object that promises would take for one of theirs: a policy is handed on in arguments and fields, never awaited.
  return {
    onFailure,
    // biome-ignore lint/suspicious/noThenProperty: the name that reads best; see above
    then: (next) => {
      // Who awaits a policy, or gives a function, would wait for ever.
      if (typeof next?.onFailure !== 'function')
        throw new KafkaError('INVALID_ARGUMENT', 'then() of a policy takes the next policy: a policy is no promise')
      return policy(async (failed, tools) => {
        const outcome = await onFailure(failed, tools)
        if (outcome.verdict === 'processed') return outcome
        return next.onFailure({ ...failed, error: outcome.error }, tools)
      })
    },
  }
}

function originHeaders(failed: FailedRecord, record: ConsumerRecord<unknown, unknown>): RecordHeader[] {
  const { topic, partition, offset, error, groupId } = failed
  const cause = error instanceof RecordError && error.cause instanceof Error ? error.cause : error
  const entries: [string, string | undefined][] = [
    ['dlt.original.topic', topic],
    ['dlt.original.partition', String(partition)],
    ['dlt.original.offset', String(offset)],
    ['dlt.original.timestamp', String(record.timestamp)],
    ['dlt.group', groupId],
    ['dlt.attempts', String(failed.attempts())],
    ['dlt.error.code', error instanceof KafkaError ? error.code : cause instanceof Error ? cause.name : typeof cause],
    ['dlt.error.message', cause instanceof Error ? cause.message : String(cause)],
  ]
  return entries.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: Buffer.from(value, 'utf8') }]))
}
