import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { KafkaTools } from '../kafka-tools/tools.ts'
import { type Admin, adminOf, type Broker, projectRoot, requireTool, startBroker, waitUntil } from '../support/index.ts'
import { buildWithMaven } from './java-client.ts'
import { sendNumbered, TextProgram } from './text-programs.ts'

describe.skipIf(!requireTool('java', 'javac', 'mvn'))('examples/java', () => {
  let classPath: string
  let tools: KafkaTools
  let broker: Broker
  let admin: Admin
  let programs: TextProgram[]

  beforeAll(async () => {
    const folder = join(projectRoot, 'examples/java')
    classPath = await buildWithMaven('java-examples', join(folder, 'pom.xml'), join(folder, 'src/main/java'))
    tools = await KafkaTools.start()
  }, 600_000)

  // The examples share a group and a topic, so each gets a broker of its own.
  beforeEach(async () => {
    programs = []
    broker = await startBroker()
    admin = adminOf(broker.bootstrap)
    await admin.createTopic('events', 6)
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

  const send = (prefix: string, count: number) =>
    sendNumbered(tools, { bootstrap: broker.bootstrap, topic: 'events', prefix, count })

  const committed = async () => Object.values(await admin.committedOffsets('examples')).reduce((a, b) => a + b, 0)

  test('BasicConsumer prints every record; two of them share the partitions', { timeout: 120_000 }, async () => {
    await send('before-', 30)
    const first = start('BasicConsumer')
    await first.prints(/^\d@\d+ before-\d+$/, 30)
    const second = start('BasicConsumer')
    await admin.groupIsStable('examples', 2)
    await waitUntil('the first commits of auto commit', async () => (await committed()) === 30)
    await send('after-', 60)
    await waitUntil('60 records', () => first.matching(/after/).length + second.matching(/after/).length === 60)
    expect(first.matching(/after/).length).toBeGreaterThan(0)
    expect(second.matching(/after/).length).toBeGreaterThan(0)
  })

  test('ManualCommit goes on where the last one committed', { timeout: 120_000 }, async () => {
    await send('first-', 30)
    const first = start('ManualCommit')
    await first.prints(/ first-/, 30)
    await waitUntil('the commit', async () => (await committed()) === 30)
    await first.prints(/^committed \d+ records$/)
    await first.interrupt()
    expect(first.lines.at(-1)).toBe('closed')
    await send('second-', 30)
    const second = start('ManualCommit')
    await second.prints(/ second-/, 30)
    expect(second.matching(/ first-/)).toEqual([])
  })

  test('RebalanceListener is told what comes and goes, and hands over what it has committed', {
    timeout: 120_000,
  }, async () => {
    const first = start('RebalanceListener')
    await first.prints(/^assigned \[.*events-5.*\]$/)
    await send('one-', 30)
    await first.prints(/records, last one-/, 30)
    const second = start('RebalanceListener')
    await first.prints(/^revoked \[/)
    await second.prints(/^assigned \[.*events/)
    await send('two-', 60)
    const seen = () => first.matching(/last two-/).length + second.matching(/last two-/).length
    await waitUntil('60 records', () => seen() === 60)
    expect(second.matching(/last one-/)).toEqual([])
  })

  test('CooperativeSticky gives up only what moves', { timeout: 120_000 }, async () => {
    const first = start('CooperativeSticky')
    await first.prints(/^gained \[.*events-5.*\]$/)
    const second = start('CooperativeSticky')
    const [gaveUp] = await first.prints(/^gave up \[/)
    const [gained] = await second.prints(/^gained \[.*events/)
    const partitionsIn = (line = '') => [...line.matchAll(/events-\d/g)].map(([name]) => name).sort()
    expect(partitionsIn(gaveUp)).toHaveLength(3)
    expect(partitionsIn(gained)).toEqual(partitionsIn(gaveUp))
  })

  test('StaticMember restarts without a rebalance', { timeout: 120_000 }, async () => {
    const first = start('StaticMember', 'pod-1')
    await admin.groupIsStable('examples', 1)
    const second = start('StaticMember', 'pod-2')
    const before = await admin.groupIsStable('examples', 2)
    await send('one-', 30)
    await waitUntil('30 records', () => first.matching(/one-/).length + second.matching(/one-/).length === 30)
    await waitUntil('the commit', async () => (await committed()) === 30)
    await second.interrupt()
    const again = start('StaticMember', 'pod-2')
    await send('two-', 30)
    await waitUntil('30 records', () => first.matching(/two-/).length + again.matching(/two-/).length === 30)
    const partitionsOf = (program: TextProgram) => new Set(program.matching(/@/).map((line) => line.split('@')[0]))
    expect(partitionsOf(again)).toEqual(partitionsOf(second))
    const after = await admin.groupIsStable('examples', 2)
    const idOf = (group: typeof before, instance: string) =>
      group.members.find((member) => member.groupInstanceId === instance)?.memberId
    expect(idOf(after, 'pod-1')).toBe(idOf(before, 'pod-1'))
  })
})
