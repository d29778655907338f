import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Consumer } from '../../../src/client/consumer/index.ts'
import { string } from '../../../src/client/serdes/index.ts'
import { startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { type TestConsumerOptions, testConsumer } from '../../client/support/test-consumer.ts'

let broker: TestBroker
const open: Consumer<unknown, unknown>[] = []

beforeEach(async () => {
  broker = await startBroker({ topics: { one: 1, three: 3 } })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer.close({ timeoutMs: 2000 })))
  await broker.close()
})

function consumer(
  options: TestConsumerOptions<string | null, string | null> = {},
): Consumer<string | null, string | null> {
  const made = testConsumer(broker.bootstrapServers, {
    key: string(),
    value: string(),
    clock: broker.clock,
    ...options,
  })
  open.push(made as Consumer<unknown, unknown>)
  return made
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i))

async function take(source: AsyncIterable<{ readonly value: string | null }>, count: number): Promise<string[]> {
  const values: string[] = []
  for await (const record of source) {
    values.push(record.value!)
    if (values.length === count) break
  }
  return values
}

async function committed(group: string): Promise<Record<string, bigint>> {
  const offsets = await broker.group(group).offsets()
  return Object.fromEntries(offsets.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]))
}

describe('without a group', () => {
  test('assigned partitions are read from where the reset strategy says', async () => {
    await broker.produce('one', numbers(0, 10))
    const earliest = consumer()
    earliest.assign([{ topic: 'one', partition: 0 }])
    expect(await take(earliest.records(), 10)).toEqual(numbers(0, 10))

    const latest = consumer({ autoOffsetReset: { kind: 'latest' } })
    latest.assign([{ topic: 'one', partition: 0 }])
    const waiting = take(latest.records(), 2)
    expect(await latest.position({ topic: 'one', partition: 0 })).toBe(10n)
    await broker.produce('one', numbers(10, 12))
    expect(await waiting).toEqual(numbers(10, 12))

    const none = consumer({ autoOffsetReset: { kind: 'none' } })
    none.assign([{ topic: 'one', partition: 0 }])
    await expect(take(none.records(), 1)).rejects.toMatchObject({ code: 'NO_OFFSET_FOR_PARTITION', kind: 'invalid' })
    await expect(take(none.records(), 1)).rejects.toMatchObject({ code: 'NO_OFFSET_FOR_PARTITION' })
    none.seek({ topic: 'one', partition: 0, offset: 11n })
    expect(await take(none.records(), 1)).toEqual(['11'])
  })

  test('a duration goes back so far, and to the end where nothing is as young', async () => {
    await broker.produce('one', numbers(0, 2))
    await broker.clock.advance(3_600_000)
    await broker.produce('one', numbers(2, 4))
    const hour = consumer({ autoOffsetReset: { kind: 'by_duration', durationMs: 1_800_000 } })
    hour.assign([{ topic: 'one', partition: 0 }])
    expect(await hour.position({ topic: 'one', partition: 0 })).toBe(2n)
    await broker.clock.advance(3_600_000)
    const late = consumer({ autoOffsetReset: { kind: 'by_duration', durationMs: 1_800_000 } })
    late.assign([{ topic: 'one', partition: 0 }])
    expect(await late.position({ topic: 'one', partition: 0 })).toBe(4n)
  })

  test('seek, to the beginning and to the end', async () => {
    await broker.produce('one', numbers(0, 10))
    const c = consumer()
    const partition = { topic: 'one', partition: 0 }
    c.assign([partition])
    c.seek({ ...partition, offset: 7n })
    expect(await take(c.records(), 2)).toEqual(['7', '8'])
    c.seekToBeginning()
    expect(await take(c.records(), 2)).toEqual(['0', '1'])
    c.seekToEnd()
    expect(await c.position(partition)).toBe(10n)
    expect(() => c.seek({ topic: 'one', partition: 3, offset: 0n })).toThrow('one-3 is not assigned')
  })

  test('an offset outside of the log is reset', async () => {
    await broker.produce('one', numbers(0, 3))
    const c = consumer()
    c.assign([{ topic: 'one', partition: 0 }])
    c.seek({ topic: 'one', partition: 0, offset: 100n })
    expect(await take(c.records(), 1)).toEqual(['0'])

    const none = consumer({ autoOffsetReset: { kind: 'none' } })
    none.assign([{ topic: 'one', partition: 0 }])
    none.seek({ topic: 'one', partition: 0, offset: 100n })
    for (let i = 0; i < 2; i++)
      await expect(take(none.records(), 1)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', kind: 'invalid' })
    expect(none.explain().text).toContain('autoOffsetReset is none: seek() to go on')
    none.seek({ topic: 'one', partition: 0, offset: 1n })
    expect(await take(none.records(), 1)).toEqual(['1'])
  })

  test('offsets at times and at the ends', async () => {
    await broker.produce('one', [
      { value: 'a', timestampMs: 1000 },
      { value: 'b', timestampMs: 2000 },
    ])
    const c = consumer()
    const partition = { topic: 'one', partition: 0 }
    expect(await c.beginningOffsets([partition])).toEqual([{ ...partition, offset: 0n }])
    expect(await c.endOffsets([partition])).toEqual([{ ...partition, offset: 2n }])
    const [at, behind] = await c.offsetsForTimes([
      { ...partition, timestamp: 1500 },
      { ...partition, timestamp: 9000 },
    ])
    expect(at!.found).toMatchObject({ offset: 1n, timestamp: 2000 })
    expect(behind!.found).toBeUndefined()
  })

  test('an assigned partition that does not exist fails nothing until somebody waits too long for its position', async () => {
    const c = consumer()
    c.assign([{ topic: 'one', partition: 9 }])
    await expect(c.position({ topic: 'one', partition: 9 }, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    })
  })
})

describe('in a group', () => {
  test('a record counts as processed when the loop asks for the next one', async () => {
    await broker.produce('one', numbers(0, 10))
    const c = consumer({ groupId: 'g' })
    c.subscribe('one')
    expect(await take(c.records(), 4)).toEqual(numbers(0, 4))
    await c.commit()
    expect(await committed('g')).toEqual({ 'one-0': 3n })
    // The fourth was left unprocessed by `break`.
    expect(await take(c.records(), 2)).toEqual(['3', '4'])
    await c.close()
    expect(await committed('g')).toEqual({ 'one-0': 4n })
  })

  test('a throw in the loop leaves its record to the next member', async () => {
    await broker.produce('one', numbers(0, 5))
    const c = consumer({ groupId: 'g' })
    c.subscribe('one')
    const loop = async (): Promise<void> => {
      for await (const { value } of c.records()) if (value === '2') throw new Error('no')
    }
    await expect(loop()).rejects.toThrow('no')
    await c.close()
    expect(await committed('g')).toEqual({ 'one-0': 2n })
    const next = consumer({ groupId: 'g' })
    next.subscribe('one')
    expect(await take(next.records(), 3)).toEqual(['2', '3', '4'])
  })

  test('auto-commit follows what is processed', async () => {
    await broker.produce('one', numbers(0, 10))
    const c = consumer({ groupId: 'g' })
    c.subscribe('one')
    const records = c.records()
    for (let i = 0; i < 6; i++) await records.next()
    await broker.clock.advance(6_000, { keepAlive: true })
    await expect.poll(() => committed('g')).toEqual({ 'one-0': 5n })
    await records.return!()
  })

  test('an abort ends the iteration with its reason, a close without one', async () => {
    const c = consumer({ groupId: 'g' })
    c.subscribe('one')
    const controller = new AbortController()
    const waiting = take(c.records({ signal: controller.signal }), 1)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    const again = take(c.records(), 1)
    await c.close()
    expect(await again).toEqual([])
    expect(() => c.records()).toThrow('closed')
  })

  test('two ways at once are refused', async () => {
    const c = consumer({ groupId: 'g' })
    c.subscribe('one')
    const first = c.records()
    expect(() => c.records()).toThrow('records() while records() is in use')
    await expect(c.poll()).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await first.return!()
    expect(await c.poll({ timeoutMs: 0 })).toEqual([])
  })

  test('poll gives up to so many records; they count as processed at the next one', async () => {
    await broker.produce('one', numbers(0, 10))
    const c = consumer({ groupId: 'g', enableAutoCommit: false })
    c.subscribe('one')
    const first = await c.poll({ maxPollRecords: 4, timeoutMs: 5000 })
    expect(first.map(({ value }) => value)).toEqual(numbers(0, 4))
    const second = await c.poll({ maxPollRecords: 4 })
    expect(second.map(({ value }) => value)).toEqual(numbers(4, 8))
    await c.commit()
    expect(await committed('g')).toEqual({ 'one-0': 8n })
    expect((await c.poll({ maxPollRecords: 4 })).map(({ value }) => value)).toEqual(['8', '9'])
    expect(await c.poll({ timeoutMs: 50 })).toEqual([])
  })

  test('pause holds one partition back, and others go on', async () => {
    await broker.produce(
      'three',
      [0, 1, 2].map((partition) => ({ partition, value: `a${partition}` })),
    )
    const c = consumer({ groupId: 'g' })
    c.subscribe('three', { onPartitionsAssigned: (_, { pause }) => pause([{ topic: 'three', partition: 1 }]) })
    expect((await take(c.records(), 2)).sort()).toEqual(['a0', 'a2'])
    expect(c.paused()).toEqual([{ topic: 'three', partition: 1 }])
    c.resume()
    expect(await take(c.records(), 2)).toContain('a1')
  })

  test('a listener seeks before anything is fetched', async () => {
    await broker.produce('one', numbers(0, 10))
    const c = consumer({ groupId: 'g' })
    const heard: unknown[] = []
    c.subscribe('one', {
      async onPartitionsAssigned(partitions, { seek, position }) {
        heard.push(partitions)
        heard.push(await position(partitions[0]!))
        seek({ ...partitions[0]!, offset: 8n })
      },
    })
    expect(await take(c.records(), 2)).toEqual(['8', '9'])
    expect(heard).toEqual([[{ topic: 'one', partition: 0 }], 0n])
  })

  test('batches count as processed when the next one is asked for', async () => {
    for (let i = 0; i < 3; i++) await broker.produce('one', numbers(i * 3, i * 3 + 3))
    const c = consumer({ groupId: 'g' })
    c.subscribe('one')
    const seen: string[] = []
    for await (const batch of c.batches()) {
      for (const { value } of batch) seen.push(value!)
      if (seen.length >= 6) break
    }
    await c.commit()
    const offset = (await committed('g'))['one-0']!
    expect(seen).toEqual(numbers(0, seen.length))
    expect(Number(offset)).toBeLessThan(seen.length)
    expect(await take(c.records(), 1)).toEqual([String(offset)])
  })
})

describe('partitions()', () => {
  test('a stream for each partition, which ends when the partition is revoked', async () => {
    await broker.produce(
      'three',
      [0, 1, 2].map((partition) => ({ partition, value: `a${partition}` })),
    )
    const first = consumer({ groupId: 'g', clientId: 'first', partitionAssignmentStrategy: ['cooperative-sticky'] })
    first.subscribe('three')
    const seen: string[] = []
    const ended: number[] = []
    const reading: Promise<void>[] = []
    const all = (async () => {
      for await (const stream of first.partitions()) {
        const read = async (): Promise<void> => {
          for await (const batch of stream.batches()) {
            for (const { value } of batch) seen.push(value!)
            await batch.commit()
          }
          ended.push(stream.partition)
        }
        reading.push(read())
      }
    })()
    await expect.poll(() => seen.toSorted()).toEqual(['a0', 'a1', 'a2'])
    await expect.poll(() => committed('g')).toEqual({ 'three-0': 1n, 'three-1': 1n, 'three-2': 1n })

    const second = consumer({ groupId: 'g', clientId: 'second', partitionAssignmentStrategy: ['cooperative-sticky'] })
    second.subscribe('three')
    const controller = new AbortController()
    const other = take(second.records({ signal: controller.signal }), 1).catch(() => [])
    await expect.poll(() => ended.length, { timeout: 20_000 }).toBe(1)
    expect(first.assignment()).toHaveLength(2)
    await expect
      .poll(() => second.assignment(), { timeout: 20_000 })
      .toEqual([{ topic: 'three', partition: ended[0]! }])
    controller.abort()
    await first.close()
    await all
    await Promise.all(reading)
    expect(ended.toSorted()).toEqual([0, 1, 2])
    await other
  })
})

describe('run()', () => {
  test('commits follow the contiguous prefix of what is done', async () => {
    await broker.produce('one', numbers(0, 10))
    const c = consumer({ groupId: 'g' })
    c.subscribe('one')
    const gates = new Map<string, () => void>()
    const done: string[] = []
    const running = c.run({
      concurrency: 4,
      order: 'none',
      async handler({ value }) {
        if (value === '1') await new Promise<void>((resolve) => gates.set(value, resolve))
        done.push(value!)
      },
    })
    await expect.poll(() => done.length).toBe(9)
    await c.commit()
    expect(await committed('g')).toEqual({ 'one-0': 1n })
    gates.get('1')!()
    await expect.poll(() => done.length).toBe(10)
    await c.commit()
    expect(await committed('g')).toEqual({ 'one-0': 10n })
    await c.close()
    await running
  })

  test.each(['partition', 'key', 'none'] as const)('order %s holds, with several at work', async (order) => {
    const records = Array.from({ length: 300 }, (_, i) => ({ partition: i % 3, key: `k${i % 7}`, value: String(i) }))
    await broker.produce('three', records)
    const c = consumer({ groupId: 'g' })
    c.subscribe('three')
    const lanes = new Map<string, number[]>()
    let atWork = 0
    let most = 0
    const running = c.run({
      concurrency: 5,
      order,
      async handler({ partition, key, value }) {
        most = Math.max(most, ++atWork)
        await new Promise<void>((resolve) => setImmediate(resolve))
        const lane = order === 'partition' ? `${partition}` : order === 'key' ? `${partition}/${key}` : value!
        lanes.set(lane, [...(lanes.get(lane) ?? []), Number(value)])
        atWork--
      },
    })
    await expect.poll(() => [...lanes.values()].flat().length, { timeout: 10_000 }).toBe(300)
    for (const list of lanes.values()) expect(list).toEqual(list.toSorted((a, b) => a - b))
    expect(most).toBe(order === 'partition' ? 3 : 5)
    await c.close()
    await running
    expect(await committed('g')).toEqual({ 'three-0': 100n, 'three-1': 100n, 'three-2': 100n })
  })

  test('a handler that fails ends the run, and its record is the next one', async () => {
    await broker.produce('one', numbers(0, 5))
    const c = consumer({ groupId: 'g' })
    c.subscribe('one')
    const failing = c.run({
      handler({ value }) {
        if (value === '3') throw new Error('no')
      },
    })
    await expect(failing).rejects.toThrow('no')
    expect(await take(c.records(), 1)).toEqual(['3'])
  })
})
