import { afterEach, describe, expect, test } from 'vitest'
import { type ClusterSettings, defaultClusterSettings } from '../../../src/client/cluster/cluster-settings.ts'
import type { MetadataImage } from '../../../src/client/cluster/metadata-image.ts'
import { NetworkCluster } from '../../../src/client/cluster/network-cluster.ts'
import { withRetries } from '../../../src/client/cluster/retries.ts'
import { holdingSystemClock, silentLogger } from '../../../src/platform/index.ts'
import { startBroker } from '../../../src/testing/index.ts'
import { ApiKey, apis, ErrorCode } from '../../../src/wire/index.ts'
import { afterHandshake, oneNode, ScriptedServer, type SeenRequest } from '../support/scripted-server.ts'

const open: NetworkCluster[] = []
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close()
})

function clusterOf(ports: readonly number[], settings: Partial<ClusterSettings> = {}): NetworkCluster {
  const cluster = new NetworkCluster({
    settings: {
      ...defaultClusterSettings,
      clientId: 'test',
      retryBackoff: { initialMs: 5, maxMs: 20 },
      reconnectBackoff: { initialMs: 5, maxMs: 20 },
      bootstrapServers: ports.map((port) => ({ host: '127.0.0.1', port })),
      ...settings,
    },
    clock: holdingSystemClock,
    logger: silentLogger,
  })
  open.push(cluster)
  return cluster
}

async function freePort(): Promise<number> {
  const server = await ScriptedServer.start(() => undefined)
  const { port } = server
  await server.close()
  return port
}

function topicAnswer(name: string, leaderId: number, leaderEpoch = 0, topicId = 'AAAAAAAAAAAAAAAAAAAAAQ') {
  const partitions = [{ errorCode: 0, partitionIndex: 0, leaderId, leaderEpoch, replicaNodes: [1], isrNodes: [1] }]
  return { errorCode: 0, name, topicId, partitions }
}

describe('metadata', () => {
  test('is there when a watch is ready, topics that do not exist with their error', async () => {
    await using broker = await startBroker({
      topics: { orders: 3 },
      properties: { 'auto.create.topics.enable': 'false' },
    })
    const cluster = clusterOf([broker.port])
    const watch = cluster.watchTopics(['orders', 'nothing'])
    const image = await watch.ready()
    expect(image.topics.get('orders')?.partitions.map(({ leaderId }) => leaderId)).toEqual([1, 1, 1])
    expect(image.errors.get('nothing')).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(image).toBe(cluster.metadata)
    expect([...image.nodes.values()]).toMatchObject([{ nodeId: 1, port: broker.port }])
  })

  test('of all topics names those that come later', async () => {
    await using broker = await startBroker({ topics: { orders: 1 } })
    const cluster = clusterOf([broker.port])
    await cluster.watchTopics('all').ready()
    await broker.createTopics({ later: 2 })
    const image = await cluster.refresh('test')
    expect([...image.topics.keys()].filter((name) => !name.startsWith('__')).sort()).toEqual(['later', 'orders'])
  })

  test('creates a topic only for who allows it', async () => {
    await using broker = await startBroker()
    const cluster = clusterOf([broker.port])
    await cluster.watchTopics(['never']).ready()
    const image = await cluster.watchTopics(['wanted'], { allowAutoTopicCreation: true }).ready()
    expect(image.errors.get('never')).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    await until(cluster, ({ topics }) => topics.has('wanted'))
  })

  test('is asked for again until each partition has a leader', async () => {
    let asked = 0
    await using server = await ScriptedServer.start(
      afterHandshake((_, { address }) => oneNode(address, [topicAnswer('orders', ++asked < 4 ? -1 : 1, asked)])),
    )
    const cluster = clusterOf([server.port])
    const image = await cluster.watchTopics(['orders']).ready()
    expect(image.topics.get('orders')?.partitions[0]?.leaderId).toBe(-1)
    await until(cluster, ({ topics }) => topics.get('orders')?.partitions[0]?.leaderId === 1)
    expect(asked).toBe(4)
  })

  test('many who ask at the same time share one request', async () => {
    await using server = await ScriptedServer.start(afterHandshake((_, { address }) => oneNode(address)))
    const cluster = clusterOf([server.port])
    await Promise.all(Array.from({ length: 10 }, () => cluster.refresh('test')))
    expect(server.requests.filter(({ apiKey }) => apiKey === ApiKey.Metadata)).toHaveLength(1)
  })

  test('knows a leader that an answer has named, and keeps it against older metadata (KIP-951)', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake((_, { address }) => oneNode(address, [topicAnswer('orders', 1, 3)])),
    )
    const cluster = clusterOf([server.port])
    await cluster.watchTopics(['orders']).ready()
    const seen: number[] = []
    cluster.onMetadata(({ topics }) => seen.push(topics.get('orders')!.partitions[0]!.leaderId))
    cluster.learnLeader('orders', 0, { nodeId: 2, leaderEpoch: 4 }, [{ nodeId: 2, host: 'h2', port: 1, rack: null }])
    cluster.learnLeader('orders', 0, { nodeId: 7, leaderEpoch: 2 })
    await cluster.refresh('test')
    expect(seen).toEqual([2, 2])
  })

  test('is refreshed when it is old', async () => {
    await using server = await ScriptedServer.start(afterHandshake((_, { address }) => oneNode(address)))
    const cluster = clusterOf([server.port], { metadataMaxAgeMs: 10 })
    await cluster.refresh('test')
    await until(cluster, ({ version }) => version === 4)
  })
})

