import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Kafka, string } from '../../../src/client/index.ts'
import {
  type Broker,
  isFullRun,
  javaCommand,
  kafkaClassPath,
  requireTool,
  run,
  startBroker,
  target,
} from '../support/index.ts'

/** The way to a broker, on which answers get lost. */
class Lossy extends Duplex {
  readonly #socket: Socket
  /** After so many pieces of answers the connection breaks instead of giving the next one. */
  #left: number

  constructor(socket: Socket, pieces: number) {
    super()
    this.#socket = socket
    this.#left = pieces
    socket.on('data', (chunk) => {
      if (this.#left-- === 0) this.destroy(new Error('the answer was lost'))
      else if (!this.push(chunk)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, (error) => done(error))
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}

/** The producer, with the same outcomes on both. */
describe.each(
  isFullRun && requireTool('java', 'mvn') ? (['kohort', 'kafka'] as const) : [target()],
)('the producer on %s', (kind) => {
  let broker: Broker
  let kafka: Kafka

  beforeAll(async () => {
    broker = await startBroker({ target: kind, set: { 'auto.create.topics.enable': 'false' } })
    kafka = new Kafka({ bootstrapServers: broker.bootstrap, clientId: 'producer' })
  }, 300_000)
  afterAll(async () => {
    await kafka?.close()
    await broker?.stop()
  })

  async function topic(partitions = 1, configs: Record<string, string> = {}): Promise<string> {
    const name = `t-${randomUUID()}`
    await kafka.admin().createTopics([{ name, partitions, configs }])
    return name
  }

  /** Everything that lies in a topic now, by partition. */
  async function read(name: string): Promise<(string | null)[][]> {
    const config = { autoOffsetReset: 'earliest', maxPartitionFetchBytes: 10_000_000, value: string() } as const
    await using consumer = kafka.consumer(config)
    const count = (await kafka.admin().describeTopics([name])).get(name)!.partitions.length
    const partitions = Array.from({ length: count }, (_, partition) => ({ topic: name, partition }))
    consumer.assign(partitions)
    const values = partitions.map((): (string | null)[] => [])
    for (const { partition, offset } of await consumer.endOffsets(partitions)) {
      const list = values[partition]!
      while ((await consumer.position({ topic: name, partition })) < offset) {
        for (const record of await consumer.poll({ timeoutMs: 1_000 })) values[record.partition]!.push(record.value)
      }
      expect(list).toBe(values[partition])
    }
    return values
  }

  const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i))

  test('whatever answers are lost, each record is there once, and in order', async () => {
    const name = await topic(3)
    let connections = 0
    const lossy = new Kafka({
      bootstrapServers: broker.bootstrap,
      clientId: 'lossy',
      reconnectBackoffMs: 5,
      reconnectBackoffMaxMs: 20,
      retryBackoffMs: 5,
      connect: ({ host, port }) => new Lossy(connect(port, host), 2 + (connections++ % 4)),
    })
    const producer = lossy.producer({ batchSize: 300 })
    const sends = numbers(3_000).map((value, i) => producer.send({ topic: name, value, partition: i % 3 }))
    const sent = await Promise.all(sends)
    await lossy.close()
    expect(connections).toBeGreaterThan(10)
    const expected = [0, 1, 2].map((partition) => numbers(3_000).filter((_, i) => i % 3 === partition))
    expect(await read(name)).toEqual(expected)
    // A duplicate is acknowledged with the offset of the first, as long as the broker remembers it.
    for (const [i, { offset }] of sent.entries()) if (offset >= 0n) expect(offset).toBe(BigInt(Math.trunc(i / 3)))
  })

  test.each([
    'none',
    'gzip',
    'snappy',
    'lz4',
    'zstd',
  ] as const)('records of all sizes up to 5 MB come back as they went (%s)', async (compressionType) => {
    const name = await topic(1, { 'max.message.bytes': '8000000' })
    await using producer = kafka.producer({ compressionType, maxRequestSize: 8_000_000 })
    const values = [0, 1, 100, 16_384, 300_000, 1_048_576, 5_000_000].map((bytes) =>
      randomBytes(bytes / 2).toString('hex'),
    )
    const results = await producer.sendBatch(values.map((value) => ({ topic: name, value })))
    expect(results.map(({ offset }) => Number(offset))).toEqual([...values.keys()])
    const [found] = await read(name)
    expect(found!.map((value) => value!.length)).toEqual(values.map((value) => value.length))
    expect(found!.every((value, i) => value === values[i])).toBe(true)
  })

  test('what the broker finds too large is split where it can be, and refused where it cannot', async () => {
    const name = await topic(1, { 'max.message.bytes': '2000' })
    await using producer = kafka.producer({ batchSize: 30_000, lingerMs: 5 })
    await producer.sendBatch(numbers(300).map((n) => ({ topic: name, value: n.padEnd(100) })))
    const tooLarge = producer.send({ topic: name, value: 'x'.repeat(3_000) })
    await expect(tooLarge).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE', kind: 'invalid' })
    const [found] = await read(name)
    expect(found!.map((value) => value!.trim())).toEqual(numbers(300))
  })

  test('timestamps are those given, or the log’s where the topic says so', async () => {
    const [given, ofLog] = [await topic(), await topic(1, { 'message.timestamp.type': 'LogAppendTime' })]
    await using producer = kafka.producer()
    const startedMs = Date.now()
    expect((await producer.send({ topic: given, value: 'x', timestamp: 5_000 })).timestamp).toBe(5_000)
    const { timestamp } = await producer.send({ topic: ofLog, value: 'x', timestamp: 5_000 })
    expect(timestamp).toBeGreaterThanOrEqual(startedMs)
  })

  test('what cannot be sent is refused with Kafka’s code', async () => {
    const compacted = await topic(1, { 'cleanup.policy': 'compact' })
    await using producer = kafka.producer({ maxBlockMs: 1_000 })
    const codeOf = (record: Parameters<typeof producer.send>[0]): Promise<unknown> =>
      producer.send(record).catch(({ code }: { code: unknown }) => code)
    expect(await codeOf({ topic: compacted, value: 'no key' })).toBe('INVALID_RECORD')
    expect(await codeOf({ topic: 'not a topic', value: 'x' })).toBe('INVALID_TOPIC_EXCEPTION')
    expect(await codeOf({ topic: `none-${randomUUID()}`, value: 'x' })).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect((await producer.send({ topic: compacted, key: 'k', value: 'x' })).offset).toBe(0n)
  })

  test.skipIf(!isFullRun || kind !== 'kafka')(
    'keys go to the partitions that Java’s partitioner gives them',
    async () => {
      const name = await topic(7)
      const keys = Array.from({ length: 500 }, (_, i) => randomBytes(1 + (i % 40)))
      await using producer = kafka.producer()
      const ours = await producer.sendBatch(keys.map((key) => ({ topic: name, key, value: 'x' })))
      const folder = mkdtempSync(join(tmpdir(), 'kohort-partitioner-'))
      try {
        const source = join(folder, 'Partitions.java')
        writeFileSync(
          source,
          `import java.util.HexFormat;
          import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
          class Partitions {
            public static void main(String[] keys) {
              for (String key : keys) System.out.println(BuiltInPartitioner.partitionForKey(HexFormat.of().parseHex(key), 7));
            }
          }`,
        )
        const { command, args } = javaCommand(
          await kafkaClassPath(),
          source,
          keys.map((key) => key.toString('hex')),
        )
        const theirs = (await run(command, args)).trim().split('\n').map(Number)
        expect(ours.map(({ partition }) => partition)).toEqual(theirs)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )
})
