import type { Cluster } from '../cluster/cluster.ts'
import { checkOptions } from '../config/call-options.ts'
import { KafkaError } from '../kafka-error.ts'
import type { CommitCallOptions, Commits, OffsetToCommit } from './commit/commits.ts'
import { createCommits } from './commit/create-commits.ts'
import { callChecks, checkOffsets } from './consumer-calls.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { processedOffsets } from './group-host.ts'
import type { HandedOut } from './iterate/delivery.ts'
import { createMembership } from './membership/create-membership.ts'
import type { LeaveOptions, Membership, MembershipHost } from './membership/membership.ts'
import type { Subscription } from './subscription.ts'

export interface GroupSessionOptions {
  readonly cluster: Cluster
  readonly settings: ConsumerSettings
  readonly subscription: Subscription
  readonly delivery: HandedOut
  readonly isClosed: () => boolean
}

/** What the consumer has of its group: a membership from the first request for records until it leaves, and its commits, as a member or (`assign`) not. */
export class GroupSession {
  readonly #cluster: Cluster
  readonly #settings: ConsumerSettings
  readonly #subscription: Subscription
  readonly #delivery: HandedOut
  readonly #isClosed: () => boolean
  readonly #counts = { commits: 0, failedCommits: 0 }
  #membership: Membership | undefined
  #commits: Commits | undefined

  constructor({ cluster, settings, subscription, delivery, isClosed }: GroupSessionOptions) {
    this.#cluster = cluster
    this.#settings = settings
    this.#subscription = subscription
    this.#delivery = delivery
    this.#isClosed = isClosed
  }

  get membership(): Membership | undefined {
    return this.#membership
  }

  /** Since the consumer was made. */
  get counts(): { readonly commits: number; readonly failedCommits: number } {
    return this.#counts
  }

  /** @throws KafkaError INVALID_CONFIG without a group, CLOSED */
  commits(): Commits {
    const { groupId } = this.#settings
    if (groupId === undefined) throw new KafkaError('INVALID_CONFIG', 'commits need a groupId')
    if (this.#isClosed()) throw new KafkaError('CLOSED', 'the consumer is closed')
    if (this.#commits === undefined) {
      const host = {
        processed: () => processedOffsets(this.#delivery, this.#subscription),
        committed: (error: unknown) => {
          this.#counts[error === undefined ? 'commits' : 'failedCommits']++
        },
      }
      this.#commits = createCommits(this.#cluster, { ...this.#settings, groupId }, this.#membership, host)
    }
    return this.#commits
  }

  /** undefined before the first commit. */
  describeCommits(): ReturnType<Commits['describe']> | undefined {
    return this.#commits?.describe()
  }

  /** What the application commits itself is processed, whatever it still holds: auto-commit does not go back behind it. */
  readonly commitOffsets = async (
    offsets: readonly OffsetToCommit[],
    options: CommitCallOptions = {},
  ): Promise<void> => {
    checkOffsets('commit()', offsets)
    checkOptions('commit()', options, callChecks.call)
    const states = offsets.map((offset) => {
      const state = this.#subscription.get(offset.topic, offset.partition)
      return { state, seeks: state?.seeks, offset }
    })
    await this.commits().commit(offsets, options)
    for (const { state, seeks, offset } of states) {
      if (state !== undefined && state.seeks === seeks) state.committedHere = { leaderEpoch: -1, ...offset }
    }
  }

  /** The last one, of a consumer without a membership. */
  async autoCommitNow(options: LeaveOptions): Promise<void> {
    await this.#commits?.autoCommitNow(undefined, options)
  }

  join(host: MembershipHost): void {
    const { groupId, ...settings } = this.#settings
    const membership = createMembership({
      cluster: this.#cluster,
      config: {
        ...settings,
        groupId: groupId!,
        groupInstanceId: settings.groupInstanceId ?? null,
        groupRemoteAssignor: settings.groupRemoteAssignor ?? null,
      },
      host,
      requestTimeoutMs: settings.requestTimeoutMs,
      allowAutoCreateTopics: settings.allowAutoCreateTopics,
    })
    this.#commits?.close()
    this.#commits = undefined
    this.#membership = membership
    membership.start()
  }

  /** Commits what is processed first. It can join again. */
  async leave(reason: string, options: LeaveOptions): Promise<void> {
    const membership = this.#membership
    if (membership === undefined) await this.autoCommitNow(options)
    else await membership.leave(reason, options)
    this.#membership = undefined
    this.#commits?.close()
    this.#commits = undefined
  }

  /** For good. */
  close(): void {
    this.#commits?.close()
  }
}
