import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClientProgram, installOnce, interopCache, run } from '../support/index.ts'

const folder = import.meta.dirname
/** The compiled program. */
export const program = join(interopCache, 'go/interop')
const sources = ['go.mod', 'go.sum', 'main.go', 'consumer.go', 'producer.go', 'transact.go']

/** franz-go, compiled once for each change of its sources. */
export const franzGo: ClientProgram = {
  name: 'franz-go',
  tools: ['go'],
  supports: {
    assignors: ['range', 'roundrobin', 'sticky', 'cooperative-sticky'],
    codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    staticMembership: true,
    // By design it has none: a member that heartbeats is alive.
    maxPollInterval: false,
    idempotence: true,
    manualCommit: true,
    autoCommit: true,
    rebalanceListener: true,
    consumerProtocol: true,
    rejoinsAfterOutage: true,
  },
  quirks: { stickyMovesMore: true },
  async prepare() {
    const key = sources.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
    await installOnce('go', key, async () => {
      await run('go', ['build', '-o', program, '.'], { cwd: folder })
    })
  },
  consumer: (options) => ({ command: program, args: ['consumer', JSON.stringify(options)] }),
  producer: (options) => ({ command: program, args: ['producer', JSON.stringify(options)] }),
}

/** The same with the consumer protocol (KIP-848). */
export const franzGoConsumer: ClientProgram = {
  ...franzGo,
  name: 'franz-go-consumer',
  groupProtocol: 'consumer',
  // A static member of it closes without a word, so that its successor is refused until the session ends, by Apache Kafka too.
  supports: { ...franzGo.supports, assignors: ['range'], staticMembership: false },
}
