import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Admin, type Consumer, Kafka } from '../../src/client/index.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { kohort, type ReadyBroker, run, startReady, stop, withFolder } from './support.ts'

let broker: ReadyBroker
let kafka: Kafka
let admin: Admin
let at: Record<string, string>
let end: () => void

// One broker for all: topics of three partitions with ten records each, a group with two members, and groups of each test.
beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    withFolder(async (folder) => {
      broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder])
      const server = `127.0.0.1:${broker.port}`
      at = { KOHORT_BOOTSTRAP_SERVER: server }
      kafka = new Kafka({ bootstrapServers: server, clientId: 'till' })
      admin = kafka.admin()
      await admin.createTopics([{ name: 'sales', partitions: 3 }])
      const producer = kafka.producer()
      for (let i = 0; i < 30; i++) await producer.send({ topic: 'sales', partition: i % 3, value: `${i}` })
      await live('live', ['one', 'two'])
      ready()
      await new Promise<void>((ended) => {
        end = ended
      })
    }).catch(failed)
  })
}, 60_000)

afterAll(async () => {
  await kafka.close()
  await stop(broker)
  end()
})

/** Starts static members; the result ends them. */
async function live(groupId: string, instances: readonly string[]): Promise<() => Promise<void>> {
  const consumers: Consumer[] = []
  for (const groupInstanceId of instances) {
    const consumer = kafka.consumer({ groupId, groupInstanceId, groupProtocol: 'classic', autoOffsetReset: 'earliest' })
    consumers.push(consumer)
    consumer.subscribe(['sales'])
    void (async () => {
      for await (const _ of consumer.records()) void _
    })().catch(() => {})
  }
  await waitUntil(`the members of ${groupId}`, async () => {
    const group = (await admin.describeGroups([groupId], { partial: true })).get(groupId)
    return group?.state === 'Stable' && group.members.length === instances.length
  })
  return async () => {
    await Promise.all(consumers.map((consumer) => consumer.close()))
    await admin.removeMembers(groupId, 'all')
  }
}

const commit = (groupId: string, ...offsets: readonly bigint[]) =>
  admin.alterGroupOffsets(
    groupId,
    offsets.map((offset, partition) => ({ topic: 'sales', partition, offset, metadata: `of ${partition}` })),
  )
const groups = (...args: readonly string[]) => run(['groups', ...args], at)
const json = async (...args: readonly string[]) =>
  JSON.parse((await groups(...args, '--output', 'json')).stdout.join('\n'))
const committed = async (groupId: string) =>
  (await admin.listGroupOffsets([groupId]))
    .get(groupId)!
    .map(({ partition, offset, metadata }) => [partition, offset, metadata])

test('list, state and members show groups, and only those that the filters let through', async () => {
  await commit('listed', 1n)
  const { stdout } = await groups('list', '--regex', 'live|listed')
  expect(stdout.map((line) => line.split(/ +/))).toEqual([
    ['GROUP', 'TYPE', 'PROTOCOL', 'STATE'],
    ['listed', 'classic', '-', 'Empty'],
    ['live', 'classic', 'consumer', 'Stable'],
  ])
  expect(await json('list', '--state', 'stable')).toEqual([
    { groupId: 'live', type: 'classic', protocolType: 'consumer', state: 'Stable' },
  ])
  expect(await json('state', 'live')).toMatchObject([{ groupId: 'live', members: 2, assignor: 'range' }])
  const members = await json('members', 'live')
  expect(members.map((one: { groupInstanceId: string }) => one.groupInstanceId).sort()).toEqual(['one', 'two'])
})

