import { afterEach } from 'vitest'
import { type Admin, Kafka } from '../../../src/client/index.ts'
import { startBroker, type TestBroker, type TestBrokerOptions } from '../../../src/testing/index.ts'

/** Called once a file: modules are shared by files, and a hook belongs to the file that sets it. */
export function lagFixture() {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })
  /** Closed after the test, the last first. */
  const atEnd = <T extends { close(): Promise<void> }>(one: T): T => {
    open.push(one)
    return one
  }
  /** A broker of this process, and a client of it. */
  const startCluster = async (
    options: TestBrokerOptions,
  ): Promise<{ readonly broker: TestBroker; readonly kafka: Kafka; readonly admin: Admin }> => {
    const broker = atEnd(await startBroker(options))
    const kafka = atEnd(new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'tools', retryBackoffMs: 5 }))
    return { broker, kafka, admin: kafka.admin() }
  }
  return { atEnd, startCluster }
}
