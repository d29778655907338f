import { describe, expect, test } from 'vitest'
import { encodeKeyedRecords } from '../../../src/broker/log-records.ts'
import { MetadataLog, WrongNodeError } from '../../../src/broker/metadata/metadata-log.ts'
import { NewerFormatError } from '../../../src/broker/metadata/records.ts'
import { createMemoryLogStore, type LogStore } from '../../../src/log/index.ts'
import { silentLogger, systemClock } from '../../../src/platform/index.ts'

const REGISTRATION = { rack: null, listeners: [{ host: '127.0.0.1', port: 9092 }] }

function createLogs(flush?: () => Promise<void>): LogStore {
  return createMemoryLogStore({ clock: systemClock, logger: silentLogger, ...(flush && { flush }) })
}

function open(logs: LogStore, more: { nodeId?: number; wasClean?: boolean } = {}): Promise<MetadataLog> {
  let nextId = 0
  return MetadataLog.open({
    logs,
    clock: systemClock,
    logger: silentLogger,
    nodeId: 1,
    registration: REGISTRATION,
    clusterId: 'CCCCCCCCCCCCCCCCCCCCCA',
    wasClean: true,
    randomId: () => `${String(nextId++).padStart(21, 'T')}A`,
    ...more,
  })
}

const topic = (name: string, partitionCount = 1, configs: Record<string, string> = {}) => ({
  name,
  partitionCount,
  configs: new Map(Object.entries(configs)),
})

