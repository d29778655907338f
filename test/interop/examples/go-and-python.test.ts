import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { confluentKafka, preparePython, python } from '../python/clients.ts'
import {
  type Admin,
  adminOf,
  type Broker,
  Child,
  installOnce,
  interopCache,
  projectRoot,
  requireTool,
  run,
  startBroker,
  waitUntil,
} from '../support/index.ts'

const goFolder = join(projectRoot, 'examples/go')
const goPrograms = join(interopCache, 'examples-go')
const programs = [
  'basic-consumer',
  'manual-commit',
  'cooperative-sticky',
  'static-member',
  'rebalance-listener',
] as const
type Program = (typeof programs)[number]

interface Library {
  readonly name: string
  /** Options begin with so many dashes. */
  readonly dashes: '-' | '--'
  command(program: Program): readonly [command: string, ...args: readonly string[]]
}

const inPython = (name: string, folder: string): Library => ({
  name,
  dashes: '--',
  command: (program) => [python, join(projectRoot, 'examples/python', folder, `${program.replace('-', '_')}.py`)],
})

const libraries: readonly Library[] = [
  { name: 'franz-go', dashes: '-', command: (program) => [join(goPrograms, program)] },
  inPython('confluent-kafka', 'with_confluent_kafka'),
  inPython('kafka-python', 'with_kafka_python'),
]

async function buildGoPrograms(): Promise<void> {
  const files = ['go.mod', 'go.sum', ...programs.map((program) => `${program}/main.go`)]
  const key = files.map((file) => readFileSync(join(goFolder, file), 'utf8')).join('\n')
  await installOnce('examples-go', key, async (folder) => {
    await run('go', ['build', '-o', `${folder}/`, './...'], { cwd: goFolder })
  })
}

