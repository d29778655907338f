import { type Backoff, backoffMs } from '../backoff.ts'
import type { Cluster, Target } from '../cluster/cluster.ts'
import { delay } from '../cluster/retries.ts'
import { errorOfCode, KafkaError } from '../kafka-error.ts'
import { KafkaItemsError } from '../kafka-items-error.ts'

/** What every call of an admin client takes. */
export interface AdminCallOptions {
  /** Ends the wait with the signal's reason. What was asked may be done all the same. */
  readonly signal?: AbortSignal | undefined
  /** For all attempts; default `defaultApiTimeoutMs`. */
  readonly timeoutMs?: number | undefined
  /**
   * Default: one failure rejects with a KafkaItemsError, which has the results of the others. true: resolves with what there is, and failures in
   * `failures`.
   */
  readonly partial?: boolean | undefined
}

/** Results by their key (a topic, a group, `topic-partition`), in the order of the call; those that failed are in `failures`. */
export class Results<V> extends Map<string, V> {
  readonly failures: ReadonlyMap<string, KafkaError>

  constructor(entries: Iterable<readonly [string, V]>, failures: ReadonlyMap<string, KafkaError>) {
    super(entries)
    this.failures = failures
  }
}

export interface AdminContext {
  readonly cluster: Cluster
  readonly backoff: Backoff
  readonly requestTimeoutMs: number
  readonly defaultApiTimeoutMs: number
}

/** One request of a fan-out: for these items, to this target, with what is left of the time. */
export interface Part<Item> {
  readonly target: Target
  readonly items: readonly Item[]
  readonly options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs: number }
  /** Of the whole call, for requests that tell the broker how long it may take. */
  readonly remainingMs: number
}

export interface FanOut<Item, V> {
  /** For messages: 'creating topics'. */
  readonly what: string
  readonly items: readonly Item[]
  keyOf(item: Item): string
  /** To whom an item goes, as of now. May reject with what may pass; waits no longer than the options say. */
  route(item: Item, options: Part<Item>['options']): Route | Promise<Route>
  /** Asks for the items of a part; answers the outcome of each by its key. */
  ask(part: Part<Item>): Promise<ReadonlyMap<string, V | KafkaError>>
  /** Before an item is tried again. */
  onRetry?(item: Item, error: KafkaError): void
  /** Whether an error that may pass as a rule is final here. */
  isFinal?(error: KafkaError, attempt: number): boolean
}

/** Items with the same `together` go in one request. */
export interface Route {
  readonly together: string
  readonly target: Target
}

/**
 * Asks many about many: items go together where they have the same target, what may pass is tried again until the deadline, and each item
 * has its own outcome.
 */
export async function fanOut<Item, V>(
  context: AdminContext,
  work: FanOut<Item, V>,
  { signal, timeoutMs = context.defaultApiTimeoutMs, partial = false }: AdminCallOptions,
): Promise<Results<V>> {
  const { clock } = context.cluster
  const deadlineMs = clock.monotonicMs() + timeoutMs
  const values = new Map<string, V>()
  const failures = new Map<string, KafkaError>()
  /** What the broker said last: it tells more than that the last attempt had no time left. */
  const reasons = new Map<string, KafkaError>()
  let pending = new Map(work.items.map((item) => [work.keyOf(item), item]))
  for (let attempt = 0; pending.size > 0; attempt++) {
    signal?.throwIfAborted()
    const remainingMs = Math.max(1, deadlineMs - clock.monotonicMs())
    const outcomes = await askAll(context, work, [...pending.values()], { signal, remainingMs })
    signal?.throwIfAborted()
    const again = new Map<string, Item>()
    const waitMs = backoffMs(context.backoff, attempt)
    const isOver = clock.monotonicMs() + waitMs >= deadlineMs
    for (const [key, item] of pending) {
      const outcome = outcomes.get(key) ?? new KafkaError('UNKNOWN_SERVER_ERROR', `the answer has no word on ${key}`)
      if (outcome instanceof KafkaError && outcome.code !== 'TIMEOUT') reasons.set(key, outcome)
      if (!(outcome instanceof KafkaError)) values.set(key, outcome)
      else if (outcome.kind !== 'retriable' || work.isFinal?.(outcome, attempt) === true) failures.set(key, outcome)
      else if (isOver) failures.set(key, timedOut(work.what, timeoutMs, reasons.get(key) ?? outcome))
      else {
        work.onRetry?.(item, outcome)
        again.set(key, item)
      }
    }
    pending = again
    if (pending.size > 0) await delay(clock, waitMs, signal)
  }
  const ordered = work.items.flatMap((item): [string, V][] => {
    const key = work.keyOf(item)
    return values.has(key) ? [[key, values.get(key)!]] : []
  })
  if (failures.size > 0 && !partial) throw new KafkaItemsError(work.what, failures, new Map(ordered))
  return new Results(ordered, failures)
}

