import type { GroupCommand, GroupResponses } from '../../src/coordinator/index.ts'
import type { Cancel } from '../../src/platform/index.ts'
import { errorName } from '../../src/wire/index.ts'
import type { Network, SimulatedMember } from './simulated-member.ts'

type HeartbeatCommand = Extract<GroupCommand, { readonly type: 'ConsumerGroupHeartbeat' }>
type HeartbeatResponse = GroupResponses['ConsumerGroupHeartbeat']

const REQUEST_TIMEOUT_MS = 2_000
const RETRY_MS = 200

/** A member as clients of KIP-848 behave: it revokes before it says so, and owns what is new only after that. */
export class ConsumerClient implements SimulatedMember {
  readonly protocol = 'consumer'
  readonly instanceId: string | null
  owned: ReadonlySet<string> = new Set()
  isAlive = true
  memberId: string
  readonly #network: Network
  subscription: readonly string[] | string
  #epoch = 0
  #target: ReadonlySet<string> | undefined
  #isRevoking = false
  /** What it last said that it owns; undefined: it says all. */
  #said: string | undefined
  #timer: Cancel | undefined
  #timeout: Cancel | undefined
  /** Answers to older requests are not heard any more. */
  #request = 0
  #inFlight = false
  #pausedUntilMs = 0
  #intervalMs = 500

  constructor(network: Network, instanceId: string | null, subscription: readonly string[] | string) {
    this.#network = network
    this.instanceId = instanceId
    this.memberId = network.newMemberId()
    this.subscription = subscription
  }

  get generationId(): number {
    return this.#epoch === 0 ? -1 : this.#epoch
  }

  start(): void {
    this.#send()
  }

  subscribe(subscription: readonly string[] | string): void {
    this.subscription = subscription
    this.#said = undefined
    this.#sendSoon()
  }

  leave(): void {
    if (this.#epoch > 0 && !this.#network.loses()) this.#network.submit(this.#command(-1), () => {})
    this.kill()
  }

  kill(): void {
    this.isAlive = false
    this.owned = new Set()
    this.#timer?.cancel()
    this.#timeout?.cancel()
    this.#request++
  }

  pause(ms: number): void {
    this.#pausedUntilMs = this.#network.nowMs() + ms
  }

  restart(says: boolean): void {
    if (says && this.instanceId !== null && this.#epoch > 0) this.#network.submit(this.#command(-2), () => {})
    this.#abandon()
    this.memberId = this.#network.newMemberId()
    this.#sendSoon()
  }

  #abandon(): void {
    this.owned = new Set()
    this.#target = undefined
    this.#isRevoking = false
    this.#epoch = 0
    this.#said = undefined
    this.#request++
    this.#inFlight = false
    this.#timeout?.cancel()
  }

  #sendSoon(ms = 1): void {
    this.#timer?.cancel()
    this.#timer = this.#network.at(ms, () => this.#send())
  }

  #send(): void {
    if (!this.isAlive || this.#inFlight) return
    const network = this.#network
    const pauseMs = this.#pausedUntilMs - network.nowMs()
    if (pauseMs > 0) return this.#sendSoon(pauseMs)
    const command = this.#command(this.#epoch)
    const request = ++this.#request
    this.#inFlight = true
    this.#said = this.#epoch === 0 ? '' : this.#sayable()
    this.#timer?.cancel()
    this.#timeout?.cancel()
    this.#timeout = network.at(REQUEST_TIMEOUT_MS, () => {
      this.#request++
      this.#inFlight = false
      this.#said = undefined
      this.#send()
    })
    if (network.loses()) return
    network.at(network.delayMs(), () => {
      network.submit(command, (response) => {
        if (network.loses()) return
        network.at(network.delayMs(), () => {
          if (this.isAlive && request === this.#request) this.#receive(response)
        })
      })
    })
  }

  /** It says what it owns when that has changed, and everything when it is not sure. */
  #command(memberEpoch: number): HeartbeatCommand {
    const isFull = memberEpoch === 0 || (memberEpoch > 0 && this.#said === undefined)
    const saysOwned = isFull || (memberEpoch > 0 && this.#said !== this.#sayable())
    const regex = typeof this.subscription === 'string' ? this.subscription : ''
    const names = typeof this.subscription === 'string' ? [] : [...this.subscription]
    const owned = memberEpoch === 0 ? [] : listOf(this.owned)
    return {
      type: 'ConsumerGroupHeartbeat',
      groupId: 'g',
      apiVersion: 1,
      client: { clientId: 'client', clientHost: '/127.0.0.1' },
      regexProblem: null,
      request: {
        groupId: 'g',
        memberId: this.memberId,
        memberEpoch,
        instanceId: this.instanceId,
        rackId: null,
        rebalanceTimeoutMs: isFull ? 20_000 : -1,
        subscribedTopicNames: isFull ? names : null,
        subscribedTopicRegex: isFull ? regex : null,
        serverAssignor: null,
        topicPartitions: saysOwned ? owned : null,
      },
    }
  }

  #sayable(): string {
    return [...this.owned].sort().join()
  }

  #receive(response: HeartbeatResponse): void {
    this.#inFlight = false
    this.#timeout?.cancel()
    const error = errorName(response.errorCode)
    switch (error) {
      case 'NONE':
        this.#epoch = response.memberEpoch
        this.#intervalMs = response.heartbeatIntervalMs
        if (response.assignment !== null) this.#reconcile(new Set(namesOf(response.assignment.topicPartitions)))
        return this.#sendSoon(this.#hasNews() ? 1 : this.#intervalMs)
      case 'FENCED_MEMBER_EPOCH':
      case 'UNKNOWN_MEMBER_ID':
      case 'GROUP_ID_NOT_FOUND':
        this.#abandon()
        this.#network.changed()
        return this.#sendSoon(RETRY_MS)
      case 'FENCED_INSTANCE_ID':
        return this.kill()
      default:
        this.#said = undefined
        return this.#sendSoon(RETRY_MS)
    }
  }

  #hasNews(): boolean {
    return !this.#isRevoking && this.#said !== this.#sayable()
  }

  #reconcile(target: ReadonlySet<string>): void {
    this.#target = target
    if (this.#isRevoking) return
    const isRevocation = [...this.owned].some((partition) => !target.has(partition))
    if (!isRevocation) return this.#adopt()
    this.#isRevoking = true
    const request = this.memberId
    this.#network.at(this.#network.revocationMs(), () => {
      if (!this.isAlive || this.memberId !== request || !this.#isRevoking) return
      this.#isRevoking = false
      this.#adopt()
      if (!this.#inFlight) this.#sendSoon()
    })
  }

  /** What came last is what holds, and what is not in it was given up before. */
  #adopt(): void {
    if (this.#target === undefined) return
    const target = this.#target
    this.owned = new Set(target)
    this.#network.changed()
  }
}

function namesOf(list: readonly { readonly topicId: string; readonly partitions: readonly number[] }[]): string[] {
  return list.flatMap(({ topicId, partitions }) => partitions.map((partition) => `${topicId}-${partition}`))
}

function listOf(owned: ReadonlySet<string>): { topicId: string; partitions: number[] }[] {
  const byTopic = new Map<string, number[]>()
  for (const name of owned) {
    const at = name.lastIndexOf('-')
    const topicId = name.slice(0, at)
    byTopic.set(topicId, [...(byTopic.get(topicId) ?? []), Number(name.slice(at + 1))])
  }
  return [...byTopic].map(([topicId, partitions]) => ({ topicId, partitions }))
}
