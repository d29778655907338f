import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Admin, Kafka, type ProducerRecord } from '../../../src/client/index.ts'
import {
  type Broker,
  Child,
  installOnce,
  interopCache,
  projectRoot,
  run,
  startBroker,
  waitUntil,
} from '../support/index.ts'

// examples/typescript, compiled against the package's own types and run against a broker.

const folder = join(projectRoot, 'examples/typescript')
const programs = [
  'basic-consumer',
  'consumer-protocol',
  'cooperative-sticky',
  'manual-commit',
  'rebalance-listener',
  'retry-and-dead-letter',
  'static-member',
] as const

let broker: Broker
let kafka: Kafka
let admin: Admin
const children: Child[] = []

beforeAll(async () => {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  // The modules stand where Node looks for them; the cache keeps the stamp, and may outlive them.
  if (!existsSync(join(folder, 'node_modules'))) {
    rmSync(join(interopCache, 'examples-typescript'), { recursive: true, force: true })
  }
  await installOnce('examples-typescript', lock, async () => {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
  })
  await run(process.execPath, [join(projectRoot, 'node_modules/typescript/bin/tsc'), '-p', folder])
  broker = await startBroker({ target: 'kohort' })
  kafka = new Kafka({ bootstrapServers: broker.bootstrap })
  admin = kafka.admin()
}, 600_000)
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()))
})
afterAll(async () => {
  await kafka?.close()
  await broker?.stop()
})

function start(program: string, options: Readonly<Record<string, string>>): Child {
  const given = Object.entries({ server: broker.bootstrap, ...options }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ])
  const child = new Child({ command: process.execPath, args: [join(folder, 'dist', `${program}.js`), ...given] })
  children.push(child)
  return child
}

/** A topic of six partitions and a group, both of this name. */
async function newTopic(name: string): Promise<{ readonly group: string; readonly topic: string }> {
  await admin.createTopics([{ name, partitions: 6 }])
  return { group: name, topic: name }
}

async function produce(records: readonly ProducerRecord<string | null, string>[]): Promise<void> {
  await using producer = kafka.producer<string | null, string>()
  await producer.sendBatch(records)
}

const twelve = (topic: string) =>
  Array.from({ length: 12 }, (_, i) => ({ topic, partition: i % 6, value: `event ${i}` }))

const matching = (child: Child, pattern: RegExp): string[] => child.stdout.filter((line) => pattern.test(line))

const until = (child: Child, description: string, condition: () => boolean | Promise<boolean>): Promise<unknown> =>
  waitUntil(
    description,
    () => {
      if (child.hasEnded) throw new Error(`ended with ${child.exitCode}\n${child.tail()}`)
      return condition()
    },
    { details: () => child.tail() },
  )

async function interrupt(...processes: readonly Child[]): Promise<void> {
  for (const child of processes) child.signal('SIGINT')
  for (const child of processes) expect(await child.ended(), child.tail()).toBe(0)
}

async function committed(group: string): Promise<number> {
  const offsets = (await admin.listGroupOffsets([group])).get(group) ?? []
  return offsets.reduce((sum, { offset }) => sum + Number(offset ?? 0n), 0)
}

/** Partitions of the last line that begins so and names any. */
const listed = (child: Child, beginning: string): number[] =>
  child.stdout
    .findLast((line) => line.startsWith(beginning) && /\d/.test(line.slice(beginning.length)))
    ?.slice(beginning.length)
    .match(/\d+/g)
    ?.map(Number)
    .sort() ?? []

test('every example is one of those tested here', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
  expect(files.sort()).toEqual(programs.map((program) => `${program}.ts`))
})

test('basic consumer: reads everything, and commits when it is interrupted', async () => {
  const names = await newTopic('basic')
  await produce(twelve('basic'))
  const consumer = start('basic-consumer', names)
  await until(
    consumer,
    '12 records',
    () => matching(consumer, /^partition=\d offset=\d value=event \d+$/).length === 12,
  )
  await interrupt(consumer)
  expect(await committed('basic')).toBe(12)
  expect((await admin.describeGroups(['basic'])).get('basic')).toMatchObject({ state: 'Empty' })
})