async function askAll<Item, V>(
  context: AdminContext,
  work: FanOut<Item, V>,
  items: readonly Item[],
  { signal, remainingMs }: { readonly signal: AbortSignal | undefined; readonly remainingMs: number },
): Promise<ReadonlyMap<string, V | KafkaError>> {
  const outcomes = new Map<string, V | KafkaError>()
  const parts = new Map<string, { readonly target: Target; readonly items: Item[] }>()
  const options = { signal, timeoutMs: Math.min(context.requestTimeoutMs, remainingMs) }
  const startedMs = context.cluster.clock.monotonicMs()
  await Promise.all(
    items.map(async (item) => {
      try {
        const { together, target } = await work.route(item, options)
        const part = parts.get(together)
        if (part === undefined) parts.set(together, { target, items: [item] })
        else part.items.push(item)
      } catch (error) {
        outcomes.set(work.keyOf(item), asError(error))
      }
    }),
  )
  const leftMs = Math.max(1, remainingMs - (context.cluster.clock.monotonicMs() - startedMs))
  await Promise.all(
    Array.from(parts.values(), async ({ target, items: together }) => {
      try {
        const timeoutMs = Math.min(context.requestTimeoutMs, leftMs)
        const found = await work.ask({ target, items: together, options: { signal, timeoutMs }, remainingMs: leftMs })
        for (const [key, outcome] of found) outcomes.set(key, outcome)
      } catch (error) {
        for (const item of together) outcomes.set(work.keyOf(item), asError(error))
      }
    }),
  )
  return outcomes
}

/** To the controller: topics, partitions. A new one is looked for when the old one says that it is not. */
export function byController({ cluster }: AdminContext) {
  return {
    route: (): Route => ({ together: 'controller', target: 'controller' }),
    onRetry: () => void cluster.refresh('the controller may have changed').catch(() => {}),
  }
}

/** How often a topic or partition may be unknown before that is final: one that is new has not come to all brokers yet. (Java goes on until its timeout.) */
const UNKNOWN_TOPIC_ATTEMPTS = 3

/** To the leaders of partitions; the topics must be watched. */
export function byLeader<Item extends { readonly topic: string; readonly partition: number }>({
  cluster,
}: AdminContext) {
  return {
    keyOf: ({ topic, partition }: Item): string => `${topic}-${partition}`,
    route: ({ topic, partition }: Item): Route => {
      const { topics, errors } = cluster.metadata
      const found = topics.get(topic)
      if (found === undefined) {
        const code = errors.get(topic) ?? 'UNKNOWN_TOPIC_OR_PARTITION'
        throw new KafkaError(code, `${topic}: ${new KafkaError(code).message}`)
      }
      const leaderId = found.partitions[partition]?.leaderId
      if (leaderId === undefined)
        throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `${topic} has no partition ${partition}`)
      if (leaderId < 0) throw new KafkaError('LEADER_NOT_AVAILABLE', `${topic}-${partition} has no leader at present`)
      return { together: `${leaderId}`, target: { nodeId: leaderId } }
    },
    onRetry: () => void cluster.refresh('a leader may have changed').catch(() => {}),
    isFinal: ({ code }: KafkaError, attempt: number): boolean =>
      code === 'UNKNOWN_TOPIC_OR_PARTITION' && attempt >= UNKNOWN_TOPIC_ATTEMPTS,
  }
}

/** To the coordinators of groups: those with the same one go together. */
export function byCoordinator<Item>({ cluster }: AdminContext, groupOf: (item: Item) => string) {
  return {
    keyOf: groupOf,
    route: async (item: Item, options: Part<Item>['options']): Promise<Route> => {
      const key = groupOf(item)
      const { nodeId } = await cluster.coordinator('group', key, options)
      return { together: `${nodeId}`, target: { coordinator: 'group', key } }
    },
    onRetry: (item: Item, { code }: KafkaError): void => {
      if (code === 'NOT_COORDINATOR' || code === 'COORDINATOR_NOT_AVAILABLE')
        cluster.forgetCoordinator('group', groupOf(item))
    },
  }
}

/** A value, or the error of its code. */
export function outcomeOf<V>(errorCode: number, value: () => V, brokerMessage?: string | null): V | KafkaError {
  return errorOfCode(errorCode, brokerMessage === undefined ? {} : { brokerMessage }) ?? value()
}

/** Partitions by topic, as requests have them. */
export function byTopic<Item extends { readonly topic: string }, P>(
  items: readonly Item[],
  partitionOf: (item: Item) => P,
): readonly { readonly name: string; readonly partitions: P[] }[] {
  const topics = new Map<string, P[]>()
  for (const item of items) {
    const partitions = topics.get(item.topic) ?? []
    partitions.push(partitionOf(item))
    topics.set(item.topic, partitions)
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }))
}

function asError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  return new KafkaError('INVALID_ARGUMENT', error instanceof Error ? error.message : String(error), { cause: error })
}

function timedOut(what: string, timeoutMs: number, last: KafkaError): KafkaError {
  const message = `${what} did not succeed within ${timeoutMs} ms; the last failure was: ${last.message}`
  return new KafkaError('TIMEOUT', message, { cause: last })
}
