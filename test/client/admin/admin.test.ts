import { afterEach, describe, expect, test } from 'vitest'
import { type Admin, Kafka, KafkaItemsError } from '../../../src/client/index.ts'
import { startBroker, type TestBroker } from '../../../src/testing/index.ts'
import { apis, ErrorCode } from '../../../src/wire/index.ts'
import { afterHandshake, oneNode, ScriptedServer } from '../support/scripted-server.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

function adminOf(bootstrapServers: string): Admin {
  const kafka = new Kafka({ bootstrapServers, clientId: 'admin', retryBackoffMs: 5, reconnectBackoffMs: 5 })
  open.push(kafka)
  return kafka.admin()
}

async function start(topics: Record<string, number> = {}): Promise<{ broker: TestBroker; admin: Admin }> {
  const broker = await startBroker({ topics, properties: { 'auto.create.topics.enable': 'false' } })
  open.push(broker)
  return { broker, admin: adminOf(broker.bootstrapServers) }
}

const failure = (promise: Promise<unknown>): Promise<KafkaItemsError<string>> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as KafkaItemsError<string>,
  )

describe('topics', () => {
  test('are created, described, listed, enlarged and deleted', async () => {
    const { admin } = await start()
    const created = await admin.createTopics([
      'plain',
      { name: 'orders', partitions: 3, configs: { 'retention.ms': '1000' } },
    ])
    expect(created.get('orders')).toMatchObject({ name: 'orders', partitions: 3, replicationFactor: 1 })
    expect(created.get('plain')).toMatchObject({ partitions: 1 })
    await admin.createPartitions([{ topic: 'orders', totalCount: 5 }])
    const described = await admin.describeTopics(['orders'])
    expect(described.get('orders')?.partitions.map(({ partition, leaderId }) => [partition, leaderId])).toEqual(
      [0, 1, 2, 3, 4].map((partition) => [partition, 1]),
    )
    expect(described.get('orders')?.topicId).toBe(created.get('orders')?.topicId)
    expect((await admin.listTopics()).map(({ name, partitions }) => [name, partitions]).sort()).toEqual([
      ['orders', 5],
      ['plain', 1],
    ])
    await admin.deleteTopics(['orders', 'plain'])
    expect(await admin.listTopics()).toEqual([])
  })

  test('that fail are named, and the others done', async () => {
    const { admin } = await start({ orders: 1 })
    const error = await failure(admin.createTopics(['orders', 'fine', 'not good!']))
    expect(error).toBeInstanceOf(KafkaItemsError)
    expect(error.code).toBe('TOPIC_ALREADY_EXISTS')
    expect(error.message).toContain('creating topics: orders:')
    expect([...error.failures].map(([name, { code }]) => [name, code])).toEqual([
      ['orders', 'TOPIC_ALREADY_EXISTS'],
      ['not good!', 'INVALID_TOPIC_EXCEPTION'],
    ])
    expect([...error.results.keys()]).toEqual(['fine'])
    const partial = await admin.describeTopics(['orders', 'none'], { partial: true })
    expect([[...partial.keys()], partial.failures.get('none')?.code]).toEqual([
      ['orders'],
      'UNKNOWN_TOPIC_OR_PARTITION',
    ])
    expect((await failure(admin.deleteTopics(['none']))).code).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('are only checked with validateOnly', async () => {
    const { admin } = await start()
    await admin.createTopics(['orders'], { validateOnly: true })
    expect(await admin.listTopics()).toEqual([])
    const error = await failure(
      admin.createTopics([{ name: 'x', configs: { 'retention.ms': 'soon' } }], { validateOnly: true }),
    )
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', kind: 'invalid' })
  })

  test('are tried again when the controller has moved', async () => {
    const { broker, admin } = await start()
    const fault = broker.fault({ api: 'CreateTopics', times: 2 }).error('NOT_CONTROLLER')
    expect((await admin.createTopics(['orders'])).has('orders')).toBe(true)
    expect(fault.hits).toBe(2)
  })

  test('time out with the last reason', async () => {
    const { broker, admin } = await start()
    // Connected: on a busy machine that may take longer than the call has.
    await admin.listTopics()
    broker.fault({ api: 'CreateTopics', times: 1_000 }).error('NOT_CONTROLLER')
    const error = await failure(admin.createTopics(['orders'], { timeoutMs: 200 }))
    expect(error).toMatchObject({ code: 'TIMEOUT', cause: { cause: { code: 'NOT_CONTROLLER' } } })
  })
})

describe('offsets of partitions', () => {
  test('are those of the ends, of times, and of the youngest record', async () => {
    const { broker, admin } = await start({ orders: 2 })
    await broker.produce('orders', [
      { value: 'a', partition: 0, timestampMs: 1_000 },
      { value: 'b', partition: 0, timestampMs: 3_000 },
      { value: 'c', partition: 0, timestampMs: 2_000 },
    ])
    const place = { topic: 'orders', partition: 0 }
    const offsetOf = async (spec: Parameters<Admin['listOffsets']>[0][number]['spec']) =>
      (await admin.listOffsets([{ ...place, spec }])).get('orders-0')?.offset
    expect(await offsetOf('earliest')).toBe(0n)
    expect(await offsetOf('latest')).toBe(3n)
    expect(await offsetOf('max-timestamp')).toBe(1n)
    expect(await offsetOf({ timestamp: 1_500 })).toBe(1n)
    expect(await offsetOf({ timestamp: 9_000 })).toBe(-1n)
    const both = await admin.listOffsets([place, { topic: 'orders', partition: 1 }], {
      isolationLevel: 'read_committed',
    })
    expect([...both].map(([key, { offset }]) => [key, offset])).toEqual([
      ['orders-0', 3n],
      ['orders-1', 0n],
    ])
    const deleted = await admin.deleteRecords([
      { ...place, beforeOffset: 2n },
      { topic: 'orders', partition: 1, beforeOffset: 'latest' },
    ])
    expect(deleted.get('orders-0')?.lowWatermark).toBe(2n)
    expect(await offsetOf('earliest')).toBe(2n)
  })

  test('of what does not exist fail soon', async () => {
    const { admin } = await start({ orders: 1 })
    const partitions = [
      { topic: 'orders', partition: 7 },
      { topic: 'none', partition: 0 },
      { topic: 'orders', partition: 0 },
    ]
    const listed = await admin.listOffsets(partitions, { partial: true })
    expect([...listed.keys()]).toEqual(['orders-0'])
    expect([...listed.failures].map(([key, { code }]) => [key, code]).sort()).toEqual([
      ['none-0', 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['orders-7', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ])
  })

  test('are asked again of a new leader', async () => {
    const { broker, admin } = await start({ orders: 1 })
    broker.fault({ api: 'ListOffsets', times: 2 }).error('NOT_LEADER_OR_FOLLOWER')
    broker.fault({ api: 'ListOffsets' }).close()
    expect((await admin.listOffsets([{ topic: 'orders', partition: 0 }])).get('orders-0')?.offset).toBe(0n)
  })
})

describe('configs', () => {
  test('are described and altered, of topics, brokers and groups', async () => {
    const { admin } = await start({ orders: 1 })
    const orders = { type: 'topic', name: 'orders' } as const
    await admin.incrementalAlterConfigs([
      { ...orders, configs: { 'retention.ms': 5_000, 'cleanup.policy': { append: 'compact' } } },
    ])
    const described = await admin.describeConfigs(
      [
        { ...orders, configs: ['retention.ms', 'cleanup.policy'] },
        { type: 'broker', name: '1', configs: ['num.partitions'] },
      ],
      { includeSynonyms: true, includeDocumentation: true },
    )
    const found = described.get('topic:orders')!
    expect(Object.fromEntries(found.map(({ name, value, source }) => [name, [value, source]]))).toEqual({
      'retention.ms': ['5000', 'dynamic-topic'],
      'cleanup.policy': ['delete,compact', 'dynamic-topic'],
    })
    expect(found[0]).toMatchObject({
      isReadOnly: false,
      isSensitive: false,
      documentation: expect.any(String) as string,
    })
    expect(found.find(({ name }) => name === 'retention.ms')?.synonyms[0]).toMatchObject({ source: 'dynamic-topic' })
    expect(described.get('broker:1')).toMatchObject([{ name: 'num.partitions', value: '1', type: 'int' }])
    await admin.incrementalAlterConfigs([
      { ...orders, configs: { 'retention.ms': null, 'cleanup.policy': { subtract: 'delete' } } },
    ])
    const after = (await admin.describeConfigs([{ ...orders, configs: ['retention.ms', 'cleanup.policy'] }])).get(
      'topic:orders',
    )!
    expect(Object.fromEntries(after.map(({ name, value, source }) => [name, [value, source]]))).toMatchObject({
      'retention.ms': ['604800000', 'default'],
      'cleanup.policy': ['compact', 'dynamic-topic'],
    })
    const error = await failure(admin.incrementalAlterConfigs([{ ...orders, configs: { 'retention.ms': 'soon' } }]))
    expect(error.failures.get('topic:orders')?.code).toBe('INVALID_CONFIG')
  })
})

test('the cluster has an id, a controller and nodes', async () => {
  const { broker, admin } = await start()
  const { clusterId, controllerId, nodes } = await admin.describeCluster()
  expect([typeof clusterId, controllerId, nodes]).toEqual([
    'string',
    1,
    [{ nodeId: 1, host: '127.0.0.1', port: broker.port, rack: null }],
  ])
})

describe('groups', () => {
  async function withGroups() {
    const { broker, admin } = await start({ orders: 2 })
    const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers, clientId: 'member' })
    open.push(kafka)
    const members = (['classic', 'consumer'] as const).map((groupProtocol) => {
      const consumer = kafka.consumer({
        groupId: `of-${groupProtocol}`,
        groupProtocol,
        heartbeat: 'inline',
        groupInstanceId: 'i',
      })
      consumer.subscribe(['orders'])
      const controller = new AbortController()
      void consumer.poll({ timeoutMs: 60_000, signal: controller.signal }).catch(() => {})
      return { consumer, controller }
    })
    for (const protocol of ['classic', 'consumer']) await broker.group(`of-${protocol}`).untilStable()
    return { broker, admin, members }
  }

  test('of both protocols are described by the API that knows them', async () => {
    const { admin, members } = await withGroups()
    const described = await admin.describeGroups(['of-classic', 'of-consumer', 'of-nobody'], { partial: true })
    const orders = [0, 1].map((partition) => ({ topic: 'orders', partition }))
    expect(described.get('of-classic')).toMatchObject({
      type: 'classic',
      state: 'Stable',
      assignor: 'range',
      coordinator: { nodeId: 1 },
      members: [
        {
          clientId: 'member',
          groupInstanceId: 'i',
          subscribedTopics: ['orders'],
          assignment: orders,
          memberEpoch: undefined,
          memberType: 'classic',
        },
      ],
    })
    expect(described.get('of-consumer')).toMatchObject({
      type: 'consumer',
      state: 'Stable',
      assignor: 'uniform',
      members: [{ clientId: 'member', subscribedTopics: ['orders'], assignment: orders, targetAssignment: orders }],
    })
    expect(described.failures.get('of-nobody')?.code).toBe('GROUP_ID_NOT_FOUND')
    const listed = await admin.listGroups()
    expect(listed.map(({ groupId, type, state }) => [groupId, type, state]).sort()).toEqual([
      ['of-classic', 'classic', 'Stable'],
      ['of-consumer', 'consumer', 'Stable'],
    ])
    expect((await admin.listGroups({ types: ['consumer'] })).map(({ groupId }) => groupId)).toEqual(['of-consumer'])
    expect(await admin.listGroups({ states: ['Empty'] })).toEqual([])
    for (const { controller } of members) controller.abort('over')
  })

  test('lose the members that are removed', async () => {
    const { broker, admin, members } = await withGroups()
    for (const { controller } of members) controller.abort('over')
    const removed = await admin.removeMembers('of-classic', [{ groupInstanceId: 'i' }], { reason: 'a test' })
    expect([...removed.keys()]).toEqual(['i'])
    const error = await failure(admin.removeMembers('of-classic', [{ memberId: 'nobody' }]))
    expect(error.failures.get('nobody')?.code).toBe('UNKNOWN_MEMBER_ID')
    expect(broker.group('of-consumer').members()).toHaveLength(1)
  })

  test('without members have their offsets altered, listed and deleted', async () => {
    const { admin } = await start({ orders: 2, other: 1 })
    await admin.alterGroupOffsets('billing', [
      { topic: 'orders', partition: 0, offset: 5n, metadata: 'five' },
      { topic: 'other', partition: 0, offset: 7n },
    ])
    await admin.alterGroupOffsets('audit', [{ topic: 'orders', partition: 1, offset: 1n }])
    const listed = await admin.listGroupOffsets([
      'billing',
      { groupId: 'audit', partitions: [{ topic: 'orders', partition: 0 }] },
      'none',
    ])
    expect(listed.get('billing')).toMatchObject([
      { topic: 'orders', partition: 0, offset: 5n, metadata: 'five', error: undefined },
      { topic: 'other', partition: 0, offset: 7n },
    ])
    expect(listed.get('audit')).toMatchObject([{ topic: 'orders', partition: 0, offset: -1n }])
    expect(listed.get('none')).toEqual([])
    await admin.deleteGroupOffsets('billing', [{ topic: 'other', partition: 0 }])
    expect((await admin.listGroupOffsets(['billing'])).get('billing')).toHaveLength(1)
    const error = await failure(admin.alterGroupOffsets('billing', [{ topic: 'none', partition: 0, offset: 1n }]))
    expect(error.failures.get('none-0')?.code).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    await admin.deleteGroups(['billing', 'audit'])
    expect(await admin.listGroups()).toEqual([])
    expect((await failure(admin.deleteGroups(['billing']))).code).toBe('GROUP_ID_NOT_FOUND')
  })

  test('with members keep their offsets', async () => {
    const { admin, members } = await withGroups()
    const error = await failure(admin.alterGroupOffsets('of-classic', [{ topic: 'orders', partition: 0, offset: 1n }]))
    expect(error.code).toBe('UNKNOWN_MEMBER_ID')
    expect((await failure(admin.deleteGroups(['of-consumer']))).code).toBe('NON_EMPTY_GROUP')
    for (const { controller } of members) controller.abort('over')
  })

  test('many of them are asked for by one request, and again when their coordinator has moved', async () => {
    const { broker, admin } = await start({ orders: 1 })
    const groups = Array.from({ length: 20 }, (_, i) => `g${i}`)
    for (const group of groups) await admin.alterGroupOffsets(group, [{ topic: 'orders', partition: 0, offset: 1n }])
    const asked: number[] = []
    const where = ({ groups: inRequest }: { readonly groups: readonly unknown[] }): boolean =>
      asked.push(inRequest.length) < 0
    broker.fault({ api: 'OffsetFetch', times: 1_000, where: where as never }).stall()
    broker.fault({ api: 'OffsetFetch' }).error('NOT_COORDINATOR')
    const listed = await admin.listGroupOffsets(groups)
    expect([...listed.values()].every(([offset]) => offset?.offset === 1n)).toBe(true)
    expect(asked).toEqual([20, 20])
  })
})

test('an old broker is asked in its words', async () => {
  const ranges = { [apis.OffsetFetch.key]: [1, 5], [apis.FindCoordinator.key]: [0, 2] } as const
  await using server = await ScriptedServer.start(
    afterHandshake(({ apiKey, body }, { address }) => {
      if (apiKey === apis.Metadata.key) return oneNode(address)
      if (apiKey === apis.FindCoordinator.key) return { errorCode: 0, errorMessage: null, nodeId: 1, ...address }
      const { groupId } = body as { groupId: string }
      const partitions = [{ partitionIndex: 0, committedOffset: BigInt(groupId.length), metadata: '', errorCode: 0 }]
      return { topics: [{ name: 'orders', partitions }], errorCode: 0 }
    }, ranges),
  )
  const listed = await adminOf(`127.0.0.1:${server.port}`).listGroupOffsets(['a', 'bb'])
  expect([...listed].map(([group, [offset]]) => [group, offset?.offset])).toEqual([
    ['a', 1n],
    ['bb', 2n],
  ])
})

test('offsets that a transaction is about to commit are waited for where that is asked for', async () => {
  const answers = [ErrorCode.UNSTABLE_OFFSET_COMMIT, ErrorCode.UNSTABLE_OFFSET_COMMIT, 0]
  const ranges = { [apis.OffsetFetch.key]: [7, 7], [apis.FindCoordinator.key]: [2, 2] } as const
  await using server = await ScriptedServer.start(
    afterHandshake(({ apiKey }, { address }) => {
      if (apiKey === apis.Metadata.key) return oneNode(address)
      if (apiKey === apis.FindCoordinator.key) return { errorCode: 0, errorMessage: null, nodeId: 1, ...address }
      const [errorCode = 0] = answers.splice(0, 1)
      const partitions = [{ partitionIndex: 0, committedOffset: errorCode === 0 ? 7n : -1n, metadata: '', errorCode }]
      return { topics: [{ name: 'orders', partitions }], errorCode: 0 }
    }, ranges),
  )
  const admin = adminOf(`127.0.0.1:${server.port}`)
  const [unstable] = (await admin.listGroupOffsets(['g'])).get('g')!
  expect(unstable).toMatchObject({ offset: -1n, error: { code: 'UNSTABLE_OFFSET_COMMIT' } })
  const [stable] = (await admin.listGroupOffsets(['g'], { requireStable: true })).get('g')!
  expect(stable).toMatchObject({ offset: 7n, error: undefined })
})

test('records are looked at again when a broker that throttles has given none', async () => {
  const leader = { errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] }
  let fetches = 0
  await using server = await ScriptedServer.start(
    afterHandshake(({ apiKey }, { address }) => {
      if (apiKey === apis.Metadata.key)
        return oneNode(address, [{ name: 'orders', errorCode: 0, partitions: [leader] }])
      fetches++
      const place = {
        highWatermark: 0n,
        lastStableOffset: 0n,
        logStartOffset: 0n,
        abortedTransactions: null,
        records: null,
      }
      const partitions = [{ partitionIndex: 0, errorCode: 0, ...place }]
      return { throttleTimeMs: 0, errorCode: 0, responses: fetches === 1 ? [] : [{ topic: 'orders', partitions }] }
    }),
  )
  const peeked = await adminOf(`127.0.0.1:${server.port}`).peekRecords([{ topic: 'orders', partition: 0, offset: 0n }])
  expect(peeked.get('orders-0@0')).toMatchObject({ records: 0, seenTo: 0n })
  expect(fetches).toBe(2)
})

test('a wait for the coordinator ends with the signal, and with the time of the call', async () => {
  const { broker, admin } = await start()
  broker.fault({ api: 'FindCoordinator', times: 10 }).stall()
  const controller = new AbortController()
  const described = admin.describeGroups(['g'], { signal: controller.signal })
  controller.abort(new Error('no more'))
  await expect(described).rejects.toThrow('no more')
  const error = await failure(admin.listGroupOffsets(['g'], { timeoutMs: 50 }))
  expect([...error.failures].map(([group, { code }]) => [group, code])).toEqual([['g', 'TIMEOUT']])
})

test('a closed admin client refuses calls', async () => {
  const { admin } = await start()
  await admin.close()
  await expect(admin.listTopics()).rejects.toMatchObject({ code: 'CLOSED' })
})
