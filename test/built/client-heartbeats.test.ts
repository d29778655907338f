import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startReady, stop } from '../cli/support.ts'
import { distUrl } from './support.ts'

const { Kafka } = (await import(distUrl('client/index.js'))) as typeof import('../../src/client/index.ts')

const SESSION_MS = 1_000

test('a consumer as applications make it has its heartbeats in the thread: a handler that blocks for three sessions loses nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kohort-heartbeats-'))
  const broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder, '--topic', 't:2'], {
    KOHORT_GROUP_MIN_SESSION_TIMEOUT_MS: '500',
    KOHORT_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  })
  try {
    await using kafka = new Kafka({ bootstrapServers: [`127.0.0.1:${broker.port}`], clientId: 'blocked' })
    const producer = kafka.producer()
    await producer.send({ topic: 't', value: Buffer.from('one') })
    const consumer = kafka.consumer({
      groupId: 'g',
      sessionTimeoutMs: SESSION_MS,
      heartbeatIntervalMs: 200,
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
      const end = performance.now() + 3 * SESSION_MS
      while (performance.now() < end);
      break
    }
    await consumer.poll({ timeoutMs: 500 })
    expect(consumer.explain().report.membership).toMatchObject({
      heartbeats: 'thread',
      state: 'stable',
      generationId: 1,
    })
    await consumer.close()
    expect(told).toEqual(['assigned 2', 'revoked 2'])
  } finally {
    await stop(broker)
    rmSync(folder, { recursive: true, force: true })
  }
})
