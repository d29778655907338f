import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Consumer } from '../../../src/client/consumer/index.ts'
import { string } from '../../../src/client/serdes/index.ts'
import { startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { type TestConsumerOptions, testConsumer } from '../../client/support/test-consumer.ts'

let broker: TestBroker
const open: { close(options: { timeoutMs: number }): Promise<void> }[] = []

beforeEach(async () => {
  broker = await startBroker({ topics: { one: 1, four: 4 } })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer.close({ timeoutMs: 2000 })))
  await broker.close()
})

type TestConsumer = Consumer<string | null, string | null>

function consumer(options: TestConsumerOptions<string | null, string | null> = {}): TestConsumer {
  const defaults = { key: string(), value: string(), clock: broker.clock, groupId: 'g', heartbeatIntervalMs: 100 }
  const made = testConsumer(broker.bootstrapServers, { ...defaults, ...options })
  open.push(made)
  return made
}

async function committed(): Promise<Record<string, bigint>> {
  const offsets = await broker.group('g').offsets()
  return Object.fromEntries(offsets.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]))
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i))
const protocols = [
  ['range', { partitionAssignmentStrategy: ['range'] }],
  ['cooperative-sticky', { partitionAssignmentStrategy: ['cooperative-sticky'] }],
  ['KIP-848', { groupProtocol: 'consumer' }],
] as const satisfies readonly [string, TestConsumerOptions<string | null, string | null>][]

describe.each(protocols)('a rebalance (%s)', (_, options) => {
  test('hands over what is processed: each record once, in order, while members come and go', async () => {
    const seen = new Map<string, number[]>()
    const note = (name: string, { partition, value }: { partition: number; value: string | null }): void => {
      void name
      const list = seen.get(String(partition)) ?? []
      list.push(Number(value))
      seen.set(String(partition), list)
    }
    const loop = async (name: string, c: TestConsumer): Promise<void> => {
      for await (const record of c.records()) {
        note(name, record)
        if (Number(record.value) % 5 === 0) await new Promise<void>((resolve) => setImmediate(resolve))
      }
    }
    const start = (name: string): { readonly c: TestConsumer; readonly done: Promise<void> } => {
      const c = consumer({ ...options, clientId: name })
      c.subscribe('four')
      return { c, done: loop(name, c) }
    }
    let sent = 0
    const send = async (): Promise<void> => {
      await broker.produce(
        'four',
        numbers(sent, sent + 40).map((value, i) => ({ partition: i % 4, value })),
      )
      sent += 40
    }
    const all = (): number => [...seen.values()].reduce((sum, list) => sum + list.length, 0)
    const first = start('first')
    await send()
    await expect.poll(all, { timeout: 10_000 }).toBe(sent)
    const second = start('second')
    while (second.c.assignment().length < 2) {
      await send()
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    await expect.poll(all, { timeout: 10_000 }).toBe(sent)
    expect(first.c.assignment()).toHaveLength(2)
    await second.c.close()
    await second.done
    await send()
    await expect.poll(all, { timeout: 20_000 }).toBe(sent)
    await first.c.close()
    await first.done
    for (const [partition, list] of seen) {
      expect(list).toEqual(
        numbers(0, sent)
          .map(Number)
          .filter((value) => value % 4 === Number(partition)),
      )
    }
    for (const offset of Object.values(await committed())) expect(offset).toBe(BigInt(sent / 4))
  })

  test('waits for the record in the loop and for the listener, whose commit counts', async () => {
    await broker.produce(
      'four',
      numbers(0, 40).map((value, i) => ({ partition: i % 4, value })),
    )
    const heard: unknown[] = []
    const first = consumer({ ...options, clientId: 'first', enableAutoCommit: false })
    let go = (): void => {}
    let inLoop: { readonly partition: number; readonly offset: bigint; readonly signal: AbortSignal } | undefined
    first.subscribe('four', {
      async onPartitionsRevoked(partitions, { commit, reason }) {
        heard.push(partitions.length, typeof reason)
        await commit()
      },
    })
    const done = (async () => {
      let count = 0
      for await (const record of first.records()) {
        if (++count !== 12) continue
        inLoop = record
        await new Promise<void>((resolve) => {
          go = resolve
        })
      }
    })()
    await expect.poll(() => inLoop, { timeout: 10_000 }).toBeDefined()
    const second = consumer({ ...options, clientId: 'second' })
    second.subscribe('four')
    const controller = new AbortController()
    const other = second.poll({ timeoutMs: 20_000, signal: controller.signal }).catch(() => {})
    go()
    await expect.poll(() => second.assignment().length, { timeout: 20_000 }).toBe(2)
    expect(heard.length).toBeGreaterThan(0)
    for (const { partition } of second.assignment()) {
      const offset = (await committed())[`four-${partition}`]!
      expect(offset).toBeGreaterThanOrEqual(inLoop!.partition === partition ? inLoop!.offset + 1n : 0n)
    }
    controller.abort()
    await other
    await first.close()
    await done
  })

  test('aborts the signal of the handlers of a revoked partition, with the reason, and of no other', async () => {
    await broker.produce(
      'four',
      numbers(0, 4).map((value, i) => ({ partition: i, value })),
    )
    const first = consumer({ ...options, clientId: 'first' })
    first.subscribe('four')
    const cut: number[] = []
    const began: number[] = []
    const running = first.run({
      concurrency: 4,
      handler: ({ partition }, { signal }) =>
        new Promise<void>((_, reject) => {
          began.push(partition)
          signal.addEventListener('abort', () => {
            cut.push(partition)
            reject(signal.reason)
          })
        }),
    })
    await expect.poll(() => began.length, { timeout: 10_000 }).toBe(4)
    const second = consumer({ ...options, clientId: 'second' })
    second.subscribe('four')
    const received = second.poll({ timeoutMs: 20_000 })
    await expect.poll(() => second.assignment().length, { timeout: 20_000 }).toBe(2)
    // Unprocessed, and so the second one's to process.
    expect((await received).length).toBeGreaterThan(0)
    for (const { partition } of second.assignment()) expect(cut).toContain(partition)
    const eager = options === protocols[0][1]
    expect(cut.length).toBe(eager ? 4 : 2)
    const closing = first.close({ timeoutMs: 5000 })
    await closing
    await running
  })
})

test('a member that was put out hears that its partitions are lost, commits nothing, and goes on', async () => {
  await broker.produce('one', numbers(0, 3))
  const heard: string[] = []
  const c = consumer({ clientId: 'c', enableAutoCommit: false })
  c.subscribe('one', {
    onPartitionsAssigned: () => void heard.push('assigned'),
    onPartitionsRevoked: () => void heard.push('revoked'),
    onPartitionsLost: () => void heard.push('lost'),
  })
  const values: string[] = []
  const done = (async () => {
    for await (const { value } of c.records()) values.push(value!)
  })()
  await expect.poll(() => values.length).toBe(3)
  broker.expireSession('g', 'c')
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['assigned', 'lost', 'assigned'])
  // Nothing was committed: from the beginning.
  await expect.poll(() => values, { timeout: 10_000 }).toEqual([...numbers(0, 3), ...numbers(0, 3)])
  await c.close()
  await done
})

