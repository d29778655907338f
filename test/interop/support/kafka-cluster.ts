import { type Admin, adminOf } from './admin.ts'
import { type Broker, startBroker } from './broker.ts'
import { freePort } from './ports.ts'

/** Three nodes of Apache Kafka 4.2, each broker and controller, on racks `rack-1` to `rack-3`. */
export interface KafkaCluster {
  readonly bootstrap: string
  /** Node 1 first. */
  readonly nodes: readonly Broker[]
  readonly admin: Admin
  stop(): Promise<void>
}

/**
 * Starts three nodes, so that one of them can go: topics have three replicas, two of which must have a record. A node that is killed is
 * noticed after three seconds.
 */
export async function startKafkaCluster(set: Readonly<Record<string, string>> = {}): Promise<KafkaCluster> {
  const ports = new Set<number>()
  while (ports.size < 3) ports.add(await freePort())
  const voters = [...ports].map((port, i) => `${i + 1}@127.0.0.1:${port + 1}`).join()
  const started = await Promise.allSettled(
    [...ports].map((port, i) =>
      startBroker({
        target: 'kafka',
        port,
        nodeId: i + 1,
        set: {
          'node.id': `${i + 1}`,
          'broker.rack': `rack-${i + 1}`,
          'controller.quorum.voters': voters,
          'broker.session.timeout.ms': '3000',
          'broker.heartbeat.interval.ms': '500',
          'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
          'default.replication.factor': '3',
          'min.insync.replicas': '2',
          'offsets.topic.replication.factor': '3',
          'offsets.topic.num.partitions': '6',
          'transaction.state.log.replication.factor': '3',
          'auto.create.topics.enable': 'false',
          ...set,
        },
      }),
    ),
  )
  const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  for (const one of started) {
    if (one.status === 'rejected') {
      await stop()
      throw one.reason
    }
  }
  const bootstrap = nodes.map((node) => node.bootstrap).join()
  return { bootstrap, nodes, admin: adminOf(nodes[0]!.bootstrap), stop }
}
