import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClientProgram, type Command, installOnce, run } from '../support/index.ts'

const folder = import.meta.dirname
/** @platformatic/kafka needs Node 22 or newer; the packages bring one. */
const node24 = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`)

async function prepare(): Promise<void> {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  // The modules stand next to the programs, where Node looks for them; the cache keeps the stamp.
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
    assignors: ['roundrobin'],
    // lz4 and zstd are add-ons that compile native code.
    codecs: ['none', 'gzip', 'snappy'],
    staticMembership: false,
    maxPollInterval: false,
    idempotence: true,
    manualCommit: true,
    autoCommit: true,
    rebalanceListener: false,
  },
  prepare,
  consumer: (options) => start(process.execPath, 'kafkajs-client.js', 'consumer', options),
  producer: (options) => start(process.execPath, 'kafkajs-client.js', 'producer', options),
}

export const platformaticKafka: ClientProgram = {
  name: 'platformatic-kafka',
  tools: ['npm'],
  supports: {
    assignors: ['roundrobin', 'cooperative-sticky'],
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    staticMembership: true,
    maxPollInterval: false,
    idempotence: true,
    manualCommit: true,
    autoCommit: true,
    rebalanceListener: false,
  },
  prepare,
  consumer: (options) => start(node24, 'platformatic-client.js', 'consumer', options),
  producer: (options) => start(node24, 'platformatic-client.js', 'producer', options),
}