test('manual commit: what it has processed is committed although it is killed', async () => {
  const names = await newTopic('manual')
  await produce(twelve('manual'))
  const consumer = start('manual-commit', names)
  await until(consumer, '12 commits', () => matching(consumer, /^committed /).length === 12)
  await consumer.kill()
  expect(await committed('manual')).toBe(12)
})

test('cooperative sticky: a second member takes three partitions, the other three stay', async () => {
  const names = await newTopic('cooperative')
  const first = start('cooperative-sticky', names)
  await until(first, 'six partitions', () => listed(first, 'came:').length === 6)
  const second = start('cooperative-sticky', names)
  await until(second, 'three partitions', () => listed(second, 'came:').length === 3)
  expect(listed(first, 'went:')).toEqual(listed(second, 'came:'))
  await interrupt(second)
  await until(first, 'the three partitions', () => listed(first, 'came:').length === 3)
  await interrupt(first)
})

test('static member: a restart gives it the same partitions, and the other member notices nothing', async () => {
  const names = await newTopic('static')
  const first = start('static-member', { ...names, instance: 'one' })
  await until(first, 'six partitions', () => listed(first, 'one assigned:').length === 6)
  const second = start('static-member', { ...names, instance: 'two' })
  await until(second, 'three partitions', () => listed(second, 'two assigned:').length === 3)
  await until(first, 'the other three', () => listed(first, 'one assigned:').length === 3)
  const assignments = matching(first, /assigned/).length
  await interrupt(second)
  const again = start('static-member', { ...names, instance: 'two' })
  await until(again, 'its partitions', () => listed(again, 'two assigned:').length === 3)
  expect(listed(again, 'two assigned:')).toEqual(listed(second, 'two assigned:'))
  expect(matching(first, /assigned/)).toHaveLength(assignments)
  await interrupt(first, again)
})

test('rebalance listener: each partition is set up, and saved with its commit before it goes', async () => {
  const names = await newTopic('listener')
  await produce(twelve('listener'))
  const first = start('rebalance-listener', names)
  await until(first, 'six partitions', () => matching(first, /^partition \d assigned$/).length === 6)
  await until(first, 'the commit of 12 records', async () => (await committed('listener')) === 12)
  const second = start('rebalance-listener', names)
  await until(second, 'three partitions', () => matching(second, /^partition \d assigned$/).length === 3)
  expect(matching(first, /^partition \d revoked after 2 records$/)).toHaveLength(3)
  await interrupt(first, second)
})

test('consumer protocol: the broker assigns, and matches the pattern', async () => {
  const names = await newTopic('protocol')
  await produce(twelve('protocol'))
  const consumer = start('consumer-protocol', names)
  await until(consumer, '12 records', () => matching(consumer, /^protocol-\d offset=\d value=event \d+$/).length === 12)
  const described = (await admin.describeGroups(['protocol'])).get('protocol')
  expect(described).toMatchObject({ type: 'consumer' })
  await interrupt(consumer)
})

test('retry and dead letter: a failure that passes is handled, one that does not is set aside', async () => {
  const names = await newTopic('orders')
  await produce(
    ['{"id":"a","cents":5}', '{"id":"b","cents":5000}', '{"id":"c","cents":-1}', 'no json'].map((value) => ({
      topic: 'orders',
      key: value,
      value,
    })),
  )
  const consumer = start('retry-and-dead-letter', names)
  await until(consumer, 'both charges', () => matching(consumer, /^charged/).length === 2)
  await using reader = kafka.consumer()
  await waitUntil('the dead letters', async () => (await admin.listTopics()).some(({ name }) => name === 'orders.DLT'))
  const described = (await admin.describeTopics(['orders.DLT'])).get('orders.DLT')!
  reader.assign(described.partitions.map(({ partition }) => ({ topic: 'orders.DLT', partition })))
  reader.seekToBeginning()
  const dead: (string | undefined)[] = []
  for await (const { value } of reader.records()) {
    dead.push(value?.toString())
    if (dead.length === 2) break
  }
  expect(dead.sort()).toEqual(['no json', '{"id":"c","cents":-1}'])
  await interrupt(consumer)
  expect(await committed('orders')).toBe(4)
})

