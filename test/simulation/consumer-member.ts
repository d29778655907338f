import assert from 'node:assert/strict'
import type { CommandOf, GroupResponses } from '../../src/coordinator/index.ts'
import { errorName } from '../../src/wire/index.ts'

type Heartbeat = CommandOf<'ConsumerGroupHeartbeat'>
type Assignment = readonly { readonly topicId: string; readonly partitions: readonly number[] }[]

export interface MemberWire {
  heartbeat(command: Heartbeat, done: (response: GroupResponses['ConsumerGroupHeartbeat']) => void): void
  /** The coordinator may have lost what it promised: a power cut under another mode than fsync. */
  mayForget(): boolean
  joined(member: ConsumerMember, epoch: number): void
  leaving(member: ConsumerMember): void
  left(member: ConsumerMember): void
}

/**
 * A member of the consumer protocol (KIP-848) in its simplest form: one heartbeat at a time, and what it was assigned it owns at once. It
 * trusts the coordinator to know it as long as it has not left: sessions do not expire in its world.
 */
export class ConsumerMember {
  readonly groupId: string
  readonly memberId: string
  readonly topics: readonly string[]
  state: 'in' | 'leaving' | 'out' = 'in'
  readonly #wire: MemberWire
  #epoch = 0
  #owned: Assignment = []
  /** The last heartbeat was not answered: the next one says everything. */
  #isUnsure = true
  #isWaiting = false
  /** Grows with each connection. */
  #connection = 0

  constructor(wire: MemberWire, identity: { readonly groupId: string; readonly memberId: string }, topics: string[]) {
    this.#wire = wire
    this.groupId = identity.groupId
    this.memberId = identity.memberId
    this.topics = topics
  }

  act(): void {
    if (this.#isWaiting || this.state === 'out') return
    // A join that was not answered may have been heard.
    this.#send(this.state === 'leaving' ? -1 : this.#epoch)
  }

  leave(): void {
    if (this.state !== 'in') return
    this.state = 'leaving'
    this.#wire.leaving(this)
  }

  /** Its goodbye may be forgotten, and nobody else ever says it. */
  mayBeBack(): void {
    if (this.state === 'out') this.state = 'leaving'
  }

  reconnect(): void {
    this.#connection++
    this.#isWaiting = false
    this.#isUnsure = true
  }

  #send(memberEpoch: number): void {
    const { groupId, memberId } = this
    const isFull = memberEpoch >= 0 && this.#isUnsure
    const owned = memberEpoch === 0 ? [] : this.#owned
    const command: Heartbeat = {
      type: 'ConsumerGroupHeartbeat',
      groupId,
      apiVersion: 1,
      client: { clientId: 'member', clientHost: '/127.0.0.1' },
      regexProblem: null,
      request: {
        groupId,
        memberId,
        memberEpoch,
        instanceId: null,
        rackId: null,
        rebalanceTimeoutMs: isFull ? 100_000_000 : -1,
        subscribedTopicNames: isFull ? [...this.topics] : null,
        subscribedTopicRegex: null,
        serverAssignor: null,
        topicPartitions: memberEpoch >= 0 ? owned.map((one) => ({ ...one, partitions: [...one.partitions] })) : null,
      },
    }
    this.#isWaiting = true
    this.#isUnsure = true
    const connection = this.#connection
    this.#wire.heartbeat(command, (response) => {
      if (connection !== this.#connection) return
      this.#isWaiting = false
      this.#receive(errorName(response.errorCode), response)
    })
  }

  #receive(error: string, response: GroupResponses['ConsumerGroupHeartbeat']): void {
    switch (error) {
      case 'NONE':
        if (this.state === 'leaving' && response.memberEpoch < 0) {
          this.state = 'out'
          this.#wire.left(this)
          return
        }
        this.#isUnsure = false
        this.#epoch = response.memberEpoch
        if (response.assignment !== null) this.#owned = response.assignment.topicPartitions
        if (this.state === 'in') this.#wire.joined(this, response.memberEpoch)
        return
      case 'NOT_COORDINATOR':
      case 'COORDINATOR_LOAD_IN_PROGRESS':
      case 'COORDINATOR_NOT_AVAILABLE':
        return
      default:
        // Its goodbye may have been heard before the broker died.
        if (this.state === 'leaving' && error === 'UNKNOWN_MEMBER_ID') this.state = 'out'
        else if (this.state === 'leaving' && error === 'GROUP_ID_NOT_FOUND') this.state = 'out'
        else {
          assert.ok(this.#wire.mayForget(), `${this.memberId} in epoch ${this.#epoch} is told ${error}`)
          this.#epoch = 0
          this.#owned = []
        }
    }
  }
}
