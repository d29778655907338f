import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminOf, type Broker, interopSuite, requireTool, run, startBroker, waitUntil } from '../support/index.ts'
import { Stage } from '../support/scenario.ts'
import { kcat } from './client.ts'

interopSuite(kcat, { fast: ['range', 'more-consumers-than-partitions', 'no-commit', 'acks'] })

describe.skipIf(!requireTool(...kcat.tools))('kcat on the command line', () => {
  let broker: Broker

  beforeAll(async () => {
    broker = await startBroker({ set: { 'num.partitions': '6' } })
  }, 600_000)

  afterAll(() => broker?.stop())

  const ask = (...args: readonly string[]) => run('kcat', ['-b', broker.bootstrap, ...args])
  const say = (text: string, ...args: readonly string[]) =>
    run('bash', ['-c', 'printf "$0" | kcat "$@"', text, '-b', broker.bootstrap, '-P', ...args])

  test('-L lists the broker, its controller, topics and partitions', async () => {
    await adminOf(broker.bootstrap).createTopic('listed', 6)
    const listing = await ask('-L')
    expect(listing).toContain('1 brokers:')
    expect(listing).toContain(`broker 1 at ${broker.bootstrap} (controller)`)
    expect(listing).toContain('topic "listed" with 6 partitions:')
    expect(listing).toContain('partition 5, leader 1, replicas: 1, isrs: 1')
    const json = JSON.parse(await ask('-L', '-J', '-t', 'listed'))
    expect(json.topics).toHaveLength(1)
    expect(json.topics[0].partitions).toHaveLength(6)
    expect(json.controllerid).toBe(1)
  })

  test('-L -t of an unknown topic creates it with num.partitions, as a producer does', async () => {
    // The first answer may come before the topic is there: it is the request that asks for it.
    expect(await ask('-L', '-t', 'made-by-asking')).toContain('topic "made-by-asking" with')
    await waitUntil('the new topic', async () => {
      return (await ask('-L')).includes('topic "made-by-asking" with 6 partitions:')
    })
    await say('a\nb\nc\n', '-t', 'made-by-producing')
    expect(await ask('-L')).toContain('topic "made-by-producing" with 6 partitions:')
    const values = await ask('-C', '-t', 'made-by-producing', '-o', 'beginning', '-e', '-q', '-f', '%s\n')
    expect(values.trim().split('\n').sort()).toEqual(['a', 'b', 'c'])
  })

  test('keys, headers, nulls and timestamps come back as they were sent', async () => {
    await adminOf(broker.bootstrap).createTopic('parts', 1)
    const before = Date.now()
    await say('k1:v1\n', '-t', 'parts', '-K', ':', '-H', 'h1=x', '-H', 'h2=y')
    await say('k2:\n', '-t', 'parts', '-K', ':', '-Z')
    await say('no key\n', '-t', 'parts')
    const lines = (await ask('-C', '-t', 'parts', '-o', 'beginning', '-e', '-q', '-J')).trim().split('\n')
    const records = lines.map((line) => JSON.parse(line))
    expect(records.map(({ offset, key, payload, headers }) => ({ offset, key, payload, headers }))).toEqual([
      { offset: 0, key: 'k1', payload: 'v1', headers: ['h1', 'x', 'h2', 'y'] },
      { offset: 1, key: 'k2', payload: null, headers: undefined },
      { offset: 2, key: null, payload: 'no key', headers: undefined },
    ])
    for (const { ts, tstype } of records) {
      expect(tstype).toBe('create')
      expect(ts).toBeGreaterThanOrEqual(before)
      expect(ts).toBeLessThanOrEqual(Date.now())
    }
  })

  test('-o finds offsets from the start, from the end, by number and by time; -Q answers the same', async () => {
    await adminOf(broker.bootstrap).createTopic('offsets', 1)
    await say('0\n1\n2\n', '-t', 'offsets')
    const read = async (...from: readonly string[]) =>
      (await ask('-C', '-t', 'offsets', ...from, '-e', '-q', '-f', '%o ')).trim()
    const third = JSON.parse(await ask('-C', '-t', 'offsets', '-o', '2', '-e', '-q', '-J')).ts
    // A later record must have a later time.
    while (Date.now() <= third) await new Promise(setImmediate)
    await say('3\n4\n', '-t', 'offsets')
    const fourth = JSON.parse((await ask('-C', '-t', 'offsets', '-o', '3', '-c', '1', '-q', '-J')).trim()).ts
    expect(await read('-o', 'beginning')).toBe('0 1 2 3 4')
    expect(await read('-o', '-2')).toBe('3 4')
    expect(await read('-o', '1')).toBe('1 2 3 4')
    expect(await read('-o', 'end')).toBe('')
    expect(await read('-o', `s@${fourth}`)).toBe('3 4')
    expect(await read('-o', `s@0`, '-o', `e@${fourth}`)).toBe('0 1 2')
    expect((await ask('-Q', '-t', `offsets:0:${fourth}`)).trim()).toBe('offsets [0] offset 3')
  })

  test('a group of 1, 2, 3 and again 2 members reads every record once', async () => {
    const stage = new Stage({ broker, client: kcat, scenario: 'scale' })
    try {
      const topic = await stage.topic(6)
      const producer = stage.producer({ topic, partitions: 6, intervalMs: 10 })
      const options = { topics: [topic], commit: 'auto' } as const
      const first = stage.consumer('1', options)
      await stage.owns([[first, 6]])
      const second = stage.consumer('2', options)
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      await stage.seesMore(10, first, second)
      const third = stage.consumer('3', options)
      await stage.owns([
        [first, 2],
        [second, 2],
        [third, 2],
      ])
      await stage.seesMore(10, first, second, third)
      await third.close()
      await stage.owns([
        [first, 3],
        [second, 3],
      ])
      await stage.seesMore(10, first, second)
      await producer.close()
      await stage.allIsCommitted([topic])
      await stage.close(first, second)
      const seen = [first, second, third].flatMap((c) => c.records.map((r) => `${r.partition}@${r.offset}`))
      const written = producer.eventsOf('delivered').map((r) => `${r.partition}@${r.offset}`)
      expect(seen.sort()).toEqual(written.sort())
    } finally {
      await stage.cleanUp()
    }
  }, 120_000)
})
