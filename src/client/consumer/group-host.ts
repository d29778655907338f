import type { TopicPartition } from '../../assignor/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type RebalanceContext, rebalanceTrace, traced } from '../diagnostics.ts'
import { KafkaError } from '../kafka-error.ts'
import type { CommitCallOptions, Commits, OffsetToCommit } from './commit/commits.ts'
import type { ListOptions } from './fetch/list-offsets.ts'
import type { HandedOut } from './iterate/delivery.ts'
import type { GroupSubscription, MembershipHost } from './membership/membership.ts'
import type { PartitionState } from './partition-state.ts'
import type { Subscription } from './subscription.ts'

/** What a listener can do with the partitions it is told of. */
export interface ListenerContext {
  /** Why, in words. */
  readonly reason: string
  /** Commits these offsets, or what is processed of the partitions concerned. Rejects where the group has moved on. */
  commit(offsets?: readonly OffsetToCommit[], options?: CommitCallOptions): Promise<void>
  seek(to: TopicPartition & { readonly offset: bigint; readonly leaderEpoch?: number }): void
  seekToBeginning(partitions?: readonly TopicPartition[]): void
  seekToEnd(partitions?: readonly TopicPartition[]): void
  pause(partitions?: readonly TopicPartition[]): void
  resume(partitions?: readonly TopicPartition[]): void
  /** The next offset to hand out; waits for it where the partition is new. */
  position(partition: TopicPartition, options?: ListOptions): Promise<bigint>
}

/**
 * Called when partitions come and go, and awaited: the group waits, at most for `maxPollIntervalMs`. The consumer does what follows from the assignment
 * by itself; a listener that throws is logged and changes nothing.
 */
export interface RebalanceListener {
  /** New ones: nothing is fetched of them until it is done. */
  onPartitionsAssigned?(partitions: readonly TopicPartition[], context: ListenerContext): unknown
  /** They will go; handlers have ended, nothing more is handed out, and commits still count. */
  onPartitionsRevoked?(partitions: readonly TopicPartition[], context: ListenerContext): unknown
  /** They are gone already (the session ended, the member was fenced): nothing can be committed. Default: `onPartitionsRevoked`. */
  onPartitionsLost?(partitions: readonly TopicPartition[], context: ListenerContext): unknown
}

/** What the host needs of its consumer. */
export interface GroupHostOptions {
  readonly cluster: Cluster
  readonly subscription: Subscription
  readonly delivery: HandedOut
  readonly commits: () => Commits
  /** Of the application. */
  readonly commit: (offsets: readonly OffsetToCommit[], options?: CommitCallOptions) => Promise<void>
  readonly groupId: string | undefined
  readonly maxPollIntervalMs: number
  readonly listener: () => RebalanceListener | undefined
  /** The listener's context, but for `commit` and `reason`. */
  readonly tools: Omit<ListenerContext, 'commit' | 'reason'>
  /** Code of the application is about to run. */
  mayBlock(): void
  /** Partitions came or went. */
  assignmentChanged(): void
  /** Longest wait for handlers, at a close shorter than at a revocation. */
  quietMs(): number
}

/** So long at most, on a machine that is busy, until the heartbeats have said that the time for the application is over. */
const PUT_OUT_HEARD_MS = 5_000

/** The consumer's side of a membership: what happens, in which order, when partitions come and go. */
export class GroupHost implements MembershipHost {
  readonly #options: GroupHostOptions
  readonly #rebalances = { assigned: 0, revoked: 0, lost: 0 }

  constructor(options: GroupHostOptions) {
    this.#options = options
  }

  /** How often partitions came or went since the consumer was made. */
  get rebalances(): Readonly<Record<RebalanceContext['event'], number>> {
    return { ...this.#rebalances }
  }

  subscription(): GroupSubscription {
    const { topics, patterns, remotePattern } = this.#options.subscription
    return { topics, patterns, remotePattern }
  }

  assigned(added: readonly TopicPartition[]): Promise<void> {
    return this.#rebalance('assigned', added, 'assigned by the group', () => this.#assigned(added))
  }

  revoked(partitions: readonly TopicPartition[], reason: string, lost: AbortSignal): Promise<void> {
    return this.#rebalance('revoked', partitions, reason, () => this.#revoked(partitions, reason, lost))
  }

  lost(partitions: readonly TopicPartition[], reason: string): Promise<void> {
    return this.#rebalance('lost', partitions, reason, () => this.#lost(partitions, reason))
  }

  listenerFailed(error: unknown): void {
    this.#options.cluster.logger.error({ error }, 'a rebalance listener failed; the consumer goes on')
  }

  failed(error: KafkaError): void {
    this.#options.delivery.fail(error)
  }

  /** A revocation is normal, and told at info, as the membership tells an assignment; what was lost was another's before this consumer knew, which is not. */
  #rebalance(
    event: RebalanceContext['event'],
    partitions: readonly TopicPartition[],
    reason: string,
    fn: () => Promise<void>,
  ): Promise<void> {
    const { cluster, groupId } = this.#options
    this.#rebalances[event]++
    if (partitions.length > 0 && event !== 'assigned') {
      const { logger } = cluster
      const fields = { groupId, reason, partitions: partitions.map(({ topic, partition }) => `${topic}-${partition}`) }
      const sentence = `${partitions.length} partitions were ${event}: ${reason}`
      if (event === 'lost') logger.warn(fields, sentence)
      else logger.info(fields, sentence)
    }
    return traced(rebalanceTrace, () => ({ clientId: cluster.clientId, groupId, event, partitions, reason }), fn)
  }

