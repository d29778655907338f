import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunningBroker } from '../../../src/broker/index.ts'
import { encodeKeyedRecords } from '../../../src/broker/log-records.ts'
import { DiskError, nodeDisk } from '../../../src/log/index.ts'
import { type PlainTestBrokerOptions, startTestBroker } from '../../../src/testing/index.ts'
import * as wire from '../../../src/wire/index.ts'
import { RawClient } from '../../support/raw-client.ts'
import { newTopic, until } from './support/target.ts'

let folder: string
const running = new Set<RunningBroker>()
const clients = new Set<RawClient>()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kohort-restart-'))
})
afterEach(async () => {
  for (const client of clients) client.close()
  clients.clear()
  for (const broker of running) await broker.close()
  running.clear()
  rmSync(folder, { recursive: true, force: true })
})

async function start(options: PlainTestBrokerOptions = {}): Promise<{ broker: RunningBroker; client: RawClient }> {
  const broker = await startTestBroker({ dataDir: folder, ...options })
  running.add(broker)
  const client = await RawClient.connect({ port: broker.listeners[0]!.port })
  clients.add(client)
  return { broker, client }
}

async function stop({ broker, client }: { broker: RunningBroker; client: RawClient }): Promise<void> {
  client.close()
  running.delete(broker)
  await broker.close()
}

async function metadata(client: RawClient): Promise<wire.MetadataResponse> {
  return client.call(wire.metadataRequest, wire.metadataResponse, 12, { topics: null })
}

async function createTopic(
  client: RawClient,
  name: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const body = { topics: [newTopic(name, more)], timeoutMs: 30_000 }
  const { topics } = await client.call(wire.createTopicsRequest, wire.createTopicsResponse, 7, body)
  expect(topics[0]!.errorMessage).toBeNull()
}

async function deleteTopic(client: RawClient, name: string): Promise<void> {
  const body = { topicNames: [name], timeoutMs: 30_000 }
  const { responses } = await client.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 5, body)
  expect(responses[0]!.errorMessage).toBeNull()
}

async function commit(client: RawClient, topic: string, committedOffset: bigint): Promise<void> {
  await until(async () => {
    const { errorCode } = await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 3, { key: 'g' })
    return errorCode === 0
  })
  await until(async () => {
    const { topics } = await client.call(wire.offsetCommitRequest, wire.offsetCommitResponse, 9, {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }],
    })
    return topics[0]!.partitions[0]!.errorCode === 0
  })
}

async function committed(client: RawClient, topic: string): Promise<bigint> {
  let offset: bigint | undefined
  await until(async () => {
    const { groups } = await client.call(wire.offsetFetchRequest, wire.offsetFetchResponse, 8, {
      groups: [{ groupId: 'g', topics: [{ name: topic, partitionIndexes: [0] }] }],
    })
    offset = groups[0]!.topics[0]?.partitions[0]?.committedOffset
    return groups[0]!.errorCode === 0
  })
  return offset!
}

describe('a restart', () => {
  test('finds topics, configs and committed offsets as they were, in the same cluster', async () => {
    const first = await start()
    await createTopic(first.client, 'orders', { numPartitions: 3, configs: [{ name: 'retention.ms', value: '5' }] })
    await first.client.call(wire.incrementalAlterConfigsRequest, wire.incrementalAlterConfigsResponse, 1, {
      resources: [
        {
          resourceType: 4,
          resourceName: '',
          configs: [{ name: 'message.max.bytes', configOperation: 0, value: '3000' }],
        },
      ],
      validateOnly: false,
    })
    await commit(first.client, 'orders', 7n)
    const before = await metadata(first.client)
    await stop(first)

    const second = await start()
    const after = await metadata(second.client)
    expect(after.clusterId).toBe(before.clusterId)
    const byName = (answer: wire.MetadataResponse) =>
      answer.topics.map(({ name, topicId, partitions }) => `${name} ${topicId} ${partitions.length}`).sort()
    expect(byName(after)).toEqual(byName(before))
    expect(await committed(second.client, 'orders')).toBe(7n)
    const { results } = await second.client.call(wire.describeConfigsRequest, wire.describeConfigsResponse, 4, {
      resources: [
        { resourceType: 2, resourceName: 'orders', configurationKeys: ['retention.ms', 'max.message.bytes'] },
      ],
    })
    expect(results[0]!.configs.map(({ name, value, configSource }) => [name, value, configSource])).toEqual([
      ['max.message.bytes', '3000', 3],
      ['retention.ms', '5', 1],
    ])
  })

  test('after a clean stop keeps the leader epoch', async () => {
    const first = await start({ topics: [{ name: 'orders', partitions: 1 }] })
    await stop(first)
    const second = await start()
    const { topics } = await metadata(second.client)
    expect(topics[0]!.partitions[0]!.leaderEpoch).toBe(0)
  })

  test('gives no producer id a second time', async () => {
    const allocate = async (client: RawClient) => {
      const body = { transactionalId: null, transactionTimeoutMs: 60_000 }
      return (await client.call(wire.initProducerIdRequest, wire.initProducerIdResponse, 4, body)).producerId
    }
    const first = await start()
    const before = await allocate(first.client)
    await stop(first)
    const second = await start()
    expect(await allocate(second.client)).toBeGreaterThan(before)
  })

  test('a topic made again under its old name has neither the records nor the offsets of the first', async () => {
    const first = await start()
    await createTopic(first.client, 'orders', { configs: [{ name: 'retention.ms', value: '5' }] })
    await commit(first.client, 'orders', 7n)
    await deleteTopic(first.client, 'orders')
    await createTopic(first.client, 'orders')
    expect(await committed(first.client, 'orders')).toBe(-1n)
    await stop(first)
    const second = await start()
    expect(await committed(second.client, 'orders')).toBe(-1n)
    const { topics } = await metadata(second.client)
    const names = topics.map(({ name }) => name).sort()
    expect(names).toEqual(['__consumer_offsets', '__group_events', 'orders'])
  })
})

