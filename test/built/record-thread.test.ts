import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../src/broker/configs/index.ts'
import type { RecordWork } from '../../src/broker/produce/record-work.ts'
import { type CompressionType, decodeRecords, encodeBatch, loadCodecs, readBatchHeader } from '../../src/wire/index.ts'
import { Child } from '../interop/support/child.ts'
import { distUrl } from './support.ts'

// Node 20 starts no worker thread from TypeScript, so that the sources do this work at once; what runs beside the event loop is the build's.
const { RecordThread } = (await import(
  distUrl('broker/produce/record-thread.js')
)) as typeof import('../../src/broker/produce/record-thread.ts')

const configOf = (overrides: Readonly<Record<string, string>> = {}) =>
  new BrokerConfig({ static: new Map() }).topicConfig(new Map(Object.entries(overrides)))

const work = (wanted: CompressionType, more: Partial<RecordWork> = {}): RecordWork => ({
  config: configOf(),
  topic: 'orders',
  partition: 0,
  nowMs: 1_000,
  logStartOffset: 0n,
  wanted,
  ...more,
})

function batchOf(count: number, value: (index: number) => string): Buffer {
  const records = Array.from({ length: count }, (_, index) => ({
    timestamp: 1_000,
    key: null,
    value: Buffer.from(value(index)),
  }))
  return encodeBatch({ records })
}

describe('the thread for the records of large batches', () => {
  test.each([
    'gzip',
    'snappy',
    'lz4',
    'zstd',
  ] as const)('packs into %s and unpacks again, with every record as it was', async (codec) => {
    await loadCodecs()
    const thread = new RecordThread()
    const batch = batchOf(500, (index) => `record ${index} `.padEnd(200, 'x'))
    const packing = thread.run(batch, work(codec))
    expect(packing).toBeInstanceOf(Promise)
    const packed = (await packing) as Buffer
    expect(packed.length).toBeLessThan(batch.length / 2)
    expect(readBatchHeader(packed)).toMatchObject({ compression: codec, recordCount: 500 })
    expect(decodeRecords(packed)).toEqual(decodeRecords(batch))
    // Large enough to be handed over packed, too.
    const stubborn = encodeBatch({
      records: Array.from({ length: 100 }, (_, index) => ({
        timestamp: 1_000,
        key: null,
        value: Buffer.from(Array.from({ length: 400 }, (_, at) => (at * at * 31 + index * 97 + at * index) & 0xff)),
      })),
      compression: codec,
    })
    const plain = (await thread.run(stubborn, work('none'))) as Buffer
    expect(readBatchHeader(plain).compression).toBe('none')
    expect(decodeRecords(plain)).toEqual(decodeRecords(stubborn))
  })

  test('answers in the order of the calls, and leaves the batches that it was given alone', async () => {
    const thread = new RecordThread()
    const batches = Array.from({ length: 8 }, (_, index) =>
      batchOf(index % 2 === 0 ? 5_000 : 200, () => `${index}`.repeat(100)),
    )
    const copies = batches.map((batch) => Buffer.from(batch))
    const order: number[] = []
    const results = await Promise.all(
      batches.map(async (batch, index) => {
        const result = await thread.run(batch, work('gzip'))
        order.push(index)
        return result as Buffer
      }),
    )
    expect(order).toEqual(batches.map((_, index) => index))
    expect(results.map((result) => decodeRecords(result)[0]!.value!.toString()[0])).toEqual([...'01234567'])
    expect(batches.every((batch, index) => batch.equals(copies[index]!))).toBe(true)
  })

  test('says what is wrong with records, and goes on', async () => {
    const thread = new RecordThread()
    const batch = batchOf(300, () => 'x'.repeat(100))
    const compacted = configOf({ 'cleanup.policy': 'compact' })
    expect(await thread.run(batch, work('gzip', { config: compacted }))).toMatchObject({ errorCode: 'INVALID_RECORD' })
    const small = configOf({ 'max.message.bytes': '100' })
    expect(await thread.run(batch, work('gzip', { config: small }))).toMatchObject({ errorCode: 'MESSAGE_TOO_LARGE' })
    const torn = encodeBatch({ records: decodeRecords(batch), compression: 'gzip' })
    const damaged = Buffer.concat([torn.subarray(0, 61), Buffer.alloc(20_000, 7)])
    expect(await thread.run(damaged, work('none'))).toMatchObject({ errorCode: 'INVALID_RECORD' })
    expect(Buffer.isBuffer(await thread.run(batch, work('gzip')))).toBe(true)
  })

  test('takes small batches, too, that turn out to be long, and refuses those that never end', async () => {
    const thread = new RecordThread()
    const small = encodeBatch({
      records: [{ timestamp: 1_000, key: null, value: Buffer.alloc(900_000) }],
      compression: 'gzip',
    })
    expect(small.length).toBeLessThan(16 * 1024)
    const unpacking = thread.run(small, work('none'))
    expect(unpacking).toBeInstanceOf(Promise)
    expect(((await unpacking) as Buffer).length).toBeGreaterThan(900_000)
    const short = encodeBatch({ records: decodeRecords(batchOf(5, () => 'x')), compression: 'gzip' })
    expect(Buffer.isBuffer(thread.run(short, work('none')))).toBe(true)
    const bomb = Buffer.concat([small.subarray(0, 61), gzipSync(Buffer.alloc(200 * 1024 * 1024))])
    expect(await thread.run(bomb, work('none'))).toMatchObject({ errorCode: 'INVALID_RECORD' })
  })

  test('does not keep a process alive that has nothing else to do', async () => {
    const source = `
      import { RecordThread } from ${JSON.stringify(distUrl('broker/produce/record-thread.js'))}
      import { BrokerConfig } from ${JSON.stringify(distUrl('broker/configs/index.js'))}
      import { encodeBatch } from ${JSON.stringify(distUrl('wire/index.js'))}
      const config = new BrokerConfig({ static: new Map() }).topicConfig(new Map())
      const batch = encodeBatch({ records: [{ timestamp: 1, key: null, value: Buffer.alloc(50_000) }] })
      const work = { config, topic: 't', partition: 0, nowMs: 1, logStartOffset: 0n, wanted: 'gzip' }
      console.log((await new RecordThread().run(batch, work)).length < batch.length)`
    const child = new Child({ command: process.execPath, args: ['--input-type=module', '--eval', source] })
    expect(await child.ended()).toBe(0)
    expect(child.stdout).toEqual(['true'])
  })
})
