import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type ClientProgram, type Command, projectRoot } from '../support/index.ts'

const start = (role: string, options: unknown): Command => ({
  command: process.execPath,
  args: [join(import.meta.dirname, 'program.js'), role, JSON.stringify(options)],
})

/** This project's own client: the build, by the package's name. */
export const kohortClient: ClientProgram = {
  name: 'kohort-client',
  tools: [],
  supports: {
    assignors: ['range', 'roundrobin', 'sticky', 'cooperative-sticky'],
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    staticMembership: true,
    maxPollInterval: true,
    tellsPollTimeout: true,
    idempotence: true,
    manualCommit: true,
    autoCommit: true,
    rebalanceListener: true,
    consumerProtocol: true,
    topicRegex: true,
  },
  async prepare() {
    if (!existsSync(join(projectRoot, 'dist/lib/client.js'))) throw new Error('the client is not built: npm run build')
  },
  consumer: (options) => start('consumer', options),
  producer: (options) => start('producer', options),
}

const { tellsPollTimeout: _, ...supportsOfBoth } = kohortClient.supports

/** The same with the consumer protocol (KIP-848), whose members cannot give a reason when they leave. */
export const kohortClientConsumer: ClientProgram = {
  ...kohortClient,
  name: 'kohort-client-consumer',
  groupProtocol: 'consumer',
  supports: { ...supportsOfBoth, assignors: ['range'] },
}
