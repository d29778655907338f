import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  Assignor,
  ClientProgram,
  Command,
  ConsumerOptions,
  GroupProtocol,
  ProducerOptions,
} from '../support/index.ts'
import { installOnce, javaCommand, run } from '../support/index.ts'

const sources = join(import.meta.dirname, 'program/src/main/java/kohort/interop')

/** kafka-clients in one version; a Maven module of that name builds the common program against it. */
export function javaClient(options: {
  readonly version: '4.2' | '2.1'
  readonly assignors: readonly Assignor[]
  readonly staticMembership: boolean
  readonly rejoinsAfterOutage?: boolean
  readonly groupProtocol?: GroupProtocol
}): ClientProgram & { transact(options: Readonly<Record<string, unknown>>): Command } {
  const pom = join(import.meta.dirname, `kafka-clients-${options.version}/pom.xml`)
  let classPath = ''

  const start = (mode: string, settings: Readonly<Record<string, unknown>>): Command =>
    javaCommand(
      classPath,
      'kohort.interop.Main',
      [mode, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)],
      { properties: { 'org.slf4j.simpleLogger.defaultLogLevel': 'warn' } },
    )

  return {
    name: `java-${options.version}${options.groupProtocol === 'consumer' ? '-consumer' : ''}`,
    ...(options.groupProtocol === undefined ? {} : { groupProtocol: options.groupProtocol }),
    // "No current assignment for partition" from FetchCollector of 4.2, now and then, against Apache Kafka too.
    ...(options.groupProtocol === 'consumer' ? { quirks: { diesWhenEvicted: true } as const } : {}),
    tools: ['java', 'javac', 'mvn'],
    supports: {
      assignors: options.assignors,
      codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      staticMembership: options.staticMembership,
      maxPollInterval: true,
      ...(options.version === '4.2' && options.groupProtocol === undefined ? { tellsPollTimeout: true as const } : {}),
      idempotence: true,
      manualCommit: true,
      autoCommit: true,
      rebalanceListener: true,
      ...(options.version === '4.2' ? { consumerProtocol: true, topicRegex: true } : {}),
      rejoinsAfterOutage: options.rejoinsAfterOutage ?? false,
    },
    async prepare() {
      classPath = await buildWithMaven(`java-${options.version}`, pom, sources)
    },
    consumer({ topics, stall, ...rest }: ConsumerOptions) {
      const stalling = stall === undefined ? {} : { stallValue: stall.value, stallForMs: stall.forMs }
      return start('consume', { ...rest, topics: topics.join(), ...stalling })
    },
    producer: (settings: ProducerOptions) => start('produce', { ...settings }),
    /** A transactional producer that is told what to do (TransactionalProducer.java). */
    transact: (settings) => start('transact', settings),
  }
}

/** Compiles a Maven module once and gives its class path. */
export async function buildWithMaven(name: string, pom: string, sourceFolder: string): Promise<string> {
  const files = readdirSync(sourceFolder).map((file) => join(sourceFolder, file))
  const key = [pom, ...files.sort()].map((file) => readFileSync(file, 'utf8')).join('\n')
  const folder = await installOnce(name, key, async (target) => {
    const goals = ['compile', 'dependency:copy-dependencies', `-DoutputDirectory=${target}/jars`]
    const args = ['-q', '-B', '-f', pom, `-Dkohort.build=${target}`, ...goals]
    // Without the network first: a filled local repository makes that much faster.
    await run('mvn', ['-o', ...args]).catch(() => run('mvn', args))
  })
  return `${folder}/classes:${folder}/jars/*`
}
