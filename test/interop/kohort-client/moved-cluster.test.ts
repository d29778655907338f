import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { ApiKey, apis, ErrorCode, encodeResponseFrame } from '../../../src/wire/index.ts'
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

  // No broker of Apache Kafka 4.2 says REBOOTSTRAP_REQUIRED: it is for what stands in front of one.
  test('what stands in front of a cluster sends clients back to the bootstrap servers (KIP-1102), under load', async () => {
    const broker = await startBroker({ target: kind })
    brokers.push(broker)
    const proxy = await RebootstrapProxy.start(broker.port)
    let bootstraps = 0
    await using kafka = new Kafka({
      bootstrapServers: 'bootstrap.test:9092',
      clientId: 'sent-back',
      metadataMaxAgeMs: 200,
      connect: ({ host }) => {
        if (host === 'bootstrap.test') bootstraps++
        return connect(proxy.port, '127.0.0.1')
      },
    })
    await kafka.admin().createTopics([{ name: 'sent-back', partitions: 3 }])
    const consumer = kafka.consumer({ groupId: 'g', autoOffsetReset: 'earliest', value: string() })
    consumer.subscribe('sent-back')
    const reading = new Reading(consumer, 3)
    const load = new Load(kafka.producer(), 'sent-back', 3)
    await reading.more(30)
    for (let round = 0; round < 3; round++) {
      const before = bootstraps
      proxy.refuse(1)
      await expect.poll(() => [proxy.left, bootstraps > before], { timeout: 30_000 }).toEqual([0, true])
      await reading.more(30)
    }
    await load.stop()
    await reading.until(load.counts)
    await consumer.close()
    await reading.done
    await proxy.stop()
    expect(reading.complaints).toEqual([])
  }, 180_000)
})

/** Hands everything on, but for some answers to Metadata, which it makes itself. */
class RebootstrapProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** How many more are refused. */
  left = 0

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(port: number): Promise<RebootstrapProxy> {
    const server = createServer()
    const proxy = new RebootstrapProxy(server)
    server.on('connection', (client) => proxy.#join(client, connect(port, '127.0.0.1')))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  refuse(count: number): void {
    this.left = count
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(client: Socket, broker: Socket): void {
    /** Requests for metadata under way that know the error, by correlation id. */
    const asked = new Map<number, number>()
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    eachFrame(client, (frame) => {
      const version = frame.readInt16BE(6)
      if (frame.readInt16BE(4) === ApiKey.Metadata && version >= 13) asked.set(frame.readInt32BE(8), version)
      broker.write(frame)
    })
    eachFrame(broker, (frame) => {
      const correlationId = frame.readInt32BE(4)
      const version = asked.get(correlationId)
      asked.delete(correlationId)
      if (version === undefined || this.left === 0) return void client.write(frame)
      this.left--
      client.write(refusal(version, correlationId))
    })
  }
}

function refusal(version: number, correlationId: number): Buffer {
  const body = {
    brokers: [],
    clusterId: null,
    controllerId: -1,
    topics: [],
    errorCode: ErrorCode.REBOOTSTRAP_REQUIRED,
  }
  return Buffer.concat(encodeResponseFrame(apis.Metadata, version, correlationId, body))
}

/** Whole, with their size. */
function eachFrame(socket: Socket, fn: (frame: Buffer) => void): void {
  let held = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const length = 4 + held.readInt32BE(0)
      fn(held.subarray(0, length))
      held = held.subarray(length)
    }
  })
}