  async #assigned(added: readonly TopicPartition[]): Promise<void> {
    const { subscription, cluster, listener, commits } = this.#options
    const states = subscription.add(added, cluster.metadata)
    // Until the listener is done: what it seeks is where they begin, and only what it asks for is looked up.
    for (const state of states) {
      state.isHeld = true
      state.retryAtMs = Number.POSITIVE_INFINITY
    }
    try {
      if (states.length > 0) await this.#call(listener()?.onPartitionsAssigned, states, 'assigned by the group')
    } finally {
      for (const state of states) {
        state.isHeld = false
        if (state.retryAtMs === Number.POSITIVE_INFINITY) state.retryAtMs = 0
      }
      commits().startAutoCommit()
      this.#options.assignmentChanged()
    }
  }

  async #revoked(partitions: readonly TopicPartition[], reason: string, lost: AbortSignal): Promise<void> {
    const { delivery, commits, listener, cluster } = this.#options
    const states = this.#states(partitions)
    for (const state of states) {
      state.beginRevoke(
        new KafkaError('REBALANCE_IN_PROGRESS', `${state.name} is revoked: ${reason}`, { kind: 'fenced' }),
      )
    }
    delivery.notify()
    const quietMs = this.#options.quietMs()
    // Who takes the whole of maxPollIntervalMs is put out, which is heard a moment later.
    const timeoutMs = quietMs < this.#options.maxPollIntervalMs ? quietMs : quietMs + PUT_OUT_HEARD_MS
    const isQuiet = await delivery.quiet(states, { timeoutMs, unless: lost })
    // Whoever took too long was put out for it: the partitions have another owner, and nothing of them can be committed.
    if (lost.aborted) return this.lost(partitions, lost.reason)
    if (!isQuiet) {
      const names = states.filter((state) => delivery.isBusy(state)).map((state) => state.name)
      cluster.logger.warn(
        { partitions: names },
        'partitions are given up while their records are still at work: what is not done is another consumer’s',
      )
    }
    try {
      if (states.length > 0) await this.#call(listener()?.onPartitionsRevoked, states, reason)
    } finally {
      if (states.length > 0) await commits().autoCommitNow(states)
      this.#giveUp(states)
    }
  }

  async #lost(partitions: readonly TopicPartition[], reason: string): Promise<void> {
    const { delivery, listener } = this.#options
    const states = this.#states(partitions)
    for (const state of states) {
      state.beginRevoke(new KafkaError('ILLEGAL_GENERATION', `${state.name} is lost: ${reason}`, { kind: 'fenced' }))
    }
    delivery.notify()
    const given = listener()
    try {
      if (states.length > 0) await this.#call(given?.onPartitionsLost ?? given?.onPartitionsRevoked, states, reason)
    } finally {
      this.#giveUp(states)
    }
  }

  #states(partitions: readonly TopicPartition[]): PartitionState[] {
    const { subscription } = this.#options
    return partitions.flatMap(({ topic, partition }) => subscription.get(topic, partition) ?? [])
  }

  #giveUp(states: readonly PartitionState[]): void {
    const { subscription, delivery } = this.#options
    subscription.remove(states.filter((state) => subscription.has(state)))
    for (const state of states) delivery.forget(state)
    this.#options.assignmentChanged()
  }

  async #call(
    fn: ((partitions: readonly TopicPartition[], context: ListenerContext) => unknown) | undefined,
    states: readonly PartitionState[],
    reason: string,
  ): Promise<void> {
    if (fn === undefined) return
    const { listener, tools, delivery, commit, mayBlock } = this.#options
    mayBlock()
    const context: ListenerContext = {
      ...tools,
      reason,
      commit: (offsets, options) => commit(offsets ?? processedOffsets(delivery, states), options),
      seekToBeginning: (partitions = states) => tools.seekToBeginning(partitions),
      seekToEnd: (partitions = states) => tools.seekToEnd(partitions),
      pause: (partitions = states) => tools.pause(partitions),
      resume: (partitions = states) => tools.resume(partitions),
    }
    const partitions = states.map(({ topic, partition }) => ({ topic, partition }))
    await fn.call(listener(), partitions, context)
  }
}

/** What is processed of these partitions, as a commit takes it. */
export function processedOffsets(delivery: HandedOut, states: Iterable<PartitionState>): OffsetToCommit[] {
  const offsets: OffsetToCommit[] = []
  for (const state of states) {
    const processed = delivery.processed(state)
    if (processed === undefined) continue
    const { offset, leaderEpoch } = processed
    offsets.push({ topic: state.topic, partition: state.partition, offset, leaderEpoch })
  }
  return offsets
}
