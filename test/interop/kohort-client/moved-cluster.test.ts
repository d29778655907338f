import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Broker, freePort, isFullRun, requireTool, startBroker, target } from '../support/index.ts'
import { Kafka, Load, Reading, string } from './load.ts'

const brokers: Broker[] = []
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.stop()))
})

describe.each(
  isFullRun && requireTool('java', 'mvn') ? (['kohort', 'kafka'] as const) : [target()],
)('on %s', (kind) => {
  test('a cluster that comes back at another address is found by the bootstrap servers (KIP-899)', async () => {
    const controller = await freePort()
    const start = async (dataDir?: string): Promise<Broker> => {
      const set = {
        'controller.quorum.voters': `1@127.0.0.1:${controller}`,
        listeners: `PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:${controller}`,
      }
      const broker = await startBroker({
        target: kind,
        ...(kind === 'kafka' ? { set } : {}),
        ...(dataDir === undefined ? {} : { dataDir }),
      })
      brokers.push(broker)
      return broker
    }
    const first = await start()
    // The name of the bootstrap server stays, as that of a load balancer; what it leads to is another address.
    let leadsTo = first.port
    await using kafka = new Kafka({
      bootstrapServers: 'bootstrap.test:9092',
      clientId: 'moved',
      reconnectBackoffMaxMs: 200,
      connect: ({ host, port }) => (host === 'bootstrap.test' ? connect(leadsTo, '127.0.0.1') : connect(port, host)),
    })
    await kafka.admin().createTopics([{ name: 'moved', partitions: 3 }])
    const consumer = kafka.consumer({ groupId: 'g', autoOffsetReset: 'earliest', value: string() })
    consumer.subscribe('moved')
    const reading = new Reading(consumer, 3)
    const load = new Load(kafka.producer(), 'moved', 3)
    await reading.more(30)
    await first.terminate()
    const second = await start(first.dataDir)
    expect(second.port).not.toBe(first.port)
    leadsTo = second.port
    await reading.more(30)
    await load.stop()
    await reading.until(load.counts)
    await consumer.close()
    await reading.done
    expect(reading.complaints).toEqual([])
  }, 180_000)
})