test('describe and lag have the numbers, also where there is none, and a group that does not exist is exit code 1', async () => {
  await commit('described', 4n, 99n)
  const { stdout, stderr, exitCode } = await groups('describe', 'described', 'nobody')
  expect(exitCode).toBe(1)
  expect(stderr).toEqual(['kohort: group nobody: Group nobody not found. (GROUP_ID_NOT_FOUND)'])
  expect(stdout[0]).toBe('described: Empty, classic, 0 members, lag 6')
  expect(stdout.slice(1).map((line) => line.split(/ {2,}/).slice(0, 5))).toEqual([
    ['TOPIC', 'PARTITION', 'CURRENT-OFFSET', 'LOG-END-OFFSET', 'LAG'],
    ['sales', '0', '4', '10', '6'],
    ['sales', '1', '99', '10', '-'],
  ])
  expect(stdout[3]).toContain('out-of-range: the log ends at 10')
  const csv = await groups('lag', 'described', '--output', 'csv')
  expect(csv.stdout[0]).toBe(
    'groupId,topic,partitions,lag,maxLag,records,recordsAreExact,lagMs,lostOffsets,unknownPartitions,atMs',
  )
  expect(csv.stdout[1]).toMatch(/^described,sales,2,6,6,6,true,\d+,0,1,\d+$/)
})

test('reset-offsets shows a plan, executes it, and undoes it to the metadata', () =>
  withFolder(async (folder) => {
    await commit('reset', 4n, 9n)
    const before = await committed('reset')
    const undo = join(folder, 'undo.json')
    const reset = ['reset-offsets', 'reset', '--topic', 'sales', '--to-offset', '6', '--undo-file', undo]

    const planned = await groups(...reset)
    expect(planned).toMatchObject({ exitCode: 0, stderr: ['Nothing was changed: add --execute to do it.'] })
    expect(planned.stdout.map((line) => line.split(/ {2,}/).slice(0, 6))).toEqual([
      ['Offsets of group reset:'],
      ['TOPIC', 'PARTITION', 'FROM', 'TO', 'OFFSETS', 'EFFECT'],
      ['sales', '0', '4', '6', '+2', 'skips 2 records'],
      ['sales', '1', '9', '6', '-3', 'reads 3 records again'],
      ['sales', '2', '-', '6', '-', 'first commit'],
      [expect.stringMatching(/^Reads 3 records \(~\d+ B\) again, skips 2 records \(~\d+ B\)\.$/)],
    ])
    expect(await committed('reset')).toEqual(before)
    expect(readdirSync(folder)).toEqual([])

    expect((await groups(...reset, '--execute')).exitCode).toBe(0)
    expect((await committed('reset')).map(([partition, offset]) => [partition, offset])).toEqual([
      [0, 6n],
      [1, 6n],
      [2, 6n],
    ])
    const again = await groups(...reset, '--execute')
    expect(again.exitCode).toBe(1)
    expect(again.stderr[0]).toContain(`The undo file ${undo} cannot be written (EEXIST), so nothing was changed`)

    expect((await groups('reset-offsets', '--undo', undo)).stderr).toEqual(planned.stderr)
    await commit('reset', 7n)
    const moved = await groups('reset-offsets', '--undo', undo, '--execute')
    expect(moved.exitCode).toBe(1)
    expect(moved.stderr[0]).toContain('has committed since in 1 of 3 partitions')
    expect((await groups('reset-offsets', '--undo', undo, '--execute', '--force')).exitCode).toBe(0)
    expect(await committed('reset')).toEqual(before)
  }))

test('reset-offsets --when-empty waits until the members are gone, and the undo file says who did it', () =>
  withFolder(async (folder) => {
    await commit('deploys', 4n)
    const stopMember = await live('deploys', ['only'])
    const undo = join(folder, 'undo.json')
    const reset = ['groups', 'reset-offsets', 'deploys', '--topic', 'sales:0', '--to-offset', '7', '--execute']
    const inVain = await run([...reset, '--when-empty', '--wait', '300ms', '--undo-file', undo], at)
    expect(inVain).toMatchObject({ exitCode: 1, stdout: [] })
    expect(inVain.stderr).toEqual([
      'kohort: waiting for members to go: deploys (1)',
      'kohort: Nothing was changed: there still are members in deploys.',
    ])
    const child = kohort([...reset, '--when-empty', '--undo-file', undo], at)
    await waitUntil('the wait', () => child.stderr.length > 0, { details: () => child.tail() })
    await stopMember()
    expect(await child.ended(), child.tail()).toBe(0)
    expect((await committed('deploys'))[0]).toEqual([0, 7n, ''])
    expect(JSON.parse(readFileSync(undo, 'utf8'))).toMatchObject({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      by: `${userInfo().username}@${hostname()}`,
      command: expect.stringContaining('kohort groups reset-offsets deploys --topic sales:0 --to-offset 7 --execute'),
    })
    const shown = await groups('reset-offsets', '--undo', undo)
    expect(shown.stdout[0]).toContain(`, before ${userInfo().username}@${hostname()} did: kohort groups reset-offsets`)
    expect((await groups('reset-offsets', 'deploys', '--topic', 'sales', '--to-latest', '--when-empty')).exitCode).toBe(
      2,
    )
  }))

