import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { defaultClusterSettings, NetworkCluster } from '../../../src/client/cluster/index.ts'
import type { RequestEvent } from '../../../src/client/index.ts'
import { holdingSystemClock, silentLogger } from '../../../src/platform/index.ts'
import { apis } from '../../../src/wire/index.ts'
import { isFullRun, requireTool, waitUntil } from '../support/index.ts'
import { type KafkaCluster, startKafkaCluster } from '../support/kafka-cluster.ts'
import { Kafka, Load, Reading, string } from './load.ts'

type Client = InstanceType<typeof Kafka>

/** Three nodes of Apache Kafka 4.2: what a client of one node never meets. */
describe.skipIf(!isFullRun || !requireTool('java', 'mvn'))('on three nodes of Apache Kafka', () => {
  let cluster: KafkaCluster
  const requests: RequestEvent[] = []
  const listen = (event: unknown): void => void requests.push(event as RequestEvent)
  const open: Client[] = []

  beforeAll(async () => {
    cluster = await startKafkaCluster()
    await allInSync()
    subscribe('kohort:request', listen)
  }, 300_000)
  afterEach(async () => {
    await Promise.all(open.splice(0).map((kafka) => kafka.close()))
    requests.length = 0
  })
  afterAll(async () => {
    unsubscribe('kohort:request', listen)
    await cluster?.stop()
  })

  function client(clientId: string, config: object = {}): Client {
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrap, clientId, ...config })
    open.push(kafka)
    return kafka
  }

  const addressOf = (nodeId: number): string => cluster.nodes[nodeId - 1]!.bootstrap
  const asked = (clientId: string, api: string): readonly RequestEvent[] =>
    requests.filter((event) => event.clientId === clientId && event.api === api)

  /** Waits until every node is there and has every replica. */
  async function allInSync(): Promise<void> {
    await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap, clientId: 'watch' })
    const admin = kafka.admin()
    await waitUntil(
      'three nodes with all replicas in sync',
      async () => {
        const { nodes } = await admin.describeCluster()
        const names = (await admin.listTopics({ includeInternal: true })).map(({ name }) => name)
        const topics = await admin.describeTopics(names, { partial: true })
        const partitions = [...topics.values()].flatMap((topic) => topic.partitions)
        return nodes.length === 3 && partitions.every(({ isr, replicas }) => isr.length === replicas.length)
      },
      { deadlineMs: 120_000 },
    )
  }

  /** Makes a node the leader of partition 0, by making it the preferred one (KIP-455, KIP-460). */
  async function moveLeader(topic: string, nodeId: number): Promise<void> {
    const bootstrapServers = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
    const settings = { ...defaultClusterSettings, clientId: 'mover', bootstrapServers }
    const mover = new NetworkCluster({ settings, clock: holdingSystemClock, logger: silentLogger })
    const replicas = [nodeId, ...[1, 2, 3].filter((other) => other !== nodeId)]
    const moved = await mover.call('controller', apis.AlterPartitionReassignments, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, replicas }] }],
    })
    expect(moved.body.responses[0]!.partitions[0]!.errorCode).toBe(0)
    const elected = await mover.call('controller', apis.ElectLeaders, {
      electionType: 0,
      topicPartitions: [{ topic, partitions: [0] }],
    })
    expect(elected.body.replicaElectionResults[0]!.partitionResult[0]!.errorCode).toBe(0)
    await mover.close()
  }

  test('a consumer reads from the replica in its rack, from the leader while that is gone, and goes back (KIP-392)', async () => {
    const kafka = client('racks')
    await kafka.admin().createTopics([{ name: 'racks', assignments: [[1, 2, 3]] }])
    const consumer = kafka.consumer({ clientRack: 'rack-3', autoOffsetReset: 'earliest', value: string() })
    consumer.assign([{ topic: 'racks', partition: 0 }])
    const reading = new Reading(consumer, 1)
    const load = new Load(kafka.producer(), 'racks', 1)
    const readsFrom = (nodeId: number): Promise<unknown> => {
      const from = requests.length
      return waitUntil(
        `fetches from node ${nodeId}`,
        () => requests.slice(from).filter(({ api, node }) => api === 'Fetch' && node === addressOf(nodeId)).length >= 5,
        {
          details: () =>
            requests
              .slice(-20)
              .map(({ api, node }) => `${api} ${node}`)
              .join('\n'),
        },
      )
    }
    await readsFrom(3)
    await reading.more(50)
    const before = asked('racks', 'Fetch').length
    await reading.more(50)
    const since = asked('racks', 'Fetch').slice(before)
    expect(new Set(since.map(({ node }) => node))).toEqual(new Set([addressOf(3)]))
    await cluster.nodes[2]!.terminate()
    await readsFrom(1)
    await reading.more(50)
    await cluster.nodes[2]!.restart()
    await allInSync()
    await readsFrom(3)
    await cluster.nodes[2]!.kill9()
    await reading.more(50)
    await cluster.nodes[2]!.restart()
    await load.stop()
    await reading.until(load.counts)
    expect(reading.complaints).toEqual([])
    await allInSync()
  }, 300_000)

  test('a new leader is learned from the answer that refuses: no metadata is asked for (KIP-951)', async () => {
    const producing = client('producing')
    const consuming = client('consuming')
    await producing.admin().createTopics([{ name: 'moving', assignments: [[1, 2, 3]] }])
    const consumer = consuming.consumer({ autoOffsetReset: 'earliest', value: string() })
    consumer.assign([{ topic: 'moving', partition: 0 }])
    const reading = new Reading(consumer, 1)
    const load = new Load(producing.producer(), 'moving', 1)
    await reading.more(20)
    const quiet = { producing: 0, consuming: 0 }
    // A new leader that has not heard of its office refuses too, and then nobody knows better: so several times.
    for (const nodeId of [2, 3, 1, 2, 3, 1]) {
      const from = requests.length
      await moveLeader('moving', nodeId)
      for (const [clientId, api] of [['producing', 'Produce'] as const, ['consuming', 'Fetch'] as const]) {
        await waitUntil(
          `${api} to node ${nodeId}`,
          () =>
            requests
              .slice(from)
              .filter((one) => one.clientId === clientId && one.api === api && one.node === addressOf(nodeId)).length >=
            3,
        )
        const metadata = requests.slice(from).filter((one) => one.clientId === clientId && one.api === 'Metadata')
        if (metadata.length === 0) quiet[clientId]++
      }
      await reading.more(20)
    }
    await load.stop()
    await reading.until(load.counts)
    expect(reading.complaints).toEqual([])
    expect(quiet.producing, 'moves that the producer learned of from answers').toBeGreaterThan(0)
    expect(quiet.consuming, 'moves that the consumer learned of from answers').toBeGreaterThan(0)
  }, 300_000)

  test('a rolling restart under load, graceful and by kill -9, loses, doubles and reorders nothing', async () => {
    const partitions = 6
    const kafka = client('rolling')
    const assignments = Array.from({ length: partitions }, (_, i) => [0, 1, 2].map((j) => ((i + j) % 3) + 1))
    await kafka.admin().createTopics([{ name: 'rolling', assignments }])
    const protocols = [{ partitionAssignmentStrategy: 'cooperative-sticky' }, { groupProtocol: 'consumer' }] as const
    const consumers = protocols.map((protocol, i) =>
      kafka.consumer({ ...protocol, groupId: `rolling-${i}`, autoOffsetReset: 'earliest', value: string() }),
    )
    for (const consumer of consumers) consumer.subscribe('rolling')
    const readings = consumers.map((consumer) => new Reading(consumer, partitions))
    const load = new Load(kafka.producer(), 'rolling', partitions)
    const go = (): Promise<unknown> => Promise.all(readings.map((reading) => reading.more(50)))
    for (const how of ['SIGTERM', 'kill -9'] as const) {
      for (const node of cluster.nodes) {
        await go()
        await (how === 'kill -9' ? node.kill9() : node.terminate())
        await go()
        await node.restart()
        await allInSync()
      }
    }
    await go()
    await load.stop()
    for (const reading of readings) await reading.until(load.counts)
    for (const consumer of consumers) await consumer.close()
    await Promise.all(readings.map(({ done }) => done))
    expect(readings.map(({ complaints }) => complaints)).toEqual([[], []])
  }, 600_000)
})
