import type { TopicPartition } from '../../../assignor/index.ts'
import type { Cancel } from '../../../platform/index.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { isRetriable, withRetries } from '../../cluster/retries.ts'
import { commitTrace, traced } from '../../diagnostics.ts'
import { joinSignals } from '../../join-signals.ts'
import { KafkaError } from '../../kafka-error.ts'
import { onAbort } from '../../on-abort.ts'
import type { GroupMetadata, Membership } from '../membership/membership.ts'
import { commitOnce } from './commit-offsets.ts'
import type { CommitCallOptions, CommitHost, Commits, OffsetAndMetadata, OffsetToCommit } from './commits.ts'
import { type FetchedOffsets, fetchOffsetsOnce } from './fetch-offsets.ts'

export interface CommitConfig {
  readonly groupId: string
  readonly enableAutoCommit: boolean
  readonly autoCommitIntervalMs: number
  readonly defaultApiTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
}

/**
 * Offsets of a group without members expire `offsets.retention.minutes` after their commit (KIP-211), also while a consumer with `assign` reads: what it does not
 * move is committed again so often (Java commits everything each time).
 */
const AGAIN_MS = 30_000

/** @param membership undefined for a consumer that was given its partitions by `assign`: its commits name no member. */
export function createCommits(
  cluster: Cluster,
  config: CommitConfig,
  membership: Membership | undefined,
  host: CommitHost,
): Commits {
  return new GroupCommits(cluster, config, membership, host)
}

type RefusedCommit = Parameters<Membership['commitRefused']>[0]

interface Fetching {
  readonly partitions: readonly TopicPartition[]
  readonly timeoutMs: number
  readonly resolve: (found: FetchedOffsets) => void
  readonly reject: (error: unknown) => void
}

class GroupCommits implements Commits {
  readonly #cluster: Cluster
  readonly #config: CommitConfig
  readonly #membership: Membership | undefined
  readonly #host: CommitHost
  readonly #closed = new AbortController()
  /** The commit before is done, well or not. */
  #last: Promise<void> = Promise.resolve()
  #timer: Cancel | undefined
  /** What the coordinator has, as far as this member and generation told it. */
  readonly #committed = new Map<string, { readonly offset: bigint; readonly atMs: number }>()
  #committedAs = ''
  #fetching: Fetching[] = []
  #lastCommitAtMs: number | undefined
  #lastFailure: unknown

  constructor(cluster: Cluster, config: CommitConfig, membership: Membership | undefined, host: CommitHost) {
    this.#cluster = cluster
    this.#config = config
    this.#membership = membership
    this.#host = host
  }

  commit(offsets: readonly OffsetToCommit[], options: CommitCallOptions = {}): Promise<void> {
    return this.#inTurn(offsets, options, isRetriable)
  }

  #inTurn(offsets: readonly OffsetToCommit[], options: CommitCallOptions, retry: Retry): Promise<void> {
    const { groupId } = this.#config
    const turn = this.#last.then(() =>
      traced(
        commitTrace,
        () => ({ clientId: this.#cluster.clientId, groupId, offsets }),
        () => this.#commit(offsets, options, retry),
      ),
    )
    this.#last = turn.catch(() => {})
    // Who waits for its turn can give up too; the commit itself ends by the same signal when its turn has come.
    return abortable(turn, options.signal)
  }

