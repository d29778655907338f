import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { confluentKafka, preparePython, python } from '../python/clients.ts'
import {
  type Admin,
  adminOf,
  type Broker,
  Child,
  freePort,
  installOnce,
  interopCache,
  requireTool,
  run,
  startBroker,
  waitUntil,
} from '../support/index.ts'

// The programs and commands of the three documents that the product was born from. Their readers type them in, so they
// stand here as printed; where a document's program cannot run with any release of its library, on any broker, a test
// says so and shows the nearest one that can.

const folder = import.meta.dirname
const goProgram = join(interopCache, 'go-seed/consumer')

describe.skipIf(!requireTool('python3', 'go', 'kcat'))(
  'the programs of the seed documents',
  { timeout: 120_000 },
  () => {
    let broker: Broker
    let admin: Admin
    let topic: string
    const children: Child[] = []

    beforeAll(async () => {
      await preparePython()
      const sources = ['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(join(folder, 'go', file), 'utf8'))
      await installOnce('go-seed', sources.join('\n'), async () => {
        await run('go', ['build', '-o', goProgram, '.'], { cwd: join(folder, 'go') })
      })
    }, 600_000)

    // A broker for each test: the documents reuse names, and most of their programs end without leaving their group.
    async function openBroker(name: string, partitions: number): Promise<void> {
      broker = await startBroker()
      admin = adminOf(broker.bootstrap)
      topic = name
      await admin.createTopic(topic, partitions)
    }

    afterEach(async () => {
      await Promise.all(children.splice(0).map((child) => child.kill()))
      await broker?.stop()
    })

    function start(command: string, args: readonly string[]): Child {
      const child = new Child({ command, args })
      children.push(child)
      return child
    }

    const launch = (file: string, ...options: readonly string[]) =>
      start(python, [join(folder, 'python/launch.py'), broker.bootstrap, join(folder, 'python', file), ...options])

    async function produce(partitions: number, count: number): Promise<void> {
      const { command, args } = confluentKafka.producer({
        bootstrap: broker.bootstrap,
        topic,
        partitions,
        count,
        valuePrefix: '',
        intervalMs: 0,
        compression: 'none',
        idempotent: false,
        acks: 'all',
      })
      await run(command, args)
    }

    const prints = (child: Child, description: string, condition: (lines: readonly string[]) => boolean) =>
      waitUntil(
        description,
        () => {
          if (child.hasEnded) throw new Error(`ended with ${child.exitCode}\n${child.tail()}`)
          return condition(child.stdout)
        },
        { details: () => child.tail() },
      )

    const processes = (child: Child, count: number) =>
      prints(child, `${count} records`, (lines) => lines.filter(isProcessed).length >= count)

    const committed = (group: string, total: number) =>
      waitUntil(`${total} committed by ${group}`, async () => {
        const offsets = Object.values(await admin.committedOffsets(group))
        return offsets.reduce((sum, offset) => sum + offset, 0) === total
      })

    const endOfTopic = async () => Object.values(await admin.endOffsets(topic)).reduce((sum, end) => sum + end, 0)

    const isProcessed = (line: string) => line.startsWith('processed')

    /** A consumer that starts at the end sees only what comes after it has looked where the end is. */
    async function readsFromTheEnd(child: Child, group: string, said: (line: string) => boolean): Promise<void> {
      await admin.groupIsStable(group, 1)
      await waitUntil(
        'a record',
        async () => {
          if (child.hasEnded) throw new Error(`ended with ${child.exitCode}\n${child.tail()}`)
          await produce(6, 6)
          return child.stdout.some(said)
        },
        { details: () => child.tail() },
      )
    }

    async function failsInTheClient(child: Child, message: string): Promise<void> {
      expect(await child.ended()).toBe(1)
      expect(child.stderr.join('\n')).toContain(message)
    }

    describe('Consumer Groups & Rebalancing', () => {
      const importLine = ['--edit', 'from kafka.consumer import Cons', 'from kafka import Cons'] as const
      const assignorLine = [
        ...['--edit', "'org.apache.kafka.clients.consumer.CooperativeStickyAssignor'", 'CooperativeStickyAssignor'],
      ] as const
      // Unguarded, the commit ends the program when the group is in the middle of a rebalance.
      const commitLine = ['--edit', '        consumer.commit()', '        if records: consumer.commit()'] as const
      const assignLine = [
        ...[
          '--edit',
          '    while True:',
          '    consumer.assign([TopicPartition(topic, p) for p in range(4)])\n    while True:',
        ],
      ] as const

      beforeEach(() => openBroker('orders', 4), 60_000)

      test('the Python consumer as printed ends in the library: wrong module, then a Java class name', async () => {
        await failsInTheClient(launch('order_processor.py'), "cannot import name 'ConsumerRebalanceListener'")
        await failsInTheClient(launch('order_processor.py', ...importLine), "TypeError: 'str' object is not callable")
      })

      test('with the names that kafka-python has, its listener sees cooperative rebalances and its commits hold', async () => {
        await produce(4, 40)
        const first = launch('order_processor.py', ...importLine, ...assignorLine, ...commitLine)
        await prints(first, 'all partitions', (lines) => lines.includes('initialized 4'))
        await processes(first, 40)
        await committed('order-processor', 40)
        const second = launch('order_processor.py', ...importLine, ...assignorLine, ...commitLine)
        await prints(second, 'two partitions', (lines) => lines.includes('initialized 2'))
        const revoked = first.stdout.filter((line) => line.startsWith('Partitions revoked: {'))
        expect(revoked).toHaveLength(1)
        expect(revoked[0]?.match(/TopicPartition/g)).toHaveLength(2)
        expect((await admin.groupIsStable('order-processor', 2)).protocol).toBe('cooperative-sticky')
        first.signal('SIGINT')
        expect(await first.ended()).toBe(0)
        await prints(second, 'the other two', (lines) => lines.filter((line) => line === 'initialized 2').length === 2)
        second.signal('SIGINT')
        expect(await second.ended()).toBe(0)
        expect((await admin.describeGroup('order-processor')).state).toBe('Empty')
      })

      test('the lag monitor as printed asks for partitions that it has not assigned', async () => {
        const port = String(await freePort())
        await failsInTheClient(
          launch('lag_monitor.py', '--then', 'monitor', port, 'orders', 'order-processor'),
          'Unassigned partition',
        )
      })

      test('with its partitions assigned, the lag monitor shows the lag of each', async () => {
        await produce(4, 40)
        const consumer = launch('order_processor.py', ...importLine, ...assignorLine)
        await processes(consumer, 40)
        await committed('order-processor', 40)
        consumer.signal('SIGINT')
        await consumer.ended()
        await produce(4, 6)
        const port = String(await freePort())
        const monitor = launch('lag_monitor.py', ...assignLine, '--then', 'monitor', port, 'orders', 'order-processor')
        const lagOf = (partition: number) =>
          `kafka_consumer_lag{consumer_group="order-processor",partition="${partition}",topic="orders"}`
        const wanted = [2, 2, 1, 1].map((lag, partition) => `${lagOf(partition)} ${lag}.0`)
        let seen = ''
        await waitUntil(
          'the lag of four partitions',
          async () => {
            if (monitor.hasEnded) throw new Error(monitor.tail())
            seen = await fetch(`http://127.0.0.1:${port}/metrics`).then(
              (response) => response.text(),
              () => '',
            )
            return wanted.every((line) => seen.includes(line))
          },
          { details: () => seen },
        )
      })
    })

    describe('Kafka Series, Part 3', () => {
      beforeEach(() => openBroker('user-events', 6), 60_000)

      test('the basic consumer reads what comes, as JSON', async () => {
        const child = launch('basic_consumer.py')
        await readsFromTheEnd(child, 'analytics-service', (line) => line === '5')
        expect(child.stdout.some((line) => /^Partition [0-5], Offset \d+$/.test(line))).toBe(true)
      })

      test('the cooperative consumer as printed ends in the library; with its class it joins', async () => {
        await failsInTheClient(launch('cooperative_sticky.py'), "TypeError: 'str' object is not callable")
        const edit = ['--edit', '"cooperative-sticky"', 'CooperativeStickyAssignor']
        const child = launch('cooperative_sticky.py', ...edit, '--then', 'read')
        await readsFromTheEnd(child, 'analytics-service', isProcessed)
        expect((await admin.describeGroup('analytics-service')).protocol).toBe('cooperative-sticky')
      })

      test('the static member reclaims its place after a crash', async () => {
        const child = launch('static_member.py', '--then', 'read')
        const before = await admin.groupIsStable('analytics-service', 1)
        expect(before.members[0]?.groupInstanceId).toBe('consumer-node-1')
        await child.kill()
        const again = launch('static_member.py', '--then', 'read')
        await waitUntil('a new member id', async () => {
          const { state, members } = await admin.describeGroup('analytics-service')
          expect(state).toBe('Stable')
          expect(members.map((m) => m.groupInstanceId)).toEqual(['consumer-node-1'])
          return members[0]?.memberId !== before.members[0]?.memberId
        })
        await readsFromTheEnd(again, 'analytics-service', isProcessed)
      })

      test.each([
        ['auto commit', 'auto_commit.py', ['--then', 'read']],
        ['manual commit', 'manual_commit.py', []],
        ['the poll loop', 'poll_loop.py', []],
      ])('%s commits what was read', async (_, file, options) => {
        const child = launch(file, ...options)
        await readsFromTheEnd(child, 'my-group', isProcessed)
        await committed('my-group', await endOfTopic())
      })
    })

    describe('Consumer Groups of klite', () => {
      beforeEach(() => openBroker('events', 6), 60_000)

      test('franz-go reads from the start and commits by default', async () => {
        await produce(6, 30)
        const child = start(goProgram, [broker.bootstrap])
        await prints(child, '30 records', (lines) => lines.length === 30)
        expect(child.stdout.every((line) => /^partition=\d offset=\d value=\d+$/.test(line))).toBe(true)
        await committed('my-group', 30)
      })

      test('the confluent-kafka consumer reads from the start, and commits when it closes', async () => {
        await produce(6, 30)
        const child = launch('confluent_basic.py')
        await prints(child, '30 records', (lines) => lines.length === 30)
        expect(child.stdout.every((line) => /^partition=\d offset=\d value=\d+$/.test(line))).toBe(true)
        child.signal('SIGINT')
        await child.ended()
        expect(child.stderr.at(-1)).toContain('KeyboardInterrupt')
        await committed('my-group', 30)
        expect((await admin.describeGroup('my-group')).state).toBe('Empty')
      })

      test.each([
        ['auto commit', 'confluent_auto_commit.py', ['--then', 'read', 'events'], 'range'],
        ['manual commit', 'confluent_manual_commit.py', [], 'range'],
        ['session and heartbeat timeouts', 'confluent_timeouts.py', ['--then', 'read', 'events'], 'range'],
        ['cooperative rebalancing', 'confluent_cooperative.py', ['--then', 'read', 'events'], 'cooperative-sticky'],
      ])('%s: the consumer reads and commits', async (_, file, options, protocol) => {
        const child = launch(file, ...options)
        await readsFromTheEnd(child, 'my-group', isProcessed)
        expect((await admin.describeGroup('my-group')).protocol).toBe(protocol)
        await committed('my-group', await endOfTopic())
      })

      test('consumer.py in three terminals: six partitions, then three each, then two each', async () => {
        expect(await run('kcat', ['-b', broker.bootstrap, '-L'])).toContain('topic "events" with 6 partitions:')
        const terminal = () =>
          start(python, [
            join(folder, 'python/consumer.py'),
            ...['--server', broker.bootstrap, '--group', 'my-group', '--topic', 'events'],
          ])
        const has = (child: Child, count: number) =>
          prints(child, `${count} partitions`, (lines) => {
            const last = lines.findLast((line) => line.startsWith('Assigned: partitions'))
            return last?.match(/\d+/g)?.length === count
          })
        const terminals: Child[] = []
        for (const share of [6, 3, 2]) {
          terminals.push(terminal())
          for (const each of terminals) await has(each, share)
        }
        await produce(6, 60)
        const recordsOf = (child: Child) => child.stdout.filter((line) => line.startsWith('partition='))
        for (const each of terminals) await prints(each, '20 records', () => recordsOf(each).length === 20)
      })
    })
  },
)