test('a ledger that is killed in the middle, again and again, books each payment once', async () => {
  const names = await newTopic('payments')
  const data = mkdtempSync(join(tmpdir(), 'ledger-'))
  const count = 120
  let cents = 0
  await produce(
    Array.from({ length: count }, (_, i) => {
      cents += i
      const value = JSON.stringify({ account: `account-${i % 7}`, cents: i })
      return { topic: 'payments', partition: i % 6, value }
    }),
  )
  const booked = (child: Child): number => Number(child.stdout.at(-1)?.match(/^payments=(\d+)/)?.[1] ?? 0)
  let before = 0
  for (const least of [15, 40, 70]) {
    const ledger = start('outbox/ledger', { ...names, data })
    await until(ledger, `${least} payments`, () => booked(ledger) >= least)
    await ledger.kill()
    // It began where the one before was killed, or one transaction further.
    expect(Number(ledger.stdout[0]?.match(/^payments=(\d+)/)?.[1])).toBeGreaterThanOrEqual(before)
    before = booked(ledger)
    expect(before, 'it was killed too late to show anything').toBeLessThan(count)
  }
  const last = start('outbox/ledger', { ...names, data })
  await until(last, 'all payments', () => booked(last) >= count)
  await interrupt(last)
  expect(last.stdout.at(-1)).toBe(`payments=${count} cents=${cents}`)
  rmSync(data, { recursive: true, force: true })
})

interface SpanLine {
  readonly name?: string
  readonly metric?: string
  readonly count?: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly links: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
}

describe('OpenTelemetry', () => {
  let lines: SpanLine[]

  beforeAll(async () => {
    await admin.createTopics([{ name: 'traced', partitions: 1 }])
    const child = start('opentelemetry/orders', { topic: 'traced', group: 'traced', count: '2' })
    expect(await child.ended(), child.tail()).toBe(0)
    lines = child.stdout.map((line) => JSON.parse(line) as SpanLine)
  })

  const span = (name: string): SpanLine => lines.find((line) => line.name === name)!
  const parentOf = (line: SpanLine): SpanLine => lines.find(({ spanId }) => spanId === line.parentSpanId)!
  const processed = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.client.id': 'orders',
    'messaging.destination.name': 'traced',
    'messaging.destination.partition.id': '0',
  }
  const counted = (metric: string): number =>
    lines.filter((line) => line.metric === metric).reduce((sum, { count = 0 }) => sum + count, 0)

  test('a handler continues the trace of the send, in spans of the conventions', () => {
    const charged = span('charge order-0')
    const around = parentOf(charged)
    expect(around.name).toBe('process traced')
    expect(parentOf(around).name).toBe('send traced')
    expect(parentOf(parentOf(around)).name).toBe('checkout')
    expect(charged.traceId).toBe(span('checkout').traceId)
    expect(around.attributes).toEqual({
      ...processed,
      'messaging.consumer.group.name': 'traced',
      'messaging.kafka.offset': 0,
      'messaging.kafka.message.key': 'order-0',
    })
    expect(span('commit traced')).toBeDefined()
  })

  test('the body of a loop does so too', () => {
    const around = parentOf(span('ship order-1'))
    expect(parentOf(around).name).toBe('send traced')
    expect(around.traceId).toBe(span('checkout').traceId)
    expect(around).toMatchObject({
      name: 'process traced',
      links: [],
      attributes: {
        ...processed,
        'messaging.consumer.group.name': 'traced-shipping',
        'messaging.kafka.offset': 1,
        'messaging.kafka.message.key': 'order-1',
      },
    })
  })

  test('the span of a batch links to those that sent its records', () => {
    const batches = lines.filter(({ name, attributes }) => {
      return name === 'process traced' && attributes['messaging.consumer.group.name'] === 'traced-booking'
    })
    const imported = batches.at(-1)!
    expect(imported.attributes).toMatchObject({ ...processed, 'messaging.batch.message_count': 2 })
    expect(imported.links.map((id) => lines.find(({ spanId }) => spanId === id)?.name)).toEqual([
      'send traced',
      'send traced',
    ])
    expect(parentOf(span('book 2'))).toBe(imported)
  })

  test('metrics count records, and time what was done with them', () => {
    expect(counted('messaging.client.sent.messages')).toBe(4)
    expect(counted('messaging.client.consumed.messages')).toBeGreaterThanOrEqual(8)
    // Two of the handler, two of the loop, and two sends and one batch of the other.
    expect(counted('messaging.process.duration')).toBe(7)
  })
})