test.each([
  [['--to-earliest'], [0n, 0n, 0n]],
  [['--to-latest'], [10n, 10n, 10n]],
  [['--to-current'], [4n, 9n, 10n]],
  [
    ['--to-datetime', '2000-01-01T00:00:00.000'],
    [0n, 0n, 0n],
  ],
  [
    ['--by-duration', 'PT0S'],
    [10n, 10n, 10n],
  ],
  [
    ['--by-duration', '2d'],
    [0n, 0n, 0n],
  ],
  [
    ['--shift-by', '-20', '--topic', 'sales:0,1', '--clamp'],
    [0n, 0n],
  ],
])('reset-offsets %j', (args, offsets) =>
  withFolder(async (folder) => {
    const groupId = `mode ${args.join(' ')}`
    await commit(groupId, 4n, 9n)
    const topic = args.includes('--topic') ? [] : ['--topic', 'sales']
    const { exitCode, stderr } = await groups(
      'reset-offsets',
      groupId,
      ...args,
      ...topic,
      '--execute',
      '--undo-file',
      join(folder, 'undo.json'),
    )
    expect(exitCode, stderr.join('\n')).toBe(0)
    expect((await committed(groupId)).map(([, offset]) => offset)).toEqual(offsets)
  }))

test('reset-offsets takes the offsets of a file', () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, 'plan.csv'), 'filed,sales,1,3\nother,sales,0,1\n')
    const file = join(folder, 'plan.csv')
    const undo = join(folder, 'undo.json')
    const reset = ['reset-offsets', 'filed', '--from-file', file, '--undo-file', undo, '--execute']
    expect((await groups(...reset)).exitCode).toBe(0)
    expect(await committed('filed')).toEqual([[1, 3n, '']])
    expect(JSON.parse(readFileSync(undo, 'utf8')).groups[0].partitions).toEqual([
      { topic: 'sales', partition: 1, before: null, after: '3' },
    ])
  }))

test('reset-offsets refuses what is not in the log, live groups by the names of their members, and what it cannot understand', async () => {
  await commit('refused', 4n)
  const outside = await groups('reset-offsets', 'refused', '--topic', 'sales:0', '--to-offset', '11', '--execute')
  expect(outside).toMatchObject({
    exitCode: 1,
    stderr: [
      'kohort: group refused: sales-0: offset 11 does not exist yet: the log ends at 10; --clamp takes the nearest one.',
    ],
  })
  const ofLive = await groups('reset-offsets', 'live', '--topic', 'sales', '--to-latest', '--execute')
  expect(ofLive.exitCode).toBe(1)
  expect(ofLive.stderr[0]).toMatch(/^kohort: group live is Stable with 2 live members: (one|two)-\S+ \(till at \S+\), /)
  for (const args of [
    ['refused', '--topic', 'sales'],
    ['refused', '--to-latest'],
    ['refused', '--topic', 'sales', '--to-latest', '--to-earliest'],
    ['refused', '--topic', 'sales', '--to-datetime', 'yesterday'],
    ['--topic', 'sales', '--to-latest'],
  ])
    expect((await groups('reset-offsets', ...args)).exitCode, args.join(' ')).toBe(2)
  expect(await committed('refused')).toEqual([[0, 4n, 'of 0']])
})