test('every example is one of those tested here', () => {
  const folders = readdirSync(goFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(folders.map((entry) => entry.name).sort()).toEqual([...programs].sort())
  for (const folder of ['with_confluent_kafka', 'with_kafka_python']) {
    const files = readdirSync(join(projectRoot, 'examples/python', folder)).filter((file) => file.endsWith('.py'))
    expect(files.sort()).toEqual(programs.map((program) => `${program.replace('-', '_')}.py`).sort())
  }
})

describe.skipIf(!requireTool('go', 'python3'))('examples', { timeout: 120_000 }, () => {
  let broker: Broker
  let admin: Admin
  const children: Child[] = []

  beforeAll(async () => {
    await Promise.all([preparePython(), buildGoPrograms()])
    broker = await startBroker()
    admin = adminOf(broker.bootstrap)
  }, 600_000)

  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill()))
  })
  afterAll(() => broker?.stop())

  describe.each(libraries)('in $name', (library) => {
    /** A topic of six partitions and a group, both of this name. */
    async function newTopic(program: Program): Promise<string> {
      const name = `${library.name}.${program}`
      await admin.createTopic(name, 6)
      return name
    }

    function start(program: Program, name: string, instance?: string): Child {
      const [command, ...args] = library.command(program)
      const options = { server: broker.bootstrap, group: name, topic: name, ...(instance && { instance }) }
      const flags = Object.entries(options).flatMap(([key, value]) => [`${library.dashes}${key}`, value])
      const child = new Child({ command, args: [...args, ...flags] })
      children.push(child)
      return child
    }

    async function produce(topic: string, count: number): Promise<void> {
      const { command, args } = confluentKafka.producer({
        ...{ bootstrap: broker.bootstrap, topic, partitions: 6, count, valuePrefix: 'event ', intervalMs: 0 },
        ...{ compression: 'none', idempotent: false, acks: 'all' },
      })
      await run(command, args)
    }

    const until = (child: Child, description: string, condition: () => boolean | Promise<boolean>) =>
      waitUntil(
        description,
        () => {
          if (child.hasEnded) throw new Error(`ended with ${child.exitCode}\n${child.tail()}`)
          return condition()
        },
        { details: () => child.tail() },
      )

    const matching = (child: Child, pattern: RegExp) => child.stdout.filter((line) => pattern.test(line))

    async function interrupt(...processes: readonly Child[]): Promise<void> {
      for (const child of processes) child.signal('SIGINT')
      for (const child of processes) expect(await child.ended(), child.tail()).toBe(0)
    }

    const committed = async (group: string) =>
      Object.values(await admin.committedOffsets(group)).reduce((sum, offset) => sum + offset, 0)

    /** Partitions of the last line that begins so and names any, as in "came: [0, 3]" or "came: [0 3]". */
    const listed = (child: Child, beginning: string) =>
      child.stdout
        .findLast((line) => line.startsWith(beginning) && /\[\d/.test(line))
        ?.slice(beginning.length)
        .match(/\d+/g)
        ?.map(Number)
        .sort() ?? []

    test('basic consumer: reads everything, and commits when it is interrupted', async () => {
      const name = await newTopic('basic-consumer')
      await produce(name, 12)
      const consumer = start('basic-consumer', name)
      await until(
        consumer,
        '12 records',
        () => matching(consumer, /^partition=\d offset=\d value=event \d+$/).length === 12,
      )
      await interrupt(consumer)
      expect(await committed(name)).toBe(12)
      expect((await admin.describeGroup(name)).state).toBe('Empty')
    })

    test('manual commit: what it has processed is committed although it is killed', async () => {
      const name = await newTopic('manual-commit')
      await produce(name, 12)
      const consumer = start('manual-commit', name)
      await until(consumer, '12 records', () => matching(consumer, /^processed .* value=event \d+$/).length === 12)
      await until(consumer, 'their commit', async () => (await committed(name)) === 12)
      await until(consumer, 'word of it', () => matching(consumer, /^committed /).length > 0)
      await consumer.kill()
      expect(matching(consumer, /failed/)).toEqual([])
    })

    test('cooperative sticky: a second member takes three partitions, the other three stay', async () => {
      const name = await newTopic('cooperative-sticky')
      const first = start('cooperative-sticky', name)
      await until(first, 'six partitions', () => listed(first, 'came:').length === 6)
      const second = start('cooperative-sticky', name)
      await until(second, 'three partitions', () => listed(second, 'came:').length === 3)
      expect(listed(first, 'went:')).toEqual(listed(second, 'came:'))
      await interrupt(second)
      await until(first, 'the three partitions', () => listed(first, 'came:').length === 3)
      expect(listed(first, 'came:')).toEqual(listed(first, 'went:'))
      await interrupt(first)
    })

    test('static member: a restart gives it the same partitions, and the other member notices nothing', async () => {
      const name = await newTopic('static-member')
      const first = start('static-member', name, 'one')
      await until(first, 'six partitions', () => listed(first, 'one assigned:').length === 6)
      const second = start('static-member', name, 'two')
      await until(second, 'three partitions', () => listed(second, 'two assigned:').length === 3)
      await admin.groupIsStable(name, 2)
      const assignments = matching(first, /assigned/).length
      await interrupt(second)
      expect((await admin.groupIsStable(name, 2)).members.map((m) => m.groupInstanceId).sort()).toEqual(['one', 'two'])
      const again = start('static-member', name, 'two')
      await until(again, 'its partitions', () => listed(again, 'two assigned:').length === 3)
      expect(listed(again, 'two assigned:')).toEqual(listed(second, 'two assigned:'))
      expect(matching(first, /assigned/)).toHaveLength(assignments)
      await interrupt(first, again)
    })

    test('rebalance listener: each partition is set up, and saved with its commit before it goes', async () => {
      const name = await newTopic('rebalance-listener')
      await produce(name, 12)
      const first = start('rebalance-listener', name)
      await until(first, 'six partitions', () => matching(first, /^partition \d assigned$/).length === 6)
      await until(first, 'the commit of 12 records', async () => (await committed(name)) === 12)
      const second = start('rebalance-listener', name)
      await until(second, 'three partitions', () => matching(second, /^partition \d assigned$/).length === 3)
      const revoked = matching(first, /^partition \d revoked after 2 records$/)
      expect(revoked.length, first.tail()).toBeGreaterThanOrEqual(3)
      await produce(name, 12)
      await until(second, 'the commit of 24 records', async () => (await committed(name)) === 24)
      await interrupt(second)
      expect(matching(second, /^partition \d revoked after 2 records$/)).toHaveLength(3)
      await interrupt(first)
    })
  })
})
