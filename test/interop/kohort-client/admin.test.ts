import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Admin, Kafka, KafkaItemsError } from '../../../src/client/index.ts'
import { type Broker, isFullRun, requireTool, startBroker, target } from '../support/index.ts'
import { shortSessions } from '../support/suite.ts'

/** Every call of the admin client, with the same outcomes on both. */
describe.each(
  isFullRun && requireTool('java', 'mvn') ? (['kohort', 'kafka'] as const) : [target()],
)('the admin client on %s', (kind) => {
  let broker: Broker
  let kafka: Kafka
  let admin: Admin

  beforeAll(async () => {
    const set = { ...shortSessions, 'auto.create.topics.enable': 'false', 'group.initial.rebalance.delay.ms': '0' }
    broker = await startBroker({ target: kind, set })
    kafka = new Kafka({ bootstrapServers: broker.bootstrap, clientId: 'admin' })
    admin = kafka.admin()
  }, 300_000)
  afterAll(async () => {
    await kafka?.close()
    await broker?.stop()
  })

  const fresh = (what: string): string => `${what}-${randomUUID()}`
  const failure = (promise: Promise<unknown>): Promise<KafkaItemsError<string>> =>
    promise.then(
      () => Promise.reject(new Error('it did not fail')),
      (error: unknown) => error as KafkaItemsError<string>,
    )

  async function topic(partitions = 1): Promise<string> {
    const name = fresh('topic')
    await admin.createTopics([{ name, partitions }])
    return name
  }

  test('describeCluster', async () => {
    const cluster = await admin.describeCluster()
    expect(cluster).toMatchObject({
      clusterId: expect.stringMatching(/^.{22}$/) as string,
      controllerId: 1,
      nodes: [{ nodeId: 1, host: '127.0.0.1', port: broker.port, rack: null }],
    })
  })

  test('createTopics, describeTopics, listTopics, createPartitions, deleteTopics', async () => {
    const [orders, plain] = [fresh('orders'), fresh('plain')]
    const checked = await admin.createTopics([plain], { validateOnly: true })
    expect(checked.has(plain)).toBe(true)
    const created = await admin.createTopics([
      plain,
      { name: orders, partitions: 3, replicationFactor: 1, configs: { 'retention.ms': '100000' } },
    ])
    expect(created.get(orders)).toMatchObject({ name: orders, partitions: 3, replicationFactor: 1 })
    expect(created.get(plain)).toMatchObject({ partitions: 1, replicationFactor: 1 })
    await admin.createPartitions([{ topic: orders, totalCount: 5 }])
    await expect
      .poll(async () => (await admin.describeTopics([orders])).get(orders)?.partitions.length, { timeout: 10_000 })
      .toBe(5)
    const described = (await admin.describeTopics([orders])).get(orders)!
    expect(described).toMatchObject({ name: orders, isInternal: false, topicId: created.get(orders)!.topicId })
    expect(described.partitions[4]).toMatchObject({ partition: 4, leaderId: 1, replicas: [1], isr: [1] })
    const listed = new Map((await admin.listTopics()).map((one) => [one.name, one.partitions]))
    expect([listed.get(orders), listed.get(plain)]).toEqual([5, 1])

    const refused = await failure(admin.createTopics([orders, 'not good!', { name: fresh('x'), partitions: -5 }]))
    expect(refused).toBeInstanceOf(KafkaItemsError)
    expect([...refused.failures.values()].map(({ code }) => code)).toEqual([
      'TOPIC_ALREADY_EXISTS',
      'INVALID_TOPIC_EXCEPTION',
      'INVALID_PARTITIONS',
    ])
    expect((await failure(admin.createPartitions([{ topic: orders, totalCount: 2 }]))).code).toBe('INVALID_PARTITIONS')
    await admin.deleteTopics([orders, plain])
    await expect
      .poll(async () => (await admin.listTopics()).filter(({ name }) => name === orders || name === plain))
      .toEqual([])
    expect((await failure(admin.deleteTopics([orders]))).code).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect((await failure(admin.describeTopics([orders]))).code).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('listOffsets and deleteRecords', async () => {
    const name = await topic(2)
    await using producer = kafka.producer()
    for (const [value, timestamp] of [['a', 1_000] as const, ['b', 3_000] as const, ['c', 2_000] as const]) {
      await producer.send({ topic: name, partition: 0, value, timestamp })
    }
    const place = { topic: name, partition: 0 }
    const specs = ['earliest', 'latest', 'max-timestamp', { timestamp: 1_500 }, { timestamp: 9_000 }] as const
    const offsets = []
    for (const spec of specs) offsets.push((await admin.listOffsets([{ ...place, spec }])).get(`${name}-0`)?.offset)
    expect(offsets).toEqual([0n, 3n, 1n, 1n, -1n])
    const deleted = await admin.deleteRecords([
      { ...place, beforeOffset: 2n },
      { topic: name, partition: 1, beforeOffset: 'latest' },
    ])
    expect([deleted.get(`${name}-0`)?.lowWatermark, deleted.get(`${name}-1`)?.lowWatermark]).toEqual([2n, 0n])
    expect((await admin.listOffsets([{ ...place, spec: 'earliest' }])).get(`${name}-0`)?.offset).toBe(2n)
    expect((await failure(admin.deleteRecords([{ ...place, beforeOffset: 9n }]))).code).toBe('OFFSET_OUT_OF_RANGE')
    const missing = { topic: fresh('none'), partition: 0 }
    expect((await failure(admin.listOffsets([missing]))).code).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('describeConfigs and incrementalAlterConfigs', async () => {
    const name = await topic()
    const resource = { type: 'topic', name } as const
    const values = async (): Promise<Record<string, unknown>> => {
      const configs = ['retention.ms', 'cleanup.policy']
      const entries = (await admin.describeConfigs([{ ...resource, configs }])).get(`topic:${name}`)!
      return Object.fromEntries(entries.map((entry) => [entry.name, [entry.value, entry.source]]))
    }
    await admin.incrementalAlterConfigs([
      { ...resource, configs: { 'retention.ms': 5_000, 'cleanup.policy': { append: 'compact' } } },
    ])
    await expect
      .poll(values, { timeout: 10_000 })
      .toEqual({ 'retention.ms': ['5000', 'dynamic-topic'], 'cleanup.policy': ['delete,compact', 'dynamic-topic'] })
    await admin.incrementalAlterConfigs([
      { ...resource, configs: { 'retention.ms': null, 'cleanup.policy': { subtract: 'delete' } } },
    ])
    await expect
      .poll(values, { timeout: 10_000 })
      .toMatchObject({ 'retention.ms': ['604800000', 'default'], 'cleanup.policy': ['compact', 'dynamic-topic'] })
    const bad = { ...resource, configs: { 'retention.ms': 'soon' } }
    expect((await failure(admin.incrementalAlterConfigs([bad], { validateOnly: true }))).code).toBe('INVALID_CONFIG')
    const asked = { type: 'broker', name: '1', configs: ['num.partitions'] } as const
    const ofBroker = await admin.describeConfigs([asked], { includeDocumentation: true, includeSynonyms: true })
    expect(ofBroker.get('broker:1')).toMatchObject([
      { name: 'num.partitions', value: '1', type: 'int', isSensitive: false, isReadOnly: true },
    ])
    expect(ofBroker.get('broker:1')![0]!.documentation).toContain('partitions')
    const group = { type: 'group', name: fresh('group') } as const
    await admin.incrementalAlterConfigs([{ ...group, configs: { 'consumer.session.timeout.ms': '5500' } }])
    await expect
      .poll(
        async () => {
          const configs = ['consumer.session.timeout.ms']
          return (await admin.describeConfigs([{ ...group, configs }])).get(`group:${group.name}`)?.[0]?.value
        },
        { timeout: 10_000 },
      )
      .toBe('5500')
  })

  test.each([
    'classic',
    'consumer',
  ] as const)('listGroups, describeGroups, removeMembers, and what members protect (%s)', async (groupProtocol) => {
    const name = await topic(2)
    const groupId = fresh(groupProtocol)
    const consumer = kafka.consumer({ groupId, groupProtocol, groupInstanceId: 'i', autoOffsetReset: 'earliest' })
    consumer.subscribe(name)
    const end = new AbortController()
    const polling = consumer.poll({ timeoutMs: 60_000, signal: end.signal }).catch(() => {})
    const both = [0, 1].map((partition) => ({ topic: name, partition }))
    const describedGroup = async () => (await admin.describeGroups([groupId], { partial: true })).get(groupId)
    // A coordinator that has not heard of the topic yet has a Stable group without partitions.
    const held = async () => (await describedGroup())?.members.flatMap(({ assignment }) => assignment)
    await expect.poll(held, { timeout: 30_000 }).toEqual(both)
    const described = (await describedGroup())!
    expect(described.state).toBe('Stable')
    const { clientId, groupInstanceId, subscribedTopics } = described.members[0]!
    expect([clientId, groupInstanceId, subscribedTopics]).toEqual(['admin', 'i', [name]])
    expect(described).toMatchObject({
      groupId,
      type: groupProtocol,
      protocolType: 'consumer',
      assignor: groupProtocol === 'classic' ? 'range' : 'uniform',
      coordinator: { nodeId: 1 },
    })
    const listed = await admin.listGroups({ types: [groupProtocol], states: ['Stable'] })
    expect(listed.find((one) => one.groupId === groupId)).toEqual({
      groupId,
      type: groupProtocol,
      state: 'Stable',
      protocolType: 'consumer',
    })
    const none = fresh('none')
    expect((await failure(admin.describeGroups([none]))).code).toBe('GROUP_ID_NOT_FOUND')

    const offset = { topic: name, partition: 0, offset: 1n }
    expect((await failure(admin.alterGroupOffsets(groupId, [offset]))).code).toBe('UNKNOWN_MEMBER_ID')
    await consumer.commit([offset])
    expect((await failure(admin.deleteGroupOffsets(groupId, [offset]))).code).toBe('GROUP_SUBSCRIBED_TO_TOPIC')
    expect((await failure(admin.deleteGroups([groupId]))).code).toBe('NON_EMPTY_GROUP')

    end.abort('over')
    await polling
    const removed = await admin.removeMembers(groupId, [{ groupInstanceId: 'i' }], { reason: 'a test' })
    expect([...removed.keys()]).toEqual(['i'])
    const error = await failure(admin.removeMembers(groupId, [{ memberId: 'nobody' }]))
    expect(error.failures.get('nobody')?.code).toBe('UNKNOWN_MEMBER_ID')
    await consumer.close({ timeoutMs: 5_000 }).catch(() => {})
  })

  test('alterGroupOffsets, listGroupOffsets, deleteGroupOffsets and deleteGroups', async () => {
    const [orders, other] = [await topic(2), await topic()]
    const [billing, audit, none] = [fresh('billing'), fresh('audit'), fresh('none')]
    await admin.alterGroupOffsets(billing, [
      { topic: orders, partition: 0, offset: 5n, metadata: 'five', leaderEpoch: 0 },
      { topic: other, partition: 0, offset: 7n },
    ])
    await admin.alterGroupOffsets(audit, [{ topic: orders, partition: 1, offset: 1n }])
    const listed = await admin.listGroupOffsets(
      [billing, { groupId: audit, partitions: [{ topic: orders, partition: 0 }] }, none],
      { requireStable: true },
    )
    const byTopic = listed.get(billing)!.toSorted((a, b) => Number(a.offset - b.offset))
    expect(byTopic).toMatchObject([
      { topic: orders, partition: 0, offset: 5n, metadata: 'five', leaderEpoch: 0, error: undefined },
      { topic: other, partition: 0, offset: 7n, metadata: '', leaderEpoch: -1 },
    ])
    expect(listed.get(audit)).toMatchObject([{ topic: orders, partition: 0, offset: -1n }])
    expect(listed.get(none)).toEqual([])
    await admin.deleteGroupOffsets(billing, [{ topic: other, partition: 0 }])
    expect((await admin.listGroupOffsets([billing])).get(billing)).toHaveLength(1)
    const missing = { topic: fresh('none'), partition: 0, offset: 1n }
    expect((await failure(admin.alterGroupOffsets(billing, [missing]))).code).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    await admin.deleteGroups([billing, audit])
    expect((await failure(admin.deleteGroups([billing]))).code).toBe('GROUP_ID_NOT_FOUND')
  })

  test('calls reject with CLOSED after close, and with the reason of their signal', async () => {
    const closed = kafka.admin()
    await closed.close()
    await expect(closed.listTopics()).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(admin.listTopics({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
  })
})
