import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child, type Command, installOnce, javaCommand, kafkaClassPath, run, waitUntil } from '../support/index.ts'

/** Kafka's scripts by name, and the classes that they start. */
const classes = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-groups': 'org.apache.kafka.tools.GroupsCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'kafka-consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'kafka-e2e-latency': 'org.apache.kafka.tools.EndToEndLatency',
  'kafka-verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
  'kafka-verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'kafka-features': 'org.apache.kafka.tools.FeatureCommand',
  'kafka-cluster': 'org.apache.kafka.tools.ClusterTool',
  'kafka-reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'kafka-transactions': 'org.apache.kafka.tools.TransactionsCommand',
  'kafka-client-metrics': 'org.apache.kafka.tools.ClientMetricsCommand',
  'kafka-dump-log': 'kafka.tools.DumpLogSegments',
  // Our own, next to the runner.
  'admin-calls': 'AdminCalls',
  'client-calls': 'ClientCalls',
} as const

export type ToolName = keyof typeof classes

export interface ToolResult {
  readonly exitCode: number
  /** Standard output and standard error as they came. */
  readonly output: string
  readonly stdout: string
  readonly stderr: string
}

/** Runs Kafka's tools in one JVM, one at a time. */
export class KafkaTools {
  readonly #child: Child
  #asked = 0

  private constructor(child: Child) {
    this.#child = child
  }

  static async start(): Promise<KafkaTools> {
    const classPath = await kafkaClassPath()
    const sources = ['ToolRunner', 'AdminCalls', 'ClientCalls'].map((name) =>
      join(import.meta.dirname, `runner/${name}.java`),
    )
    const key = sources.map((source) => readFileSync(source, 'utf8')).join('')
    const folder = await installOnce('kafka-tool-runner', key, async (target) => {
      await run('javac', ['-cp', classPath, '-d', target, ...sources])
    })
    return new KafkaTools(new Child(javaCommand(`${folder}:${classPath}`, 'ToolRunner', [], { heapMb: 256 })))
  }

  async run(
    tool: ToolName,
    args: readonly string[],
    options: { readonly stdin?: string; readonly timeoutMs?: number } = {},
  ): Promise<ToolResult> {
    const { stdin = '', timeoutMs = 60_000 } = options
    const index = this.#asked++ // answers come in the order of requests
    this.#child.write(`${JSON.stringify({ class: classes[tool], args, stdin, timeoutMs })}\n`)
    await waitUntil(
      `the end of ${tool} ${args.join(' ')}`,
      () => {
        if (this.#child.hasEnded) throw new Error(`the tool runner ended\n${this.#child.tail()}`)
        return this.#child.stdout.length > index
      },
      { deadlineMs: timeoutMs + 30_000, details: () => this.#child.tail() },
    )
    return JSON.parse(this.#child.stdout[index]!) as ToolResult
  }

  async stop(): Promise<void> {
    await this.#child.kill()
  }
}

/** A tool in a JVM of its own, for those that run until they are stopped. */
export async function toolCommand(tool: ToolName, args: readonly string[]): Promise<Command> {
  return javaCommand(await kafkaClassPath(), classes[tool], args)
}