describe('bootstrap', () => {
  test('takes the first address that answers, and says of all why not', async () => {
    await using broker = await startBroker()
    const cluster = clusterOf([await freePort(), broker.port, await freePort()])
    expect((await cluster.refresh('test')).nodes.size).toBe(1)
    const nobody = clusterOf([await freePort()])
    await expect(nobody.call('any', apis.Metadata, { topics: [] })).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      kind: 'retriable',
      message: expect.stringContaining('refuses connections') as string,
    })
  })

  test('waits for a broker that starts later', async () => {
    const port = await freePort()
    const cluster = clusterOf([port])
    const image = cluster.refresh('test')
    await new Promise((resolve) => setImmediate(resolve))
    await using _broker = await startBroker({ port })
    expect((await image).nodes.size).toBe(1)
  })

  test('ends a wait at its time, or by a signal with its reason', async () => {
    const cluster = clusterOf([await freePort()])
    await expect(cluster.refresh('test', { timeoutMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    const controller = new AbortController()
    const watch = cluster.watchTopics(['orders']).ready({ signal: controller.signal })
    controller.abort('stop')
    await expect(watch).rejects.toBe('stop')
  })

  test('is asked again when no known node can be reached (KIP-899)', async () => {
    await using first = await ScriptedServer.start(
      afterHandshake((_, self) => oneNode(self.address, [topicAnswer('t', 1, 9)])),
    )
    await using second = await ScriptedServer.start(
      afterHandshake((_, self) => oneNode(self.address, [topicAnswer('t', 1, 2)])),
    )
    await using door = await ScriptedServer.start(
      afterHandshake(() => oneNode(first.address, [topicAnswer('t', 1, 9)])),
    )
    const cluster = clusterOf([door.port])
    await cluster.watchTopics(['t']).ready()
    await cluster.call({ nodeId: 1 }, apis.Metadata, { topics: [] })
    door.script = afterHandshake(() => oneNode(second.address, [topicAnswer('t', 1, 2)]))
    await first.close()
    await until(cluster, ({ nodes }) => nodes.get(1)?.port === second.port)
    // What was known before is not held against it: the cluster may be another.
    expect(cluster.metadata.topics.get('t')?.partitions[0]?.leaderEpoch).toBe(2)
  })

  test('is asked again when the broker says so (KIP-1102)', async () => {
    let asked = 0
    await using node = await ScriptedServer.start(
      afterHandshake((_, self) =>
        ++asked === 1 ? { ...oneNode(self.address), errorCode: ErrorCode.REBOOTSTRAP_REQUIRED } : oneNode(self.address),
      ),
    )
    await using door = await ScriptedServer.start(afterHandshake(() => oneNode(node.address)))
    const cluster = clusterOf([door.port])
    await cluster.refresh('first')
    await cluster.refresh('second')
    const count = ({ requests }: ScriptedServer) => requests.filter(({ apiKey }) => apiKey === ApiKey.Metadata).length
    expect([count(door), count(node)]).toEqual([2, 1])
  })

  test('is asked again when nodes take connections and give no metadata for long (KIP-1102)', async () => {
    await using node = await ScriptedServer.start(afterHandshake(() => undefined))
    await using door = await ScriptedServer.start(afterHandshake(() => oneNode(node.address)))
    const cluster = clusterOf([door.port], { requestTimeoutMs: 20, rebootstrapTriggerMs: 30 })
    await cluster.refresh('first')
    await using next = await ScriptedServer.start(afterHandshake((_, self) => oneNode(self.address)))
    door.script = afterHandshake(() => oneNode(next.address))
    const image = await cluster.refresh('second')
    expect(image.nodes.get(1)?.port).toBe(next.port)
  })

  test('stops at once where credentials are refused', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(({ apiKey }) =>
        apiKey === ApiKey.SaslHandshake
          ? { errorCode: 0, mechanisms: ['PLAIN'] }
          : {
              errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED,
              errorMessage: 'no such user',
              authBytes: Buffer.alloc(0),
            },
      ),
    )
    const cluster = clusterOf([server.port], { sasl: { mechanism: 'PLAIN', username: 'ann', password: 'secret' } })
    await expect(cluster.watchTopics(['orders']).ready()).rejects.toMatchObject({
      code: 'SASL_AUTHENTICATION_FAILED',
      kind: 'unauthorized',
      message: expect.stringContaining('no such user') as string,
    })
  })
})

