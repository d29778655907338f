import type { TestBroker } from '../../src/testing/index.ts'
import * as wire from '../../src/wire/index.ts'
import { RawClient } from '../support/raw-client.ts'

const GROUP = 'g'

/** A consumer of the classic protocol that does what the test says, and nothing by itself. */
export class Member {
  readonly client: RawClient
  memberId = ''
  generationId = -1

  private constructor(client: RawClient) {
    this.client = client
  }

  static async connect(broker: TestBroker, clientId = 'member'): Promise<Member> {
    const client = await RawClient.connect({ port: broker.port, clientId })
    await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 4, { coordinatorKeys: [GROUP] })
    await broker.running.broker.groups.loaded
    return new Member(client)
  }

  async join(fields: { readonly sessionTimeoutMs?: number } = {}): Promise<number> {
    const metadata = Buffer.concat([
      Buffer.from([0, 0]),
      wire.consumerProtocolSubscription.encode({ topics: ['t'], userData: null }, 0),
    ])
    const request = {
      groupId: GROUP,
      memberId: this.memberId,
      sessionTimeoutMs: 45_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata }],
      ...fields,
    }
    const answer = await this.client.call(wire.joinGroupRequest, wire.joinGroupResponse, 9, request)
    this.memberId = answer.memberId
    this.generationId = answer.generationId
    if (answer.errorCode === wire.ErrorCode.MEMBER_ID_REQUIRED) return this.join(fields)
    return answer.errorCode
  }

  /** Gives all partitions of t to itself. */
  async sync(partitions: readonly number[] = [0, 1]): Promise<number> {
    const assignedPartitions = [{ topic: 't', partitions: [...partitions] }]
    const assignment = Buffer.concat([
      Buffer.from([0, 0]),
      wire.consumerProtocolAssignment.encode({ assignedPartitions, userData: null }, 0),
    ])
    const { memberId, generationId } = this
    const answer = await this.client.call(wire.syncGroupRequest, wire.syncGroupResponse, 5, {
      groupId: GROUP,
      memberId,
      generationId,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [{ memberId, assignment }],
    })
    return answer.errorCode
  }

  async heartbeat(): Promise<string> {
    const { memberId, generationId } = this
    const request = { groupId: GROUP, memberId, generationId }
    const { errorCode } = await this.client.call(wire.heartbeatRequest, wire.heartbeatResponse, 4, request)
    return wire.errorName(errorCode)
  }

  async commit(offset: bigint): Promise<string> {
    const { memberId, generationId } = this
    const answer = await this.client.call(wire.offsetCommitRequest, wire.offsetCommitResponse, 8, {
      groupId: GROUP,
      memberId,
      generationIdOrMemberEpoch: generationId,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: 'm' }] }],
    })
    return wire.errorName(answer.topics[0]!.partitions[0]!.errorCode)
  }

  close(): void {
    this.client.socket.destroy()
  }
}
