import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { KafkaTools } from '../kafka-tools/tools.ts'
import { type Admin, adminOf, type Broker, isFullRun, requireTool, startBroker, waitUntil } from '../support/index.ts'
import { buildWithMaven } from './java-client.ts'
import { sendNumbered, TextProgram } from './text-programs.ts'

describe.skipIf(!requireTool('java', 'javac', 'mvn'))('programs and commands of the seed documents: Java', () => {
  const folder = join(import.meta.dirname, 'seeds')
  let programs: TextProgram[]
  let classPath: string
  let tools: KafkaTools
  let broker: Broker
  let admin: Admin

  beforeAll(async () => {
    classPath = await buildWithMaven('java-seeds', join(folder, 'pom.xml'), join(folder, 'src/main/java'))
    tools = await KafkaTools.start()
  }, 600_000)

  // All of them have one group and one topic, so each test gets a broker of its own.
  beforeEach(async () => {
    programs = []
    broker = await startBroker()
    admin = adminOf(broker.bootstrap)
  }, 120_000)

  afterEach(async () => {
    await Promise.all(programs.map((program) => program.kill()))
    await broker?.stop()
  })

  afterAll(() => tools?.stop())

  function start(mainClass: string, ...args: readonly string[]): TextProgram {
    const program = new TextProgram(classPath, mainClass, [broker.bootstrap, ...args])
    programs.push(program)
    return program
  }

  const send = (topic: string, prefix: string, count: number) =>
    sendNumbered(tools, { bootstrap: broker.bootstrap, topic, prefix, count })

  /** `kafka-consumer-groups.sh --bootstrap-server kafka1:9092 …`, with this server. */
  async function consumerGroups(...args: readonly string[]): Promise<string> {
    const command = ['--bootstrap-server', broker.bootstrap, ...args]
    const { exitCode, output } = await tools.run('kafka-consumer-groups', command)
    expect(exitCode, output).toBe(0)
    return output
  }

  async function allIsCommitted(count: number): Promise<void> {
    await waitUntil(`${count} commits`, async () => {
      const offsets = Object.values(await admin.committedOffsets('order-processor'))
      return offsets.reduce((a, b) => a + b, 0) === count
    })
  }

  test('OrderProcessor: cooperative-sticky, a listener, a poll loop with commitSync', {
    timeout: 120_000,
  }, async () => {
    await admin.createTopic('orders', 4)
    const only = start('OrderProcessor')
    await only.prints(/^Partitions assigned: \[.*orders-3.*\]/)
    await only.prints(/^Position of orders-\d: 0/, 4)
    await send('orders', 'a-', 20)
    await only.prints(/^Order a-/, 20)
    await allIsCommitted(20)
    const group = await admin.groupIsStable('order-processor', 1)
    expect(group.protocol).toBe('cooperative-sticky')

    expect((await consumerGroups('--list')).split('\n')).toContain('order-processor')
    const description = await consumerGroups('--describe', '--group', 'order-processor')
    const [header, ...rows] = description.split('\n').filter((line) => line !== '')
    expect(header).toMatch(/^GROUP\s+TOPIC\s+PARTITION\s+CURRENT-OFFSET\s+LOG-END-OFFSET\s+LAG\b/)
    const lags = rows
      .map((row) => row.split(/\s+/))
      .map(([group, topic, partition, current, end, lag]) => {
        expect([group, topic, current]).toEqual(['order-processor', 'orders', end])
        return `${partition}: ${lag}`
      })
    expect(lags.sort()).toEqual(['0: 0', '1: 0', '2: 0', '3: 0'])
  })

  test('OrderProcessor with range: a second one takes half of the partitions', { timeout: 120_000 }, async () => {
    await admin.createTopic('orders', 4)
    const first = start('OrderProcessor', 'range')
    await first.prints(/^Partitions assigned: \[.*orders-3.*\]/)
    const second = start('OrderProcessor', 'range', 'timeouts')
    await first.prints(/^Partitions revoked: \[.*orders-3.*\]/)
    const half =
      /^Partitions assigned: \[(orders-0, orders-1|orders-1, orders-0|orders-2, orders-3|orders-3, orders-2)\]$/
    await first.prints(half)
    await second.prints(half)
    expect((await admin.groupIsStable('order-processor', 2)).protocol).toBe('range')
    await send('orders', 'b-', 20)
    await waitUntil('20 orders', () => first.matching(/ b-/).length + second.matching(/ b-/).length === 20)
    await allIsCommitted(20)
  })

  test('OrderProcessor with roundrobin and a static id', { timeout: 120_000 }, async () => {
    await admin.createTopic('orders', 4)
    const only = start('OrderProcessor', 'roundrobin', 'timeouts', 'static')
    await only.prints(/^Partitions assigned: \[.*orders-3.*\]/)
    const group = await admin.groupIsStable('order-processor', 1)
    expect(group.protocol).toBe('roundrobin')
    expect(group.members[0]?.groupInstanceId).toBe('consumer-1')
    await only.kill()
    const again = start('OrderProcessor', 'roundrobin', 'timeouts', 'static')
    // It has committed nothing and begins at the end: at that which it finds when it asks for its positions.
    await again.prints(/^Position of orders-/, 4)
    await send('orders', 'c-', 20)
    await again.prints(/^Order c-/, 20)
  })

  // The article's loop does not catch what commitSync throws in the middle of a cooperative rebalance, so the first
  // program may end, on Apache Kafka as here; the group then recovers when its session times out.
  test.runIf(isFullRun)('two OrderProcessors with cooperative-sticky process all', { timeout: 180_000 }, async () => {
    await admin.createTopic('orders', 4)
    const first = start('OrderProcessor', 'timeouts')
    await first.prints(/^Partitions assigned: \[.*orders-3.*\]/)
    // It begins at the end: at that which it finds when it asks for its positions.
    await first.prints(/^Position of orders-/, 4)
    await send('orders', 'a-', 20)
    await first.prints(/^Order a-/, 20)
    await allIsCommitted(20)
    const second = start('OrderProcessor', 'timeouts')
    const revoked = () => first.matching(/^Partitions revoked: \[orders/)
    await waitUntil('the revocation', () => revoked().length > 0 || first.hasEnded)
    for (const line of revoked()) expect(line.match(/orders-\d/g)).toHaveLength(2)
    await second.prints(/^Partitions assigned: \[.*orders/)
    await send('orders', 'b-', 20)
    await waitUntil('20 orders', () => first.matching(/ b-/).length + second.matching(/ b-/).length >= 20)
    if (first.hasEnded) expect(first.tail()).toContain('RebalanceInProgressException')
    await allIsCommitted(40)
  })

  test('EventsReader: the poll loop that commits by itself', { timeout: 120_000 }, async () => {
    await send('events', 'event ', 10) // the topic is created by the first record, as the document has it
    const reader = start('EventsReader')
    const lines = await reader.prints(/^partition=\d+ offset=\d+ value=event \d+$/, 10)
    expect(lines).toHaveLength(10)
  })
})