describe('a call', () => {
  test('reaches its node, in the highest version that both sides have and the options allow', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(
        ({ apiKey, version }, self) =>
          apiKey === ApiKey.Metadata ? oneNode(self.address) : { errorCode: 0, groups: [], throttleTimeMs: 0, version },
        { [ApiKey.ListGroups]: [1, 3] },
      ),
    )
    const cluster = clusterOf([server.port])
    const list = (options: object) => cluster.call({ nodeId: 1 }, apis.ListGroups, {}, options)
    expect((await list({})).version).toBe(3)
    expect((await list({ maxVersion: 2 })).version).toBe(2)
    await expect(list({ minVersion: 4 })).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION', kind: 'invalid' })
    expect(await cluster.versionOf({ nodeId: 1 }, apis.ListGroups)).toBe(3)
    expect(await cluster.versionOf('any', apis.ListGroups, { minVersion: 4 })).toBeUndefined()
  })

  test('leaves in its order, also those that wait for the connection', async () => {
    await using server = await ScriptedServer.start(afterHandshake((_, self) => oneNode(self.address)))
    const cluster = clusterOf([server.port])
    await cluster.refresh('test')
    const names = ['a', 'b', 'c', 'd']
    await Promise.all(
      names.map((name) => cluster.call({ nodeId: 1 }, apis.Metadata, { topics: [{ name }] }, { purpose: 'group' })),
    )
    const asked = server.requests.flatMap(({ body }) => (body as { topics?: { name: string }[] }).topics ?? [])
    expect(asked.map(({ name }) => name)).toEqual(names)
  })

  test('of one purpose does not wait for another', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(({ apiKey }, self) => (apiKey === ApiKey.Fetch ? undefined : oneNode(self.address))),
    )
    const cluster = clusterOf([server.port])
    await cluster.refresh('test')
    const fetch = { maxWaitMs: 500, minBytes: 1, topics: [], forgottenTopicsData: [] }
    const controller = new AbortController()
    const options = { purpose: 'fetch', maxVersion: 11, signal: controller.signal } as const
    const fetching = cluster.call({ nodeId: 1 }, apis.Fetch, fetch, options)
    await cluster.call({ nodeId: 1 }, apis.Metadata, { topics: [] })
    controller.abort('over')
    await expect(fetching).rejects.toBe('over')
    expect(server.connections).toBe(2)
  })

  test('goes over the connection to a bootstrap address, where that is the node’s own', async () => {
    await using server = await ScriptedServer.start(afterHandshake((_, self) => oneNode(self.address)))
    const cluster = clusterOf([server.port])
    await cluster.refresh('test')
    await cluster.call({ nodeId: 1 }, apis.Metadata, { topics: [] })
    expect([server.connections, cluster.lanes.stats()]).toMatchObject([1, [{ nodeId: 1, purpose: 'default' }]])
    const before = cluster.metadata.version
    server.dropConnections()
    await until(cluster, ({ version }) => version > before) // that node is lost: who leads now is asked at once
  })

  test('finds the coordinators of many groups by one request (KIP-699), and a new one when the old is lost', async () => {
    const coordinate = (request: SeenRequest, self: ScriptedServer): unknown => {
      if (request.apiKey === ApiKey.Metadata) return oneNode(self.address)
      if (request.apiKey === ApiKey.Heartbeat) return { errorCode: 0 }
      const { coordinatorKeys } = request.body as { coordinatorKeys: string[] }
      return {
        coordinators: coordinatorKeys.map((key) => ({
          key,
          nodeId: 1,
          ...self.address,
          errorCode: 0,
          errorMessage: null,
        })),
      }
    }
    await using server = await ScriptedServer.start(afterHandshake(coordinate))
    const cluster = clusterOf([server.port])
    const beat = (key: string) =>
      cluster.call({ coordinator: 'group', key }, apis.Heartbeat, { groupId: key, generationId: 1, memberId: 'm' })
    await Promise.all(['a', 'b', 'c'].map(beat))
    const finds = () => server.requests.filter(({ apiKey }) => apiKey === ApiKey.FindCoordinator)
    expect(finds().map(({ body }) => (body as { coordinatorKeys: string[] }).coordinatorKeys)).toEqual([
      ['a', 'b', 'c'],
    ])
    await beat('a')
    expect(finds()).toHaveLength(1)
    cluster.forgetCoordinator('group', 'a')
    await beat('a')
    expect(finds()).toHaveLength(2)
    // A connection that is lost makes its coordinator unknown.
    server.script = afterHandshake((request, self) =>
      request.apiKey === ApiKey.Heartbeat ? void request.socket.destroy() : coordinate(request, self),
    )
    await expect(beat('a')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    server.script = afterHandshake(coordinate)
    await beat('a')
    expect(finds()).toHaveLength(3)
  })

  test('finds coordinators one by one where the broker is old', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(
        ({ apiKey }, self) =>
          apiKey === ApiKey.Metadata
            ? oneNode(self.address)
            : { errorCode: 0, errorMessage: null, nodeId: 1, ...self.address },
        { [ApiKey.FindCoordinator]: [0, 2] },
      ),
    )
    const cluster = clusterOf([server.port])
    const found = await Promise.all(['a', 'b', 'c'].map((key) => cluster.coordinator('group', key)))
    expect(found.map(({ nodeId }) => nodeId)).toEqual([1, 1, 1])
    const keys = server.requests.flatMap(({ body }) => (body as { key?: string }).key ?? [])
    expect(keys).toEqual(['a', 'b', 'c'])
  })

  test('rejects with what may pass when there is no coordinator yet', async () => {
    await using broker = await startBroker()
    broker.fault({ api: 'FindCoordinator' }).error('COORDINATOR_NOT_AVAILABLE')
    const cluster = clusterOf([broker.port])
    await expect(cluster.coordinator('group', 'g')).rejects.toMatchObject({
      code: 'COORDINATOR_NOT_AVAILABLE',
      kind: 'retriable',
    })
    expect(await cluster.coordinator('group', 'g')).toMatchObject({ nodeId: 1 })
  })

  test('follows a node to its new address', async () => {
    await using first = await ScriptedServer.start(afterHandshake((_, self) => oneNode(self.address)))
    await using second = await ScriptedServer.start(afterHandshake((_, self) => oneNode(self.address)))
    const cluster = clusterOf([first.port])
    await cluster.refresh('test')
    await cluster.call({ nodeId: 1 }, apis.Metadata, { topics: [] })
    first.script = afterHandshake(() => oneNode(second.address))
    await cluster.refresh('moved')
    const before = second.requests.length
    await cluster.call({ nodeId: 1 }, apis.Metadata, { topics: [] })
    expect(second.requests.length).toBeGreaterThan(before)
  })

  test('that failed with its connection succeeds when it is tried again', async () => {
    await using server = await ScriptedServer.start(afterHandshake((_, self) => oneNode(self.address)))
    const cluster = clusterOf([server.port])
    await cluster.refresh('test')
    const policy = { what: 'asking', backoff: { initialMs: 5, maxMs: 20 }, timeoutMs: 10_000 }
    for (let i = 0; i < 5; i++) {
      await withRetries(cluster, policy, () => cluster.call({ nodeId: 1 }, apis.Metadata, { topics: [] }))
      server.dropConnections()
    }
    expect(server.connections).toBeGreaterThan(4)
  })

  test('of a closed client is refused, and what waits is rejected', async () => {
    await using server = await ScriptedServer.start(
      afterHandshake(({ apiKey }, self) => (apiKey === ApiKey.Metadata ? oneNode(self.address) : undefined)),
    )
    const cluster = clusterOf([server.port])
    await cluster.refresh('test')
    const waiting = cluster.call({ nodeId: 1 }, apis.ListGroups, {})
    const rejected = expect(waiting).rejects.toMatchObject({ code: 'CLOSED', kind: 'closed' })
    await server.until(() => server.requests.some(({ apiKey }) => apiKey === ApiKey.ListGroups))
    const image = cluster.refresh('never')
    await cluster.close()
    await rejected
    await expect(image).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(cluster.call('any', apis.ListGroups, {})).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(cluster.coordinator('group', 'g')).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('closes connections that nobody has used for long', async () => {
    await using server = await ScriptedServer.start(afterHandshake((_, self) => oneNode(self.address)))
    const cluster = clusterOf([server.port], { connectionsMaxIdleMs: 20 })
    await cluster.refresh('test')
    await cluster.call({ nodeId: 1 }, apis.Metadata, { topics: [] })
    while (cluster.lanes.connectionCount > 0) await new Promise((resolve) => setImmediate(resolve))
    expect((await cluster.call({ nodeId: 1 }, apis.Metadata, { topics: [] })).nodeId).toBe(1)
  })
})

function until(cluster: NetworkCluster, check: (image: MetadataImage) => boolean): Promise<void> {
  if (check(cluster.metadata)) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = cluster.onMetadata((image) => {
      if (!check(image)) return
      stop()
      resolve()
    })
  })
}