describe('the metadata log', () => {
  test('a start finds everything that was answered', async () => {
    const logs = createLogs()
    const before = await open(logs)
    const created = await before.createTopic(topic('orders', 6, { 'retention.ms': '5' }))
    await before.createTopic(topic('gone'))
    await before.deleteTopic(before.image.topicsByName.get('gone')!)
    await before.setPartitionCount(created.topic!, 7)
    await before.setConfigs({ type: 'BROKER', name: '' }, new Map([['message.max.bytes', '9']]))
    const after = await open(logs)
    expect(after.clusterId).toBe(before.clusterId)
    expect([...after.image.topicsByName.values()]).toEqual([{ ...created.topic, partitionCount: 7 }])
    expect(after.image.topicsById.get(created.topic!.topicId)).toBe(after.image.topicsByName.get('orders'))
    expect(after.configsOf({ type: 'BROKER', name: '' })).toEqual(new Map([['message.max.bytes', '9']]))
  })

  test('a group that lost its configs is listed until the next start, other resources are not', async () => {
    const logs = createLogs()
    const before = await open(logs)
    for (const type of ['GROUP', 'CLIENT_METRICS', 'BROKER'] as const) {
      await before.setConfigs({ type, name: 'x' }, new Map([['a', 'b']]))
      await before.setConfigs({ type, name: 'x' }, new Map())
      expect(before.resourcesWithConfigs(type)).toEqual(type === 'GROUP' ? ['x'] : [])
    }
    expect((await open(logs)).resourcesWithConfigs('GROUP')).toEqual([])
  })

  test('a damaged batch ends the start instead of becoming state', async () => {
    const logs = createLogs()
    const { log } = await open(logs)
    const damaged = encodeKeyedRecords([{ key: Buffer.from('k'), value: Buffer.from('v') }], 0)
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 2) ^ 1, damaged.length - 2)
    await logs.append([{ log, batches: damaged }], 'durable')
    await expect(open(logs)).rejects.toThrow(/^cannot replay __cluster_metadata-0: the batch at offset \d+ is damaged$/)
  })

  test('the leader epoch rises with each start that no clean stop preceded', async () => {
    const logs = createLogs()
    expect((await open(logs)).image.leaderEpoch).toBe(0)
    const second = await open(logs)
    expect(second.image.leaderEpoch).toBe(1)
    await second.close()
    const third = await open(logs)
    expect(third.image.leaderEpoch).toBe(1)
    // The third start was recorded too: the clean stop before it counts once.
    expect((await open(logs)).image.leaderEpoch).toBe(2)
  })

  test('a log store that was not closed cleanly raises the epoch too', async () => {
    const logs = createLogs()
    await (await open(logs)).close()
    expect((await open(logs, { wasClean: false })).image.leaderEpoch).toBe(1)
  })

  test('changes of one turn are decided in order and written together', async () => {
    let flushes = 0
    const store = await open(
      createLogs(async () => {
        flushes++
      }),
    )
    flushes = 0
    const results = await Promise.all([
      store.createTopic(topic('a')),
      store.createTopic(topic('a')),
      store.createTopic(topic('b')),
    ])
    expect(results.map(({ errorCode }) => errorCode)).toEqual(['NONE', 'TOPIC_ALREADY_EXISTS', 'NONE'])
    expect(flushes).toBe(1)
    expect([...store.image.topicsByName.keys()]).toEqual(['a', 'b'])
  })

  test('a topic is seen when it is durable, not before', async () => {
    const flush = gate()
    const store = await open(createLogs(() => flush.wait()))
    flush.close()
    const creation = store.createTopic(topic('slow'))
    await turn()
    expect(store.image.topicsByName.has('slow')).toBe(false)
    flush.open()
    expect((await creation).errorCode).toBe('NONE')
    expect(store.image.topicsByName.has('slow')).toBe(true)
  })

  test('a write that fails changes nothing, and the next may succeed', async () => {
    let full = false
    const store = await open(
      createLogs(async () => {
        if (full) throw new Error('no space')
      }),
    )
    full = true
    const { image } = store
    expect(await store.createTopic(topic('a'))).toMatchObject({ errorCode: 'KAFKA_STORAGE_ERROR' })
    expect(store.image).toBe(image)
    expect(await store.allocateProducerId()).toEqual({ errorCode: 'KAFKA_STORAGE_ERROR', producerId: -1n })
    full = false
    expect(await store.createTopic(topic('a'))).toMatchObject({ errorCode: 'NONE' })
    expect(await store.allocateProducerId()).toEqual({ errorCode: 'NONE', producerId: 0n })
  })

  test('listeners hear of each change in the turn in which it is answered', async () => {
    const store = await open(createLogs())
    const heard: [number, number][] = []
    store.onChange((image, previous) => heard.push([previous.topicsByName.size, image.topicsByName.size]))
    await store.createTopic(topic('a'))
    await store.deleteTopic(store.image.topicsByName.get('a')!)
    expect(heard).toEqual([
      [0, 1],
      [1, 0],
    ])
  })

  test('a topic object of another incarnation changes nothing', async () => {
    const store = await open(createLogs())
    const { topic: first } = await store.createTopic(topic('a'))
    await store.deleteTopic(first!)
    await store.createTopic(topic('a', 2))
    expect(await store.deleteTopic(first!)).toMatchObject({ errorCode: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(await store.setPartitionCount(first!, 9)).toMatchObject({ errorCode: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(store.image.topicsByName.get('a')).toMatchObject({ partitionCount: 2 })
  })

  test('a topic does not inherit the configs of its namesake', async () => {
    const logs = createLogs()
    const store = await open(logs)
    const { topic: first } = await store.createTopic(topic('a', 1, { 'retention.ms': '1' }))
    await store.deleteTopic(first!)
    await store.createTopic(topic('a'))
    expect(store.image.topicsByName.get('a')!.configs.size).toBe(0)
    expect((await open(logs)).image.topicsByName.get('a')!.configs.size).toBe(0)
  })

  test('config changes are decided on the overrides that hold when their turn comes', async () => {
    const store = await open(createLogs())
    await store.createTopic(topic('a'))
    const resource = { type: 'TOPIC', name: 'a' } as const
    const add = (key: string) => store.updateConfigs(resource, (current) => new Map([...current, [key, '1']]))
    await Promise.all([add('segment.ms'), add('retention.ms')])
    expect([...store.configsOf(resource).keys()]).toEqual(['segment.ms', 'retention.ms'])
    const refusal = { errorCode: 'INVALID_CONFIG', message: 'no' } as const
    expect(await store.updateConfigs(resource, () => refusal)).toEqual(refusal)
    expect(store.configsOf(resource).size).toBe(2)
  })

  test('a mistake of ours in one change, or in a listener, does not stop those behind it', async () => {
    const store = await open(createLogs())
    await store.createTopic(topic('a'))
    store.onChange(() => {
      throw new Error('a listener')
    })
    const mistake = store.updateConfigs({ type: 'TOPIC', name: 'a' }, () => {
      throw new Error('a change')
    })
    const behind = store.createTopic(topic('b'))
    expect(await mistake).toMatchObject({ errorCode: 'UNKNOWN_SERVER_ERROR' })
    expect(await behind).toMatchObject({ errorCode: 'NONE' })
    expect((await store.createTopic(topic('c'))).errorCode).toBe('NONE')
  })

  test('producer ids are never given twice, also not after a crash', async () => {
    const logs = createLogs()
    const store = await open(logs)
    const ids = await Promise.all(Array.from({ length: 1500 }, () => store.allocateProducerId()))
    expect(new Set(ids.map(({ producerId }) => producerId)).size).toBe(1500)
    const { producerId } = await (await open(logs)).allocateProducerId()
    expect(producerId).toBe(2000n)
  })

  test('the data of another node is refused', async () => {
    const logs = createLogs()
    await open(logs)
    await expect(open(logs, { nodeId: 2 })).rejects.toThrow(WrongNodeError)
  })

  test.each([
    ['a record type', [0, 99], [0, 0]],
    ['a version', [0, 0, 0], [0, 9]],
  ])('%s that only a newer program knows is refused', async (_, key, value) => {
    const logs = createLogs()
    const { log } = await open(logs)
    const batches = encodeKeyedRecords([{ key: Buffer.from(key), value: Buffer.from(value) }], 0)
    await logs.append([{ log, batches }], 'durable')
    await expect(open(logs)).rejects.toThrow(NewerFormatError)
  })
})

function gate() {
  let waiting: Promise<void> = Promise.resolve()
  let release = (): void => {}
  return {
    wait: () => waiting,
    close() {
      waiting = new Promise((resolve) => {
        release = resolve
      })
    },
    open: () => release(),
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