test('a start removes the records of topics whose deletion the last process did not finish', async () => {
  const first = await start({
    topics: [
      { name: 'half-gone', partitions: 1 },
      { name: 'stays', partitions: 1 },
    ],
  })
  const { metadata: store, logs } = first.broker.broker
  for (const name of ['half-gone', 'stays']) {
    const log = first.broker.broker.partitionLog(store.image.topicsByName.get(name)!, 0)!
    const batches = encodeKeyedRecords([{ key: Buffer.from('k'), value: Buffer.from('v') }], 0)
    expect(await logs.append([{ log, batches }], 'durable')).toMatchObject({ errorCode: 'NONE' })
  }
  // As far as a process came that was killed between the two steps of a deletion.
  await store.deleteTopic(store.image.topicsByName.get('half-gone')!)
  await stop(first)
  const second = await start()
  const topics = Array.from(second.broker.broker.logs.logs(), ({ identity }) => identity.topic)
  expect(topics).toContain('stays')
  expect(topics).not.toContain('half-gone')
})

test('a broker without groups has nothing to load', async () => {
  const { broker } = await start()
  await broker.groupsLoaded
})

test('DescribeLogDirs has the size of the volume and what is free on it', async () => {
  const { client } = await start()
  const body = { topics: null }
  const { results } = await client.call(wire.describeLogDirsRequest, wire.describeLogDirsResponse, 4, body)
  const { logDir, totalBytes, usableBytes } = results[0]!
  expect(logDir).toBe(folder)
  expect(usableBytes).toBeGreaterThan(0n)
  expect(totalBytes).toBeGreaterThan(usableBytes)
})

describe('a start that fails', () => {
  const listeners = [{ host: '127.0.0.1', port: 0 }]

  test.each([
    [{ properties: { 'num.partitons': '3' } }, 'bad-config', 'did you mean num.partitions?'],
    [{ topics: [{ name: 'bad name', partitions: 1 }] }, 'bad-config', "'bad name' contains"],
    [{ topics: [{ name: '__consumer_offsets', partitions: 1 }] }, 'bad-config', 'internal'],
    [
      { topics: [{ name: 't', partitions: 1, configs: { nope: '1' } }] },
      'bad-config',
      'Unknown topic config name: nope',
    ],
    [{ listeners: [{ host: '192.0.2.1', port: 0 }] }, 'address', 'This machine has no address 192.0.2.1'],
    [{ listeners: [] }, 'bad-config', 'no address'],
  ] as const)('%j: %s, and the folder is free again', async (options, kind, message) => {
    await expect(startTestBroker({ dataDir: folder, ...options })).rejects.toMatchObject({
      name: 'BrokerStartError',
      kind,
      message: expect.stringContaining(message),
    })
    await start()
  })

  test('a taken port is told', async () => {
    const { broker } = await start()
    const { port } = broker.listeners[0]!
    const second = startTestBroker({ listeners: [{ host: '127.0.0.1', port }] })
    await expect(second).rejects.toMatchObject({
      kind: 'address',
      message: expect.stringContaining(`:${port} is taken`),
    })
  })

  test('a folder in use is told', async () => {
    await start()
    await expect(startTestBroker({ dataDir: folder })).rejects.toMatchObject({ kind: 'locked' })
  })

  test('the data of another node is refused', async () => {
    await stop(await start())
    await expect(startTestBroker({ dataDir: folder, properties: { 'node.id': '2' } })).rejects.toMatchObject({
      kind: 'bad-config',
      message: 'The data belongs to node 1, but node.id is 2.',
    })
  })

  test('an address that the machine has not may be left out where it is optional', async () => {
    const absent = { host: '192.0.2.1', port: 0, optional: true }
    const { broker } = await start({ listeners: [...listeners, absent] })
    expect(broker.listeners).toHaveLength(1)
  })

  test('a disk that cannot be read or written is told', async () => {
    const disk = {
      ...nodeDisk,
      makeDirectory: async (path: string) => {
        throw new DiskError('IO', path, `${path} cannot be made`)
      },
    }
    await expect(startTestBroker({ dataDir: folder, disk })).rejects.toMatchObject({ kind: 'storage' })
  })
})
