import { existsSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { startBroker, type TestBroker, type TestBrokerOptions, WaitTimeoutError } from '../../src/testing/index.ts'
import { murmur2 } from '../../src/wire/index.ts'
import { Member } from './member.ts'

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(options: TestBrokerOptions = { topics: { t: 2 } }): Promise<TestBroker> {
  const broker = await startBroker(options)
  cleanups.push(() => broker.close())
  return broker
}

async function member(broker: TestBroker, clientId?: string): Promise<Member> {
  const one = await Member.connect(broker, clientId)
  cleanups.push(() => one.close())
  return one
}

async function stable(broker: TestBroker): Promise<Member> {
  const one = await member(broker)
  await one.join()
  await one.sync()
  return one
}

describe('waits and inspection', () => {
  test('a group is stable when every member has its assignment', async () => {
    const broker = await start()
    const group = broker.group('g')
    expect([group.state, group.members(), group.offsets(), group.generationId]).toEqual(['Dead', [], [], -1])
    const waiting = group.untilStable()
    const one = await stable(broker)
    const members = await waiting
    expect(members).toEqual([
      {
        memberId: one.memberId,
        groupInstanceId: null,
        clientId: 'member',
        clientHost: '/127.0.0.1',
        protocol: 'classic',
        isConnected: true,
        connectionId: broker.connections()[0]!.id,
        assignment: { t: [0, 1] },
      },
    ])
    expect(group.assignments()).toEqual({ [one.memberId]: { t: [0, 1] } })
    expect([group.state, group.protocol, group.generationId]).toEqual(['Stable', 'classic', 1])
    expect((await group.timeline()).at(-1)!.type).toBe('rebalance-completed')
  })

  test('commits can be waited for', async () => {
    const broker = await start()
    const one = await stable(broker)
    const waiting = broker.group('g').untilCommitted({ topic: 't', partition: 0, offset: 2 })
    await one.commit(1n)
    await one.commit(5n)
    expect(await waiting).toBe(5n)
    expect(broker.group('g').offsets()).toEqual([{ topic: 't', partition: 0, offset: 5n, metadata: 'm' }])
    expect(broker.group('g').committed('t', 1)).toBeUndefined()
  })

  test('a wait that fails says how things are', async () => {
    const broker = await start()
    const one = await stable(broker)
    const wait = broker.group('g').untilMembers(3, { timeoutMs: 1 })
    await expect(wait).rejects.toThrow(WaitTimeoutError)
    await expect(wait).rejects.toThrow(
      `group 'g' does not have 3 members in a stable generation; it is Stable with 1 members (${one.memberId} {"t":[0,1]})`,
    )
  })

  test('a member can be found by its client id, and a name that nobody has is told', async () => {
    const broker = await start()
    const one = await stable(broker)
    const group = broker.group('g')
    expect(group.member('member')).toEqual(group.member(one.memberId))
    expect(() => group.member('nobody')).toThrow(
      "no member of group 'g' is called 'nobody'; it is Stable with 1 members",
    )
  })
})

describe('records', () => {
  test('go where a Java producer would put them, and can be read back', async () => {
    const broker = await start({})
    await broker.createTopics({ orders: 3 })
    const placed = await broker.produce('orders', [
      { key: 'a', value: '1' },
      { value: '2', partition: 2, headers: { h: 'x' }, timestampMs: 1_000 },
      { key: 'a', value: null },
    ])
    const ofA = murmur2(Buffer.from('a')) % 3
    expect(placed).toEqual([
      { partition: ofA, offset: 0n },
      { partition: 2, offset: ofA === 2 ? 2n : 0n },
      { partition: ofA, offset: 1n },
    ])
    const records = await broker.records('orders')
    expect(
      records.filter(({ partition }) => partition === ofA && ofA !== 2).map(({ offset, value }) => [offset, value]),
    ).toEqual(
      ofA === 2
        ? []
        : [
            [0n, Buffer.from('1')],
            [1n, null],
          ],
    )
    const second = records.find(({ value }) => value?.toString() === '2')!
    expect(second).toMatchObject({
      topic: 'orders',
      partition: 2,
      timestampMs: 1_000,
      headers: { h: Buffer.from('x') },
    })
    expect(await broker.produce('made-on-use', ['plain'])).toEqual([{ partition: 0, offset: 0n }])
    await expect(broker.produce('orders', [{ value: 'x', partition: 3 }])).rejects.toThrow('partitions 0 to 2')
    await expect(broker.records('nope')).rejects.toThrow("there is no topic 'nope'")
  })

  test("murmur2 is Java's", () => {
    // As org.apache.kafka.common.utils.UtilsTest has them, made positive.
    const cases: Readonly<Record<string, number>> = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
      'a-little-bit-longer-string': -1486304829,
      lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
      abc: 479470107,
    }
    for (const [text, hash] of Object.entries(cases)) expect(murmur2(Buffer.from(text))).toBe(hash & 0x7fffffff)
  })

  test('a temporary folder goes with the broker', async () => {
    const broker = await start({ storage: 'temporary', topics: { t: 1 } })
    await broker.produce('t', ['x'])
    const folder = broker.running.broker.storage.directory
    expect(existsSync(folder)).toBe(true)
    await broker.close()
    expect(existsSync(folder)).toBe(false)
  })

  test('await using closes it', async () => {
    let port = 0
    {
      await using broker = await startBroker()
      port = broker.port
    }
    await using again = await startBroker({ port })
    expect(again.port).toBe(port)
  })
})

