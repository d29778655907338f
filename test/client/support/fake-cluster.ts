import type { Answer, CallOptions, Cluster, Target, TopicWatch } from '../../../src/client/cluster/cluster.ts'
import { type MetadataImage, metadataImage, type Node } from '../../../src/client/cluster/metadata-image.ts'
import { KafkaError } from '../../../src/client/kafka-error.ts'
import { silentLogger } from '../../../src/platform/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'
import type { Api } from '../../../src/wire/index.ts'

export interface FakeCall {
  readonly nodeId: number
  readonly api: string
  readonly purpose: string | undefined
  readonly body: never
  /** @param answer the response, as the wire decodes it */
  answer(answer: object): Promise<void>
  fail(error: KafkaError): Promise<void>
}

/** A cluster whose answers a test writes by hand, one by one; nodes 1, 2 and 3. */
export class FakeCluster implements Cluster {
  readonly clock = new VirtualClock()
  readonly logger = silentLogger
  readonly clientId = 'test'
  metadata: MetadataImage
  /** Requests without an answer, the oldest first. */
  readonly calls: FakeCall[] = []
  readonly learned: unknown[] = []
  /** Where a connection was made before there was something to ask. */
  readonly connected: string[] = []
  refreshes = 0

  /** @param leaders of the partitions of topic t */
  constructor(leaders: readonly number[]) {
    this.metadata = this.image(leaders, 0)
  }

  image(leaders: readonly number[], leaderEpoch: number): MetadataImage {
    const nodes = [1, 2, 3].map((nodeId): Node => ({ nodeId, host: 'h', port: nodeId, rack: null }))
    const partitions = leaders.map((leaderId, partition) => ({
      partition,
      leaderId,
      leaderEpoch,
      replicas: [1, 2, 3],
      isr: [1, 2, 3],
      offlineReplicas: [],
    }))
    return metadataImage({ version: 1, nodes, topics: [{ name: 't', topicId: 'id-t', isInternal: false, partitions }] })
  }

  /** The oldest request to this node that has no answer. */
  next(nodeId: number): FakeCall {
    const index = this.calls.findIndex((call) => call.nodeId === nodeId)
    if (index < 0) throw new Error(`node ${nodeId} was asked nothing`)
    return this.calls.splice(index, 1)[0]!
  }

  watchTopics(): TopicWatch {
    return { ready: async () => this.metadata, set() {}, release() {} }
  }

  onMetadata(): () => void {
    return () => {}
  }

  async refresh(): Promise<MetadataImage> {
    this.refreshes++
    return this.metadata
  }

  learnLeader(...args: unknown[]): void {
    this.learned.push(args)
  }

  call<Req, In, Res, ResIn>(
    target: Target,
    api: Api<Req, In, Res, ResIn>,
    body: NoInfer<In> | ((version: number) => NoInfer<In>),
    { signal, purpose }: CallOptions = {},
  ): Promise<Answer<Res>> {
    const nodeId = (target as { readonly nodeId: number }).nodeId
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
      const settled = async (fn: () => void): Promise<void> => {
        fn()
        await turns()
      }
      this.calls.push({
        nodeId,
        api: api.name,
        purpose,
        body: body as never,
        answer: (answer) => settled(() => resolve({ body: answer as Res, version: 17, nodeId })),
        fail: (error) => settled(() => reject(error)),
      })
    })
  }

  async versionOf(target: Target, api: Api, { purpose }: CallOptions = {}): Promise<number> {
    this.connected.push(`${(target as { readonly nodeId: number }).nodeId} ${purpose} for ${api.name}`)
    return 4
  }

  async coordinator(): Promise<Node> {
    throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
  }

  forgetCoordinator(): void {}
  release(): void {}
  async close(): Promise<void> {}
}

export async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}