  async committed(
    partitions: readonly TopicPartition[],
    { signal, timeoutMs = this.#config.defaultApiTimeoutMs }: CommitCallOptions = {},
  ): Promise<ReadonlyMap<string, OffsetAndMetadata>> {
    if (partitions.length === 0) return new Map()
    const asked = new Promise<FetchedOffsets>((resolve, reject) => {
      this.#fetching.push({ partitions, timeoutMs, resolve, reject })
      // What is asked for in one turn goes in one request.
      if (this.#fetching.length === 1) queueMicrotask(() => void this.#fetch())
    })
    const found = await abortable(asked, signal)
    const offsets = new Map<string, OffsetAndMetadata>()
    for (const { topic, partition } of partitions) {
      const key = `${topic}-${partition}`
      const offset = found.get(key)
      if (offset instanceof KafkaError) throw offset
      if (offset !== undefined) offsets.set(key, offset)
    }
    return offsets
  }

  startAutoCommit(): void {
    if (!this.#config.enableAutoCommit || this.#timer !== undefined || this.#closed.signal.aborted) return
    this.#autoCommitIn(this.#config.autoCommitIntervalMs)
  }

  #autoCommitIn(waitMs: number): void {
    const { clock } = this.#cluster
    const { autoCommitIntervalMs, retryBackoffMs } = this.#config
    this.#timer = clock.at(clock.monotonicMs() + waitMs, () => {
      void this.#autoCommitNow().then((hasCommitted) => {
        if (this.#closed.signal.aborted) return
        // With an interval of 0 an idle consumer would do nothing but look; Java's looks when it is polled, and waits so long after a failure.
        this.#autoCommitIn(hasCommitted ? autoCommitIntervalMs : Math.max(autoCommitIntervalMs, retryBackoffMs))
      })
    })
  }

  async autoCommitNow(partitions?: readonly TopicPartition[], options: CommitCallOptions = {}): Promise<void> {
    await this.#autoCommitNow(partitions, options)
  }

  /** @returns whether something was committed */
  async #autoCommitNow(partitions?: readonly TopicPartition[], options: CommitCallOptions = {}): Promise<boolean> {
    if (!this.#config.enableAutoCommit) return false
    // After the commits before: what they committed need not be committed again. Who gives up waiting learns it from the commit.
    await abortable(this.#last, options.signal).catch(() => {})
    return this.#autoCommit(this.#uncommitted(partitions), options)
  }

  autoCommitLast(offsets: readonly OffsetToCommit[]): void {
    if (this.#config.enableAutoCommit) void this.#autoCommit(this.#new(offsets), {})
  }

  async #autoCommit(offsets: readonly OffsetToCommit[], options: CommitCallOptions): Promise<boolean> {
    if (offsets.length === 0) return false
    try {
      await this.#inTurn(offsets, options, isWorthAnotherTry)
      return true
    } catch (error) {
      const fields = { groupId: this.#config.groupId, error: (error as Error).message }
      const isBenign = error instanceof KafkaError && (error.kind === 'retriable' || error.kind === 'fenced')
      this.#cluster.logger[isBenign ? 'info' : 'warn'](fields, 'auto-commit failed; it comes again with the next')
      return false
    }
  }

  describe(): { readonly lastCommitAtMs: number | undefined; readonly lastFailure: unknown } {
    return { lastCommitAtMs: this.#lastCommitAtMs, lastFailure: this.#lastFailure }
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#closed.abort(new KafkaError('CLOSED', 'the consumer is closed'))
  }

  #uncommitted(partitions: readonly TopicPartition[] | undefined): OffsetToCommit[] {
    const keys = partitions && new Set(partitions.map(({ topic, partition }) => `${topic}-${partition}`))
    return this.#new([...this.#host.processed()]).filter(
      ({ topic, partition }) => keys === undefined || keys.has(`${topic}-${partition}`),
    )
  }

  #new(offsets: readonly OffsetToCommit[]): OffsetToCommit[] {
    this.#forgetOthers()
    const sinceMs = this.#membership === undefined ? this.#cluster.clock.monotonicMs() - AGAIN_MS : 0
    return offsets.filter(({ topic, partition, offset }) => {
      const committed = this.#committed.get(`${topic}-${partition}`)
      return committed?.offset !== offset || committed.atMs < sinceMs
    })
  }

  /** In another generation a partition may have had another owner, who committed something else. */
  #forgetOthers(): void {
    const { memberId = '', generationId = -1 } = this.#membership?.groupMetadata() ?? {}
    const as = `${memberId} ${generationId}`
    if (as !== this.#committedAs) this.#committed.clear()
    this.#committedAs = as
  }

  async #commit(offsets: readonly OffsetToCommit[], options: CommitCallOptions, retry: Retry): Promise<void> {
    if (offsets.length === 0) return
    options.signal?.throwIfAborted()
    this.#closed.signal.throwIfAborted()
    const { signal, forget } = joinSignals(this.#closed.signal, options.signal)
    const { groupId, defaultApiTimeoutMs, retryBackoffMs, retryBackoffMaxMs, requestTimeoutMs } = this.#config
    const policy = {
      what: `committing offsets of group ${groupId}`,
      backoff: { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs },
      timeoutMs: options.timeoutMs ?? defaultApiTimeoutMs,
      signal,
      retry,
    }
    try {
      const group = this.#group()
      let current = group
      await withRetries(this.#cluster, policy, async ({ remainingMs = requestTimeoutMs }) => {
        const timeoutMs = Math.min(requestTimeoutMs, remainingMs)
        for (;;) {
          // The epoch rises while the member stays: each attempt takes the newest. A generation means other owners, and is not taken.
          if (this.#isConsumerProtocol()) current = await this.#sameLife(group, current)
          try {
            return await commitOnce(
              this.#cluster,
              { group: current, isMemberEpoch: this.#isConsumerProtocol(), offsets },
              { timeoutMs, signal },
            )
          } catch (error) {
            if (!(error instanceof KafkaError)) throw error
            if (error.code !== 'STALE_MEMBER_EPOCH') {
              if (error.kind === 'fenced') this.#membership?.commitRefused(error.code as RefusedCommit, current)
              throw error
            }
            const newer = await this.#membership?.newerThan(current.generationId, { timeoutMs: remainingMs })
            if (newer === undefined || newer.memberId !== group.memberId) throw error
            current = newer
          }
        }
      })
    } catch (error) {
      this.#lastFailure = error
      this.#host.committed?.(error)
      throw error
    } finally {
      forget()
    }
    this.#host.committed?.(undefined)
    const atMs = this.#cluster.clock.monotonicMs()
    this.#lastCommitAtMs = atMs
    this.#forgetOthers()
    for (const { topic, partition, offset } of offsets) this.#committed.set(`${topic}-${partition}`, { offset, atMs })
  }

  #isConsumerProtocol(): boolean {
    return this.#membership?.describe().protocol === 'consumer'
  }

  async #sameLife(first: GroupMetadata, current: GroupMetadata): Promise<GroupMetadata> {
    const now = this.#membership!.groupMetadata()
    if (now.memberId !== first.memberId || now.generationId < current.generationId) return current
    return now
  }

  /** @throws KafkaError when there is a group and this consumer is no member of it now: a commit could undo one of its successors'. */
  #group(): GroupMetadata {
    const { groupId } = this.#config
    if (this.#membership === undefined) return { groupId, memberId: '', generationId: -1, groupInstanceId: null }
    const group = this.#membership.groupMetadata()
    if (group.memberId !== '' && group.generationId >= 0) return group
    const sentence = `this consumer is not a member of group ${groupId} now: what it processed since its last commit may be another's to process`
    throw new KafkaError('UNKNOWN_MEMBER_ID', sentence)
  }

  async #fetch(): Promise<void> {
    const waiting = this.#fetching
    this.#fetching = []
    const { groupId, retryBackoffMs, retryBackoffMaxMs, requestTimeoutMs } = this.#config
    const byKey = new Map<string, TopicPartition>()
    for (const { partitions } of waiting) for (const p of partitions) byKey.set(`${p.topic}-${p.partition}`, p)
    const signal = this.#closed.signal
    const policy = {
      what: `fetching committed offsets of group ${groupId}`,
      backoff: { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs },
      timeoutMs: Math.max(...waiting.map(({ timeoutMs }) => timeoutMs)),
      signal,
    }
    try {
      const found = await withRetries(this.#cluster, policy, ({ remainingMs = requestTimeoutMs }) => {
        const timeoutMs = Math.min(requestTimeoutMs, remainingMs)
        return fetchOffsetsOnce(this.#cluster, groupId, [...byKey.values()], { timeoutMs, signal })
      })
      for (const { resolve } of waiting) resolve(found)
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }
}

/** Rejects with the signal's reason at the abort; what is under way goes on. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      promise.catch(() => {})
      return reject(signal.reason)
    }
    const forget = onAbort(signal, () => reject(signal.reason))
    promise.then(resolve, reject).finally(forget)
  })
}

type Retry = (error: unknown, attempt: number) => boolean

const UNKNOWN_TOPIC_ATTEMPTS = 3

/**
 * An auto-commit comes again, and a revocation waits for one: where a topic was deleted it would wait until the time of the call is over, and so would all commits behind
 * it (Java's does, KAFKA-13310).
 */
function isWorthAnotherTry(error: unknown, attempt: number): boolean {
  if (!isRetriable(error)) return false
  const { code } = error as KafkaError
  return attempt < UNKNOWN_TOPIC_ATTEMPTS || (code !== 'UNKNOWN_TOPIC_OR_PARTITION' && code !== 'UNKNOWN_TOPIC_ID')
}
