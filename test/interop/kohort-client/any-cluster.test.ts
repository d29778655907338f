import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultClusterSettings } from '../../../src/client/cluster/cluster-settings.ts'
import { NetworkCluster } from '../../../src/client/cluster/network-cluster.ts'
import { type Consumer, type ConsumerConfig, Kafka, string } from '../../../src/client/index.ts'
import { silentLogger, systemClock } from '../../../src/platform/index.ts'
import { startBroker as startKohort } from '../../../src/testing/index.ts'
import { apis } from '../../../src/wire/index.ts'
import { startBroker } from '../support/index.ts'

interface Target {
  readonly bootstrap: string
  stop(): Promise<void>
}

/** Apache Kafka 4.2 with KOHORT_FULL=1, or the one that runs on KAFKA_PORT. */
const targets: Readonly<Record<string, () => Promise<Target>>> = {
  async kohort() {
    const broker = await startKohort()
    return { bootstrap: broker.bootstrapServers, stop: () => broker.close() }
  },
  ...(process.env.KAFKA_PORT !== undefined
    ? { 'Apache Kafka': async () => ({ bootstrap: `127.0.0.1:${process.env.KAFKA_PORT}`, stop: async () => {} }) }
    : process.env.KOHORT_FULL === '1' && {
        async 'Apache Kafka'() {
          const broker = await startBroker({ target: 'kafka', set: { 'group.initial.rebalance.delay.ms': '0' } })
          return { bootstrap: broker.bootstrap, stop: () => broker.stop() }
        },
      }),
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i))
const byNumber = (values: readonly string[]): string[] => values.toSorted((a, b) => Number(a) - Number(b))

