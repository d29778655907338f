import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deadLetter, Kafka, retry, string } from '../../../src/client/index.ts'
import { ClientProcess } from '../support/client-process.ts'
import { type Broker, isFullRun, requireTool, startBroker, target, waitUntil } from '../support/index.ts'
import { shortSessions } from '../support/suite.ts'

const PARTITIONS = 3
const protocols = [
  ['classic', { sessionTimeoutMs: 3_000, heartbeatIntervalMs: 500 }],
  ['consumer', { groupProtocol: 'consumer' }],
] as const

describe.each(
  isFullRun && requireTool('java', 'mvn') ? (['kohort', 'kafka'] as const) : [target()],
)('dead letters with the producer, on %s', (kind) => {
  let broker: Broker
  let kafka: Kafka

  beforeAll(async () => {
    const set = {
      ...shortSessions,
      'group.consumer.session.timeout.ms': '3000',
      'group.min.session.timeout.ms': '1000',
      'group.initial.rebalance.delay.ms': '0',
    }
    broker = await startBroker({ target: kind, set })
    kafka = new Kafka({ bootstrapServers: broker.bootstrap, clientId: 'dead-letters' })
  }, 300_000)
  afterAll(async () => {
    await kafka?.close()
    await broker?.stop()
  })

  /** A topic with so many numbers, and one for its dead letters. */
  async function numbers(count: number): Promise<string> {
    const topic = `t-${randomUUID()}`
    await kafka.admin().createTopics([
      { name: topic, partitions: PARTITIONS },
      { name: `${topic}.DLT`, partitions: 1 },
    ])
    await using producer = kafka.producer()
    const records = Array.from({ length: count }, (_, i) => ({
      topic,
      key: `key-${i}`,
      value: String(i),
      headers: { n: String(i) },
      partition: i % PARTITIONS,
    }))
    await producer.sendBatch(records)
    return topic
  }

  /** Everything that lies in a topic now. */
  async function read(topic: string) {
    await using consumer = kafka.consumer({ autoOffsetReset: 'earliest', key: string(), value: string() })
    const partition = { topic, partition: 0 }
    consumer.assign([partition])
    const [end] = await consumer.endOffsets([partition])
    const found = []
    while ((await consumer.position(partition)) < end!.offset)
      found.push(...(await consumer.poll({ timeoutMs: 1_000 })))
    return found
  }

  async function committed(groupId: string): Promise<ReadonlyMap<number, bigint>> {
    const offsets = (await kafka.admin().listGroupOffsets([groupId])).get(groupId) ?? []
    return new Map(offsets.map(({ partition, offset }) => [partition, offset]))
  }

  test.each(protocols)('go where they should, with what they had, after the retries (%s)', async (_, config) => {
    const topic = await numbers(30)
    const groupId = `g-${randomUUID()}`
    const consumer = kafka.consumer({
      ...config,
      groupId,
      autoOffsetReset: 'earliest',
      key: string(),
      value: string(),
    })
    consumer.subscribe(topic)
    const calls = new Map<string, number>()
    const done: string[] = []
    const running = consumer.run({
      handler({ value }) {
        calls.set(value!, (calls.get(value!) ?? 0) + 1)
        if (Number(value) % 10 === 0) throw new Error(`not ${value}`)
        done.push(value!)
      },
      onError: retry({ attempts: 2, backoffMs: 1 }).then(deadLetter(`${topic}.DLT`)),
    })
    await waitUntil('all handled', () => done.length === 27 && calls.get('20') === 3)
    await waitUntil('three dead letters', async () => (await read(`${topic}.DLT`)).length === 3)
    await consumer.close()
    await running
    const letters = await read(`${topic}.DLT`)
    const words = letters.map(({ key, value, headers }) => ({
      key,
      value,
      n: headers.getString('n'),
      partition: headers.getString('dlt.original.partition'),
      offset: headers.getString('dlt.original.offset'),
      group: headers.getString('dlt.group'),
      attempts: headers.getString('dlt.attempts'),
      message: headers.getString('dlt.error.message'),
    }))
    const expected = [0, 10, 20].map((i) => ({
      key: `key-${i}`,
      value: String(i),
      n: String(i),
      partition: String(i % PARTITIONS),
      offset: String(Math.trunc(i / PARTITIONS)),
      group: groupId,
      attempts: '3',
      message: `not ${i}`,
    }))
    expect(words.toSorted((a, b) => Number(a.value) - Number(b.value))).toEqual(expected)
    expect(await committed(groupId)).toEqual(
      new Map([
        [0, 10n],
        [1, 10n],
        [2, 10n],
      ]),
    )
  })

  test.each(
    protocols,
  )('are there for whatever was committed beyond, although the consumer was killed again and again (%s)', async (_, config) => {
    const count = 3_000
    const topic = await numbers(count)
    const groupId = `g-${randomUUID()}`
    const options = {
      bootstrap: broker.bootstrap,
      topic,
      config: { ...config, groupId, autoOffsetReset: 'earliest', autoCommitIntervalMs: 20 },
    }
    const args = [join(import.meta.dirname, 'dead-letters-program.js'), JSON.stringify(options)]
    const start = (): ClientProcess => new ClientProcess('consumer', { command: process.execPath, args })
    const seen = new Set<number>()
    const isTrue = async (): Promise<void> => {
      // In this order: what was committed then, must be there now.
      const offsets = await committed(groupId)
      const letters = new Set((await read(`${topic}.DLT`)).map(({ value }) => Number(value)))
      for (let i = 0; i < count; i++) {
        if (BigInt(Math.trunc(i / PARTITIONS)) >= (offsets.get(i % PARTITIONS) ?? 0n)) continue
        if (i % 7 === 0 ? letters.has(i) : seen.has(i)) continue
        throw new Error(`${i} is committed, and ${i % 7 === 0 ? 'no dead letter' : 'was not handled'}`)
      }
    }
    for (let kill = 0; kill < (isFullRun ? 4 : 2); kill++) {
      const consumer = start()
      await consumer.waitFor('some records', () => consumer.records.length >= 300)
      await consumer.kill()
      for (const { value } of consumer.records) seen.add(Number(value))
      await isTrue()
    }
    const last = start()
    await waitUntil('all committed', async () => {
      const offsets = await committed(groupId)
      return [0, 1, 2].every((partition) => offsets.get(partition) === BigInt(count / PARTITIONS))
    })
    await last.close()
    for (const { value } of last.records) seen.add(Number(value))
    await isTrue()
    expect(seen.size).toBe(count - Math.ceil(count / 7))
  })
})
