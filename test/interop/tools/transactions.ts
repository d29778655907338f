import { expect } from 'vitest'
import * as wire from '../../../src/wire/index.ts'
import { RawClient } from '../../support/raw-client.ts'
import { waitUntil } from '../support/wait.ts'

/** A transactional producer, request by request. */
export class Transactions {
  readonly #client: RawClient
  readonly #id: string
  readonly #topic: string
  readonly #producer: { readonly producerId: bigint; readonly producerEpoch: number }
  #sequence = 0

  private constructor(
    client: RawClient,
    id: string,
    topic: string,
    producer: { producerId: bigint; producerEpoch: number },
  ) {
    this.#client = client
    this.#id = id
    this.#topic = topic
    this.#producer = producer
  }

  static async begin(bootstrap: string, id: string, topic: string): Promise<Transactions> {
    const client = await RawClient.connect({ port: Number(bootstrap.split(':')[1]) })
    await waitUntil('a coordinator of transactions', async () => {
      const body = { keyType: 1, coordinatorKeys: [id] }
      const { coordinators } = await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 4, body)
      return coordinators[0]?.errorCode === 0
    })
    const { producerId, producerEpoch } = await waitUntil('a producer id', async () => {
      const body = { transactionalId: id, transactionTimeoutMs: 60_000 }
      const answer = await client.call(wire.initProducerIdRequest, wire.initProducerIdResponse, 4, body)
      return answer.errorCode === 0 ? answer : undefined
    })
    return new Transactions(client, id, topic, { producerId, producerEpoch })
  }

  async run(count: number, end: 'commit' | 'abort' | 'open'): Promise<void> {
    const { producerId, producerEpoch } = this.#producer
    const topics = [{ name: this.#topic, partitions: [0] }]
    // The last transaction may not be over yet.
    await waitUntil('the partition to be in the transaction', async () => {
      const added = await this.#client.call(wire.addPartitionsToTxnRequest, wire.addPartitionsToTxnResponse, 3, {
        v3AndBelowTransactionalId: this.#id,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: topics,
      })
      return added.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode === 0
    })
    const records = wire.encodeBatch({
      producerId,
      producerEpoch,
      baseSequence: this.#sequence,
      isTransactional: true,
      records: Array.from({ length: count }, (_, i) => ({
        timestamp: Date.now(),
        key: null,
        value: Buffer.from(`${i}`),
      })),
    })
    this.#sequence += count
    const { responses } = await this.#client.call(wire.produceRequest, wire.produceResponse, 9, {
      transactionalId: this.#id,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: this.#topic, partitionData: [{ index: 0, records }] }],
    })
    expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0)
    if (end === 'open') return
    const ended = await this.#client.call(wire.endTxnRequest, wire.endTxnResponse, 3, {
      transactionalId: this.#id,
      producerId,
      producerEpoch,
      committed: end === 'commit',
    })
    expect(ended.errorCode).toBe(0)
  }

  async close(): Promise<void> {
    this.#client.close()
  }
}
