import { join } from 'node:path'
import type { ClientProgram } from '../support/index.ts'

const start = (role: string, options: unknown) => ({
  command: process.execPath,
  args: [join(import.meta.dirname, 'kcat-program.js'), role, JSON.stringify(options)],
})

/** kcat from the distribution's packages. */
export const kcat: ClientProgram = {
  name: 'kcat',
  tools: ['kcat', 'setpriv'],
  supports: {
    assignors: ['range', 'roundrobin', 'cooperative-sticky'],
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    staticMembership: true,
    // It polls all the time.
    maxPollInterval: false,
    idempotence: true,
    manualCommit: false,
    autoCommit: true,
    rebalanceListener: true,
  },
  prepare: async () => {},
  consumer: (options) => start('consumer', options),
  producer: (options) => start('producer', options),
}
