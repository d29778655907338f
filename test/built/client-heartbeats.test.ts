import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startReady, stop } from '../cli/support.ts'
import { distUrl } from './support.ts'

type Client = typeof import('../../src/client/index.ts')

const SESSION_MS = 1_000
const require = createRequire(import.meta.url)

/** Each has its own file for the thread beside it. */
const builds: readonly (readonly [string, () => Promise<Client>])[] = [
  ['the modules', () => import(distUrl('client/index.js')) as Promise<Client>],
  ["import 'kohort'", () => import(distUrl('lib/client.js')) as Promise<Client>],
  ["require('kohort')", async () => require(fileURLToPath(distUrl('bin/client.js'))) as Client],
]

let folder: string
let broker: Awaited<ReturnType<typeof startReady>>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kohort-heartbeats-'))
  broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder, '--topic', 't:2'], {
    KOHORT_GROUP_MIN_SESSION_TIMEOUT_MS: '500',
    KOHORT_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KOHORT_GROUP_CONSUMER_MIN_SESSION_TIMEOUT_MS: '500',
    KOHORT_GROUP_CONSUMER_SESSION_TIMEOUT_MS: String(SESSION_MS),
    KOHORT_GROUP_CONSUMER_MIN_HEARTBEAT_INTERVAL_MS: '100',
    KOHORT_GROUP_CONSUMER_HEARTBEAT_INTERVAL_MS: '200',
  })
  const { Kafka } = await builds[0]![1]()
  await using kafka = new Kafka({ bootstrapServers: [`127.0.0.1:${broker.port}`] })
  await kafka.producer().send({ topic: 't', value: Buffer.from('one') })
})

afterAll(async () => {
  await stop(broker)
  rmSync(folder, { recursive: true, force: true })
})

for (const [name, load] of builds) {
  for (const groupProtocol of ['classic', 'consumer'] as const) {
    test(`${name}, ${groupProtocol}: heartbeats go out from the thread, so that a handler that blocks for three sessions loses nothing`, async () => {
      const { Kafka } = await load()
      await using kafka = new Kafka({ bootstrapServers: [`127.0.0.1:${broker.port}`], clientId: 'blocked' })
      const consumer = kafka.consumer({
        groupId: `${name} ${groupProtocol}`,
        groupProtocol,
        ...(groupProtocol === 'classic' ? { sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 200 } : {}),
        autoOffsetReset: 'earliest',
      })
      const told: string[] = []
      consumer.subscribe(['t'], {
        onPartitionsAssigned: (partitions) => void told.push(`assigned ${partitions.length}`),
        onPartitionsRevoked: (partitions) => void told.push(`revoked ${partitions.length}`),
        onPartitionsLost: (partitions) => void told.push(`lost ${partitions.length}`),
      })
      for await (const record of consumer.records()) {
        expect(String(record.value)).toBe('one')
        const generation = consumer.groupMetadata().generationId
        // With the first record: the thread may be loading still.
        const end = performance.now() + 3 * SESSION_MS
        while (performance.now() < end);
        expect(consumer.groupMetadata().generationId).toBe(generation)
        break
      }
      await consumer.poll({ timeoutMs: 500 })
      expect(consumer.explain().report.membership).toMatchObject({ heartbeats: 'thread', state: 'stable' })
      await consumer.close()
      expect(told).toEqual(['assigned 2', 'revoked 2'])
    })
  }
}
