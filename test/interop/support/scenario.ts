import { type Admin, adminOf, type Offsets } from './admin.ts'
import type { Broker } from './broker.ts'
import type { ClientProgram, ConsumerOptions, ProducerOptions } from './client.ts'
import { ClientProcess } from './client-process.ts'
import { seenExactlyAsCommitted } from './ledger.ts'
import { waitUntil } from './wait.ts'

/** One feature, shown with any client that has it. */
export interface Scenario {
  /** Short name, by which suites choose. */
  readonly name: string
  /** A sentence about the protocol: the name of the test. */
  readonly title: string
  /** Why this client cannot show it; undefined when it can. */
  readonly lacks?: (client: ClientProgram) => string | undefined
  run(stage: Stage): Promise<void>
}

let lastId = 0

/** What a scenario works with: one broker, one kind of client, names of its own. */
export class Stage {
  readonly broker: Broker
  readonly client: ClientProgram
  readonly admin: Admin
  readonly groupId: string
  readonly #prefix: string
  readonly #processes: ClientProcess[] = []

  constructor(options: { readonly broker: Broker; readonly client: ClientProgram; readonly scenario: string }) {
    this.broker = options.broker
    this.client = options.client
    this.admin = adminOf(options.broker.bootstrap)
    lastId += 1
    this.#prefix = `${options.scenario}.${options.client.name}.${lastId}`
    this.groupId = `${this.#prefix}.group`
  }

  /** Creates a topic and gives its name. */
  async topic(partitions: number, suffix = ''): Promise<string> {
    const name = `${this.#prefix}.topic${suffix}`
    await this.admin.createTopic(name, partitions)
    return name
  }

  /** Starts a consumer; what a scenario does not say is a long session, so that a busy machine evicts nobody. */
  consumer(name: string, options: Partial<ConsumerOptions> & { readonly topics: readonly string[] }): ClientProcess {
    return this.#start(
      `consumer ${name}`,
      this.client.consumer({
        bootstrap: this.broker.bootstrap,
        groupId: this.groupId,
        ...(this.client.groupProtocol === undefined ? {} : { protocol: this.client.groupProtocol }),
        commit: 'manual',
        autoCommitIntervalMs: 500,
        offsetReset: 'earliest',
        sessionTimeoutMs: 30_000,
        heartbeatIntervalMs: 500,
        maxPollIntervalMs: 60_000,
        processingDelayMs: 0,
        ...options,
      }),
    )
  }

  producer(options: Partial<ProducerOptions> & Pick<ProducerOptions, 'topic' | 'partitions'>): ClientProcess {
    return this.#start(
      'producer',
      this.client.producer({
        bootstrap: this.broker.bootstrap,
        count: 0,
        valuePrefix: 'value-',
        intervalMs: 0,
        compression: 'none',
        idempotent: this.client.supports.idempotence,
        acks: 'all',
        ...options,
      }),
    )
  }

  /** Sends so many records and waits until all are acknowledged. */
  async produce(options: Partial<ProducerOptions> & Pick<ProducerOptions, 'topic' | 'partitions' | 'count'>) {
    const producer = this.producer(options)
    await producer.finished()
    return producer
  }

  /** Waits until these consumers together hold all partitions of the topics, each so many. */
  async owns(shares: readonly (readonly [ClientProcess, number])[]): Promise<void> {
    const wanted = shares.reduce((sum, [, count]) => sum + count, 0)
    await waitUntil(
      `shares of ${shares.map(([, count]) => count)} partitions`,
      () =>
        shares.every(([consumer, count]) => consumer.owned.length === count) &&
        new Set(shares.flatMap(([consumer]) => consumer.owned)).size === wanted,
      { details: () => this.summary() },
    )
  }

  /** Waits until each of these consumers has seen so many records more. */
  async seesMore(count: number, ...consumers: readonly ClientProcess[]): Promise<void> {
    for (const { consumer, goal } of consumers.map((c) => ({ consumer: c, goal: c.records.length + count }))) {
      await consumer.waitFor(`${count} records more`, () => consumer.records.length >= goal)
    }
  }

  /** Waits until everything in the topics is committed by the group; gives the end offsets. */
  async allIsCommitted(topics: readonly string[], groupId = this.groupId): Promise<Offsets> {
    const ends = Object.assign({}, ...(await Promise.all(topics.map((topic) => this.admin.endOffsets(topic)))))
    let committed: Offsets = {}
    await waitUntil(
      `commits of ${groupId} up to ${JSON.stringify(ends)}`,
      async () => {
        committed = await this.admin.committedOffsets(groupId)
        return Object.entries(ends).every(([partition, end]) => end === 0 || committed[partition] === end)
      },
      { details: () => `committed: ${JSON.stringify(committed)}\n${this.summary()}` },
    )
    return ends
  }

  /** Waits for the last commits, closes all, and checks every record against the commits (ledger.ts). */
  async settle(
    topics: readonly string[],
    consumers: readonly ClientProcess[],
    options: { readonly cutOff?: readonly ClientProcess[] } = {},
  ): Promise<void> {
    const endOffsets = await this.allIsCommitted(topics)
    await this.close(...consumers)
    const committedOffsets = await this.admin.committedOffsets(this.groupId)
    seenExactlyAsCommitted({ consumers, endOffsets, committedOffsets, ...options })
  }

  /** Closes those that still run, at the same time. */
  async close(...processes: readonly ClientProcess[]): Promise<void> {
    await Promise.all(processes.map((p) => (p.hasEnded ? undefined : p.close())))
  }

  summary(): string {
    return [...this.#processes.map((p) => p.summary()), 'broker:', ...this.broker.logs.slice(-25)].join('\n')
  }

  async cleanUp(): Promise<void> {
    await Promise.all(this.#processes.map((p) => p.kill()))
  }

  #start(name: string, command: Parameters<typeof startProcess>[1]): ClientProcess {
    const process = startProcess(`${this.client.name} ${name}`, command)
    this.#processes.push(process)
    return process
  }
}

function startProcess(name: string, command: ReturnType<ClientProgram['consumer']>): ClientProcess {
  return new ClientProcess(name, command)
}
