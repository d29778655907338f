import { startBroker as startKohort } from '../../../src/testing/index.ts'
import { startBroker } from '../support/index.ts'

export interface Target {
  /** `127.0.0.1:PORT` */
  readonly bootstrap: string
  stop(): Promise<void>
}

/** kohort always; Apache Kafka 4.2 with KOHORT_FULL=1, or the one that runs on KAFKA_PORT. */
export const targets: readonly ('kohort' | 'Apache Kafka')[] =
  process.env.KOHORT_FULL === '1' || process.env.KAFKA_PORT !== undefined ? ['kohort', 'Apache Kafka'] : ['kohort']

export async function startTarget(name: (typeof targets)[number], set: Record<string, string> = {}): Promise<Target> {
  if (name === 'kohort') {
    const broker = await startKohort({ properties: set })
    return { bootstrap: broker.bootstrapServers, stop: () => broker.close() }
  }
  if (process.env.KAFKA_PORT !== undefined)
    return { bootstrap: `127.0.0.1:${process.env.KAFKA_PORT}`, stop: async () => {} }
  const broker = await startBroker({ target: 'kafka', set: { 'group.initial.rebalance.delay.ms': '0', ...set } })
  return { bootstrap: broker.bootstrap, stop: () => broker.stop() }
}