describe.each(Object.keys(targets))('on %s', (name) => {
  let target: Target
  let kafka: Kafka
  beforeAll(async () => {
    target = await targets[name]!()
    kafka = new Kafka({ bootstrapServers: [target.bootstrap], clientId: 'any-cluster' })
  }, 120_000)
  afterAll(async () => {
    await kafka?.close()
    await target?.stop()
  })

  async function topic(partitions: number): Promise<string> {
    const name = `t-${randomUUID()}`
    const [host, port] = target.bootstrap.split(':')
    const cluster = new NetworkCluster({
      clock: systemClock,
      logger: silentLogger,
      settings: { ...defaultClusterSettings, bootstrapServers: [{ host: host!, port: Number(port) }] },
    })
    await cluster.call('controller', apis.CreateTopics, {
      topics: [{ name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 10_000,
    })
    await cluster.close()
    return name
  }

  function consumer(config: ConsumerConfig<string | null, string | null>): Consumer<string | null, string | null> {
    return kafka.consumer({ autoOffsetReset: 'earliest', key: string(), value: string(), ...config })
  }

  async function send(
    topic: string,
    values: readonly string[],
    compressionType: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' = 'none',
  ): Promise<void> {
    await using producer = kafka.producer({ compressionType, lingerMs: 1 })
    await Promise.all(values.map((value) => producer.send({ topic, key: value, value })))
  }

  test.each([
    'none',
    'gzip',
    'snappy',
    'lz4',
    'zstd',
  ] as const)('records in %s are read, committed, and read on', async (codec) => {
    const t = await topic(3)
    await send(t, numbers(0, 500), codec)
    const groupId = `g-${randomUUID()}`
    const read = async (count: number): Promise<string[]> => {
      await using c = consumer({ groupId })
      c.subscribe(t)
      const values: string[] = []
      const records = c.records()
      while (values.length < count) values.push((await records.next()).value.value)
      // The last one is processed when the next one is asked for, or committed.
      await records.return!()
      await c.commit()
      return values
    }
    const first = await read(200)
    const second = await read(301)
    // What was in hand when the first stopped was not processed.
    expect(second).toContain(first.at(-1))
    expect(byNumber([...new Set([...first, ...second])])).toEqual(numbers(0, 500))
    expect(first.length + second.length).toBe(501)
  })

  test.each([
    { partitionAssignmentStrategy: ['range'] },
    { partitionAssignmentStrategy: ['cooperative-sticky'] },
    { groupProtocol: 'consumer' },
  ] as const)('two members hand over without loss: %j', async (config) => {
    const t = await topic(4)
    const groupId = `g-${randomUUID()}`
    const seen: string[] = []
    const start = (): { readonly c: Consumer<string | null, string | null>; readonly done: Promise<void> } => {
      const c = consumer({ groupId, ...('groupProtocol' in config ? config : { ...config, heartbeatIntervalMs: 200 }) })
      c.subscribe(t)
      const read = async (): Promise<void> => {
        for await (const { value } of c.records()) seen.push(value!)
      }
      return { c, done: read() }
    }
    const first = start()
    await send(t, numbers(0, 200))
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(200)
    const second = start()
    await expect.poll(() => second.c.assignment().length, { timeout: 30_000 }).toBe(2)
    await send(t, numbers(200, 400))
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(400)
    await first.c.close()
    await first.done
    await send(t, numbers(400, 600))
    await expect.poll(() => seen.length, { timeout: 30_000 }).toBe(600)
    await second.c.close()
    await second.done
    expect(byNumber(seen)).toEqual(numbers(0, 600))
  })

  test('offsets at the ends and at times, seeks, and an offset outside of the log', async () => {
    const t = await topic(1)
    const before = Date.now()
    await send(t, numbers(0, 10))
    await using c = consumer({})
    const partition = { topic: t, partition: 0 }
    c.assign([partition])
    expect(await c.beginningOffsets([partition])).toEqual([{ ...partition, offset: 0n }])
    expect(await c.endOffsets([partition])).toEqual([{ ...partition, offset: 10n }])
    const [at, never] = await c.offsetsForTimes([
      { ...partition, timestamp: before - 1000 },
      { ...partition, timestamp: Date.now() + 60_000 },
    ])
    expect([at!.found?.offset, never!.found]).toEqual([0n, undefined])
    c.seek({ ...partition, offset: 8n })
    expect((await c.poll({ timeoutMs: 10_000 })).map(({ offset }) => offset)).toEqual([8n, 9n])
    c.seek({ ...partition, offset: 1000n })
    expect((await c.poll({ timeoutMs: 10_000 }))[0]!.offset).toBe(0n)
  })

  test('sessions go on while partitions come, are paused and go', async () => {
    const [a, b] = [await topic(3), await topic(2)]
    await using c = consumer({})
    const all = [0, 1, 2].map((partition) => ({ topic: a, partition }))
    c.assign(all)
    const seen: string[] = []
    const more = async (count: number): Promise<void> => {
      while (seen.length < count) for (const { value } of await c.poll({ timeoutMs: 1000 })) seen.push(value!)
    }
    await send(a, numbers(0, 60))
    await more(60)
    c.assign([...all, { topic: b, partition: 0 }, { topic: b, partition: 1 }])
    await send(b, numbers(60, 100))
    await more(100)
    c.pause([all[0]!])
    await send(a, numbers(100, 160))
    await send(b, numbers(160, 200))
    await c.poll({ timeoutMs: 500 }).then((records) => seen.push(...records.map(({ value }) => value!)))
    c.resume()
    await more(200)
    c.assign([
      { topic: b, partition: 0 },
      { topic: b, partition: 1 },
    ])
    await send(b, numbers(200, 220))
    await more(220)
    expect(byNumber(seen)).toEqual(numbers(0, 220))
  })

  test('the group tells whose partitions a member waits for, and that there are fewer than members', async () => {
    const name = await topic(2)
    const groupId = `g-${randomUUID()}`
    await using producer = kafka.producer()
    for (const partition of [0, 1]) await producer.send({ topic: name, partition, value: 'x' })
    const members: Consumer<string | null, string | null>[] = []
    const join = () => {
      const member = consumer({ groupId, groupProtocol: 'consumer' })
      member.subscribe(name)
      members.push(member)
      return member
    }
    try {
      const first = join()
      // What one poll gave is in its hands until the next: here both partitions.
      for (let held = 0; held < 2; ) {
        for (const one of first.assignment()) first.seekToBeginning([one])
        held = new Set((await first.poll({ timeoutMs: 1000 })).map(({ partition }) => partition)).size
      }
      const second = join()
      const polling = (async () => {
        while (second.assignment().length === 0) await second.poll({ timeoutMs: 100 })
      })()
      const asked = async (): Promise<string> => (await second.explain({ askGroup: true })).text
      await expect
        .poll(asked, { timeout: 30_000 })
        .toMatch(
          /-\d: meant for this member, which waits for [\w-]+ \(client any-cluster, \/[\d.]+\) to give up what it has\./,
        )
      const giving = (async () => {
        while (second.assignment().length === 0) await first.poll({ timeoutMs: 100 })
      })()
      await Promise.all([polling, giving])
      const third = join()
      await third.poll({ timeoutMs: 100 })
      await expect
        .poll(async () => (await third.explain({ askGroup: true })).text, { timeout: 30_000 })
        .toContain('its 3 members share 2 partitions; there are fewer partitions than members.')
    } finally {
      await Promise.all(members.map((member) => member.close()))
    }
  }, 120_000)

  test('a committed offset with its leader epoch is where the next member begins', async () => {
    const t = await topic(1)
    await send(t, numbers(0, 10))
    const groupId = `g-${randomUUID()}`
    const partition = { topic: t, partition: 0 }
    {
      await using c = consumer({ groupId })
      c.subscribe(t)
      const records = await c.poll({ timeoutMs: 20_000 })
      await c.commit(records[3])
      const committed = (await c.committed([partition])).get(`${t}-0`)
      expect(committed).toMatchObject({ offset: 4n, leaderEpoch: records[3]!.leaderEpoch })
    }
    await using c = consumer({ groupId, enableAutoCommit: false })
    c.subscribe(t)
    expect((await c.poll({ timeoutMs: 20_000 }))[0]!.value).toBe('4')
  })
})