test('delete, delete-offsets and remove-members show what they would do, and do it with --yes', async () => {
  await commit('goes', 4n, 5n)
  expect((await groups('delete-offsets', 'goes', '--topic', 'sales:1')).stderr).toEqual([
    'Nothing was deleted: add --yes to do it.',
  ])
  expect((await groups('delete-offsets', 'goes', '--topic', 'sales:1', '--yes')).stdout.at(-1)).toBe(
    'Deleted 1 offset of group goes.',
  )
  expect(await committed('goes')).toEqual([[0, 4n, 'of 0']])

  expect((await groups('delete', 'goes')).stderr).toEqual(['Nothing was deleted: add --yes to do it.'])
  const deleted = await groups('delete', 'goes', 'live', '--yes')
  expect(deleted.exitCode).toBe(1) // for the one that lives
  expect(deleted.stdout.at(-1)).toBe('Deleted goes.')
  expect((await groups('describe', 'goes')).exitCode).toBe(1)

  await live('left', ['a', 'b'])
  const removed = ['remove-members', 'left', '--instance', 'a', '--reason', 'drill']
  expect((await groups(...removed)).stderr).toEqual(['Nobody was removed: add --yes to do it.'])
  expect((await groups(...removed, '--yes')).stdout.at(-1)).toBe('Removed 1 member from group left.')
  expect((await groups('remove-members', 'left', '--instance', 'c', '--yes')).stderr).toEqual([
    'kohort: Group left has no member c.',
  ])
})

test('topics are listed, described, altered and deleted', async () => {
  const topics = (...args: readonly string[]) => run(['topics', ...args], at)
  expect((await topics('create', 'short', '--partitions', '2')).exitCode).toBe(0)
  const altered = await topics('alter', 'short', '--partitions', '3', '--config', 'retention.ms=1000')
  expect(altered.stdout).toEqual(['Topic short: altered retention.ms.', 'Topic short has 3 partitions.'])
  const [described] = JSON.parse((await topics('describe', 'short', '--output', 'json')).stdout.join('\n'))
  expect(described).toMatchObject({ name: 'short', configs: { 'retention.ms': '1000' } })
  expect(described.partitions).toHaveLength(3)
  expect((await topics('delete', 'short')).stderr).toEqual(['Nothing was deleted: add --yes to do it.'])
  expect((await topics('delete', 'short', '--yes')).stdout.at(-1)).toBe('Deleted short.')
  expect((await topics('delete', 'short', '--yes')).exitCode).toBe(1)
  expect((await topics('delete', 'short', '--yes', '--if-exists')).exitCode).toBe(0)
  const { stdout } = await topics('list')
  expect(stdout.map((line) => line.split(/ +/).slice(0, 2))).toEqual([
    ['TOPIC', '#PARTITIONS'],
    ['sales', '3'],
  ])
})

test('--command-config is read as Kafka reads it, and a mistake in it is told', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'client.properties')
    writeFileSync(file, `bootstrap.servers=127.0.0.1:${broker.port}\nclient.id=ops\n`)
    expect((await run(['groups', 'list', '--command-config', file])).exitCode).toBe(0)
    writeFileSync(file, 'retry.backof.ms=1\n')
    expect(await run(['groups', 'list', '--command-config', file])).toEqual({
      exitCode: 2,
      stdout: [],
      stderr: [`kohort: ${file}: there is no retry.backof.ms; did you mean retry.backoff.ms?`],
    })
    expect((await run(['groups', 'list', '--command-config', join(folder, 'none')])).exitCode).toBe(2)
    expect((await run(['groups', 'list', '--bootstrap-server', '127.0.0.1:1'])).stderr).toEqual([
      'kohort: No broker answers at 127.0.0.1:1 (ECONNREFUSED).',
    ])
  }))

test('a command that does not exist is refused with what was meant', async () => {
  const { exitCode, stderr } = await run(['groups', 'lst'])
  expect(exitCode).toBe(2)
  expect(stderr.join('\n')).toContain('Did you mean list?')
})
