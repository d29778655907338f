import type { TestBroker } from '../../src/testing/index.ts'
import * as wire from '../../src/wire/index.ts'
import { RawClient } from '../support/raw-client.ts'

const GROUP = 'g'

/** A consumer of the consumer protocol (KIP-848) that does what the test says, and nothing by itself. */
export class ConsumerMember {
  readonly client: RawClient
  readonly memberId: string
  readonly instanceId: string | null
  epoch = 0
  assignment: wire.ConsumerGroupHeartbeatResponse['assignment'] = null

  private constructor(client: RawClient, memberId: string, instanceId: string | null) {
    this.client = client
    this.memberId = memberId
    this.instanceId = instanceId
  }

  static async connect(
    broker: TestBroker,
    {
      memberId = 'member',
      instanceId = null,
    }: { readonly memberId?: string; readonly instanceId?: string | null } = {},
  ): Promise<ConsumerMember> {
    const client = await RawClient.connect({ port: broker.port, clientId: memberId })
    await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 4, { coordinatorKeys: [GROUP] })
    await broker.running.broker.groups.loaded
    return new ConsumerMember(client, memberId, instanceId)
  }

  join(): Promise<string> {
    this.epoch = 0
    return this.#send({ rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['t'], topicPartitions: [] })
  }

  heartbeat(): Promise<string> {
    return this.#send({})
  }

  leave(): Promise<string> {
    this.epoch = -1
    return this.#send({})
  }

  async commit(offset: bigint): Promise<string> {
    const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }]
    const answer = await this.client.call(wire.offsetCommitRequest, wire.offsetCommitResponse, 9, {
      groupId: GROUP,
      memberId: this.memberId,
      generationIdOrMemberEpoch: this.epoch,
      topics: [{ name: 't', partitions }],
    })
    return wire.errorName(answer.topics[0]!.partitions[0]!.errorCode)
  }

  close(): void {
    this.client.socket.destroy()
  }

  async #send(fields: Partial<wire.ConsumerGroupHeartbeatRequestInput>): Promise<string> {
    const { memberId, instanceId, epoch: memberEpoch } = this
    const answer = await this.client.call(wire.consumerGroupHeartbeatRequest, wire.consumerGroupHeartbeatResponse, 1, {
      groupId: GROUP,
      memberId,
      memberEpoch,
      instanceId,
      ...fields,
    })
    if (answer.errorCode === 0) {
      this.epoch = answer.memberEpoch
      this.assignment = answer.assignment ?? this.assignment
    }
    return wire.errorName(answer.errorCode)
  }
}