test('a listener that throws is logged, and changes nothing', async () => {
  await broker.produce('one', ['a'])
  const errors: string[] = []
  const logger = { debug() {}, info() {}, warn() {}, error: (_: object, message: string) => void errors.push(message) }
  const c = consumer({ logger })
  c.subscribe('one', {
    onPartitionsAssigned() {
      throw new Error('no')
    },
  })
  const [record] = await c.poll({ timeoutMs: 10_000 })
  expect([record!.value, errors]).toEqual(['a', ['a rebalance listener failed; the consumer goes on']])
})

test('a partition that is added to a topic is read from its beginning, although the strategy is latest', async () => {
  await broker.produce('one', ['old'])
  const c = consumer({ autoOffsetReset: { kind: 'latest' }, metadataMaxAgeMs: 1000 })
  c.subscribe('one')
  const seen: string[] = []
  const done = (async () => {
    for await (const { value } of c.records()) seen.push(value!)
  })()
  await expect.poll(() => c.explain().text, { timeout: 10_000 }).toContain('read to the end')
  await c.commit()
  await c.close()
  await done
  // While nobody looks: the group knows one partition by its commits, and has two now.
  const { CreatePartitions } = (await import('../../../src/wire/index.ts')).apis
  const { NetworkCluster } = await import('../../../src/client/cluster/network-cluster.ts')
  const { defaultClusterSettings } = await import('../../../src/client/cluster/cluster-settings.ts')
  const { silentLogger } = await import('../../../src/platform/index.ts')
  const cluster = new NetworkCluster({
    clock: broker.clock,
    logger: silentLogger,
    settings: { ...defaultClusterSettings, bootstrapServers: [{ host: broker.host, port: broker.port }] },
  })
  await cluster.call('any', CreatePartitions, {
    topics: [{ name: 'one', count: 2, assignments: null }],
    timeoutMs: 5000,
    validateOnly: false,
  })
  await cluster.close()
  await broker.produce('one', [{ partition: 1, value: 'new' }])
  const next = consumer({ autoOffsetReset: { kind: 'latest' } })
  next.subscribe('one')
  const [record] = await next.poll({ timeoutMs: 10_000 })
  expect([record!.value, seen]).toEqual(['new', []])
})