describe('time', () => {
  test('a session timeout happens now', async () => {
    const broker = await start()
    const one = await stable(broker)
    await broker.clock.advance(44_000)
    expect(broker.group('g').state).toBe('Stable')
    await broker.clock.advance(1_001)
    expect(broker.group('g').state).toBe('Empty')
    expect(await one.heartbeat()).toBe('UNKNOWN_MEMBER_ID')
    const evicted = (await broker.group('g').timeline()).find(({ type }) => type === 'member-evicted')!
    expect(evicted.trigger).toBe('session-timeout')
  })

  test('members that are connected can be kept alive, and those that are not end', async () => {
    const broker = await start()
    const one = await stable(broker)
    await broker.clock.advance(600_000, { keepAlive: true })
    expect(await one.heartbeat()).toBe('NONE')
    one.close()
    while (broker.group('g').members()[0]!.isConnected) await new Promise((resolve) => setImmediate(resolve))
    await broker.clock.advance(50_000, { keepAlive: true })
    expect(broker.group('g').state).toBe('Empty')
  })

  test('deadlines come in their order', async () => {
    const { clock } = await start()
    const seen: number[] = []
    const startMs = clock.monotonicMs()
    clock.at(startMs + 20_000, () => seen.push(2))
    clock.at(startMs + 10_000, () => {
      seen.push(1)
      clock.at(startMs + 15_000, () => seen.push(15))
    })
    const cancelled = clock.at(startMs + 5_000, () => seen.push(0))
    cancelled.cancel()
    const wallMs = clock.wallMs()
    await Promise.all([clock.advance(12_000), clock.advance(12_000)])
    expect(seen).toEqual([1, 15, 2])
    expect(clock.wallMs() - wallMs).toBeGreaterThanOrEqual(23_999)
    expect(() => clock.advance(-1)).toThrow(RangeError)
  })

  test('one member is ended, the others stay', async () => {
    const broker = await start()
    const one = await stable(broker)
    broker.expireSession('g', 'member')
    expect(await one.heartbeat()).toBe('UNKNOWN_MEMBER_ID')
    expect(broker.group('g').state).toBe('Empty')
    await broker.group('g').untilMembers(0)
    expect(() => broker.expireSession('g', 'member')).toThrow("no member of group 'g'")
  })

  test('retention happens now', async () => {
    const broker = await start({ topics: { t: 1 }, properties: { 'log.retention.ms': '1000', 'log.roll.ms': '500' } })
    await broker.produce('t', ['old'])
    await broker.clock.advance(10_000)
    await broker.produce('t', ['new'])
    await broker.clock.advance(500)
    await broker.clock.advance(300_000)
    expect((await broker.records('t')).map(({ value }) => String(value))).not.toContain('old')
  })
})
