import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ClientProgram, type Command, installOnce, interopCache, run } from '../support/index.ts'

const folder = import.meta.dirname
/** @platformatic/kafka needs Node 22 or newer. A package brings one on Linux; elsewhere it must be the one at hand. */
export const node24 =
  process.platform === 'linux' ? join(folder, `node_modules/node-linux-${process.arch}/bin/node`) : process.execPath

export async function prepareNode(): Promise<void> {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  // The modules stand next to the programs, where Node looks for them; the cache keeps the stamp, and may outlive them.
  if (!existsSync(join(folder, 'node_modules'))) rmSync(join(interopCache, 'node'), { recursive: true, force: true })
  await installOnce('node', lock, async () => {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
  })
}

const start = (node: string, file: string, role: string, options: unknown): Command => ({
  command: node,
  args: [join(folder, file), role, JSON.stringify(options)],
})

export const kafkaJs: ClientProgram = {
  name: 'kafkajs',
  tools: ['npm'],
  supports: {
    // Its one assignor is its own: a kafkajs group is for kafkajs clients only.
    assignors: [],
    // lz4 and zstd are add-ons that compile native code.
    codecs: ['none', 'gzip', 'snappy'],
    staticMembership: false,
    maxPollInterval: false,
    idempotence: true,
    manualCommit: true,
    autoCommit: true,
    rebalanceListener: false,
    rejoinsAfterOutage: true,
  },
  quirks: { returnsAsNewMember: true },
  prepare: prepareNode,
  consumer: (options) => start(process.execPath, 'kafkajs-client.js', 'consumer', options),
  producer: (options) => start(process.execPath, 'kafkajs-client.js', 'producer', options),
}

export const platformaticKafka: ClientProgram = {
  name: 'platformatic-kafka',
  tools: ['npm'],
  supports: {
    // Its cooperative-sticky does not balance over several topics; see its test.
    assignors: ['roundrobin'],
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    staticMembership: true,
    maxPollInterval: false,
    idempotence: true,
    manualCommit: true,
    autoCommit: true,
    rebalanceListener: false,
  },
  prepare: prepareNode,
  consumer: (options) => start(node24, 'platformatic-client.js', 'consumer', options),
  producer: (options) => start(node24, 'platformatic-client.js', 'producer', options),
}

/** The same with the consumer protocol (KIP-848). */
export const platformaticKafkaConsumer: ClientProgram = {
  ...platformaticKafka,
  name: 'platformatic-kafka-consumer',
  groupProtocol: 'consumer',
  // Once it was evicted it commits with a null member id, which is no request. And its classic members read their offsets
  // with an epoch that is not theirs, which a consumer group refuses, Apache Kafka's too.
  quirks: { diesWhenEvicted: true, noMigration: true },
  supports: { ...platformaticKafka.supports, assignors: [], staticMembership: false },
}
