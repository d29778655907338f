import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Admin, Kafka } from '../../../src/client/index.ts'
import { type Broker, isFullRun, requireTool, startBroker, type Target, target, waitUntil } from '../support/index.ts'
import { projectRoot } from '../support/toolchain.ts'
import { makeOtherGroups } from '../tools/other-groups.ts'
import { KafkaTools, type ToolName } from './tools.ts'

/** Longer than the columns of Kafka's tools, which grow then. */
const LONG_TOPIC = 'payments-that-were-refused-by-the-bank'
const LONG_GROUP = 'accountants-of-the-northern-branches'

interface Case {
  /** As a shell would split it at spaces. */
  readonly args: string
  /** Brings the cluster to where it was, before each of both tools. */
  readonly before?: (admin: Admin) => Promise<unknown>
}

/** The same command line to Kafka's tool and to ours, on the same cluster: what they print, where, and how they end must be the same. */
const targets: readonly Target[] = isFullRun ? ['kafka', 'kohort'] : [target()]
describe.skipIf(!requireTool('java', 'javac', 'mvn')).each(targets)('the drop-in bins on %s', (kind) => {
  let tools: KafkaTools
  let broker: Broker
  let kafka: Kafka
  const folder = mkdtempSync(join(tmpdir(), 'kohort-drop-in-'))

  beforeAll(async () => {
    ;[tools, broker] = await Promise.all([KafkaTools.start(), startBroker({ target: kind })])
    kafka = new Kafka({ bootstrapServers: broker.bootstrap, clientId: 'till' })
    await makeScene(kafka)
    if (kind === 'kafka') {
      const others = { topic: 'sales', shareId: 'sharers', streamsId: 'streamers' }
      await makeOtherGroups(broker.bootstrap, others)
    }
  }, 600_000)

  afterAll(async () => {
    await kafka?.close()
    await Promise.all([tools?.stop(), broker?.stop()])
    rmSync(folder, { recursive: true, force: true })
  })

  async function compare(tool: ToolName & OurTool, { args, before }: Case): Promise<void> {
    const words = args
      .replaceAll('FOLDER', folder)
      .split(' ')
      .filter((word) => word !== '')
    const all = args.includes('--without-server')
      ? words.filter((word) => word !== '--without-server')
      : ['--bootstrap-server', broker.bootstrap, ...words]
    await before?.(kafka.admin())
    const theirs = await tools.run(tool, all)
    await before?.(kafka.admin())
    const ours = await runOurs(tool, all)
    expect({ args, ...comparable(ours) }).toEqual({ args, ...comparable(theirs) })
  }

  const offsets = (groupId: string, topic: string) => (admin: Admin) =>
    admin.alterGroupOffsets(groupId, [
      { topic, partition: 0, offset: 3n },
      { topic, partition: 1, offset: 5n },
    ])
  const reset = (args: string): Case => ({
    args: `--reset-offsets --group ${LONG_GROUP} ${args}`,
    before: offsets(LONG_GROUP, 'stock'),
  })

  test.each([
    '--list',
    '--list --state',
    '--list --type',
    '--list --state --type',
    '--list --state stable,Empty',
    '--list --type consumer',
    '--list --type classic --state empty',
    '--list --state dead',
    '--describe --all-groups',
    '--describe --all-groups --members',
    '--describe --all-groups --members --verbose',
    '--describe --all-groups --state',
    '--describe --all-groups --state --verbose',
    '--describe --all-groups --offsets --verbose',
    '--describe --group cashiers',
    '--describe --group cashiers --group sellers --offsets',
    `--describe --group ${LONG_GROUP}`,
    '--describe --group behind-the-end',
    '--describe --group nobody',
    '--describe --group sharers',
    '--describe --group streamers --state',
    '--describe --group sellers --group nobody',
    '--describe --group=sellers --timeout 5000',
    '--desc --group sellers',
    '--validate-regex sales-[0-9]+',
    '--validate-regex sales-[0-9',
  ])('kafka-consumer-groups %s', (args) => compare('kafka-consumer-groups', { args }))

  test.each([
    '',
    '--without-server',
    '--without-server --list',
    '--without-server --help',
    '--without-server --version',
    '--list --describe --group a',
    '--list --describe',
    '--list --nope',
    '--list --members',
    '--list --state nope',
    '--list --type share',
    '--list --group a',
    '--describe',
    '--describe --group',
    '--describe --group a --all-groups',
    '--describe --group a --members --state',
    '--describe --group a --state empty',
    '--describe --group a --topic b',
    '--delete',
    '--delete --group a --topic t',
    '--delete-offsets --group a',
    '--reset-offsets --to-latest --topic a --dry-run',
    '--reset-offsets --group a --topic a --to-latest --dry-run --execute',
    '--reset-offsets --group a --topic stock --to-latest --to-earliest --dry-run',
    `--reset-offsets --group ${LONG_GROUP} --topic stock --dry-run`,
    `--reset-offsets --group ${LONG_GROUP} --to-latest --dry-run`,
    `--reset-offsets --group ${LONG_GROUP} --topic stock:x --to-latest --dry-run`,
    `--reset-offsets --group ${LONG_GROUP} --topic stock:0:1 --to-latest --dry-run`,
  ])('kafka-consumer-groups %s: a command line that is refused', (args) => compare('kafka-consumer-groups', { args }))

  test.each([
    '--topic stock --to-earliest',
    '--topic stock --to-earliest --dry-run',
    '--topic stock --to-earliest --execute',
    '--topic stock --to-latest --execute',
    '--topic stock --to-current --execute',
    `--topic stock --topic ${LONG_TOPIC} --to-current --execute`,
    `--topic stock:1,0 --topic ${LONG_TOPIC}:2 --to-earliest --dry-run`,
    '--topic stock --to-offset 4 --execute',
    '--topic stock --to-offset 1000 --execute',
    '--topic stock --to-offset abc --dry-run',
    '--topic stock --shift-by 2 --execute',
    '--topic stock --shift-by -2 --execute',
    '--topic stock --shift-by -100 --execute',
    '--topic stock --shift-by +100 --execute',
    `--topic ${LONG_TOPIC} --shift-by 1 --dry-run`,
    '--topic stock --to-datetime 2000-01-01T00:00:00.000 --execute',
    '--topic stock --to-datetime 2100-01-01T00:00:00.000+01:00 --execute',
    '--topic stock --to-datetime 2000-02-30T00:00:00.000 --dry-run',
    '--topic stock --to-datetime yesterday --dry-run',
    '--topic stock --by-duration PT1H --execute',
    '--topic stock --by-duration P1DT2H3M4.5S --dry-run',
    '--topic stock --by-duration -PT1H --execute',
    '--topic stock --by-duration soon --dry-run',
    '--topic stock:9 --to-latest --dry-run',
    '--topic nowhere --to-latest --dry-run',
    '--topic nowhere:1 --to-latest --dry-run',
    '--all-topics --to-offset 2 --execute',
    '--all-topics --to-latest --export --dry-run',
    '--all-topics --group cashiers --to-latest --export --dry-run',
    '--from-file FOLDER/plan.csv --execute',
    '--from-file FOLDER/groups.csv --group sellers --dry-run',
    '--from-file FOLDER/missing.csv --dry-run',
    '--group sellers --topic sales --to-latest --execute',
  ])('kafka-consumer-groups --reset-offsets %s', async (args) => {
    writeFileSync(join(folder, 'plan.csv'), 'stock,0,2\nstock,1,1000\n')
    writeFileSync(join(folder, 'groups.csv'), `${LONG_GROUP},stock,0,2\n${LONG_GROUP},stock,1,4\n`)
    await compare('kafka-consumer-groups', reset(args))
    // What was executed is the same too.
    await compare('kafka-consumer-groups', { args: `--describe --group ${LONG_GROUP}` })
  })

  test('kafka-consumer-groups --reset-offsets --all-groups', () =>
    compare('kafka-consumer-groups', { args: '--reset-offsets --all-groups --topic stock --to-latest --dry-run' }))

  test.each<Case>([
    { args: '--delete-offsets --group goes --topic stock', before: offsets('goes', 'stock') },
    { args: '--delete-offsets --group goes --topic stock:1', before: offsets('goes', 'stock') },
    { args: '--delete-offsets --group goes --topic stock:7 --topic stock:0', before: offsets('goes', 'stock') },
    { args: '--delete-offsets --group goes --topic nowhere', before: offsets('goes', 'stock') },
    { args: '--delete-offsets --group nobody --topic stock' },
    { args: '--delete-offsets --group sellers --topic sales' },
    { args: '--delete --group goes', before: offsets('goes', 'stock') },
    { args: '--delete --group nobody' },
    { args: '--delete --group sellers' },
    {
      args: '--delete --group goes --group sellers --group nobody --group goes-too',
      before: (admin) => Promise.all([offsets('goes', 'stock')(admin), offsets('goes-too', 'stock')(admin)]),
    },
  ])('kafka-consumer-groups $args', (one) => compare('kafka-consumer-groups', one))

  const without = (name: string) => (admin: Admin) => admin.deleteTopics([name], { partial: true })
  const withTopic = (name: string, partitions: number) => async (admin: Admin) => {
    await without(name)(admin)
    await admin.createTopics([{ name, partitions }])
  }

  test.each<Case>([
    { args: '--list' },
    { args: '--list --exclude-internal' },
    { args: '--list --topic s.*' },
    { args: '--list --topic sales,stock' },
    { args: '--list --topic nowhere' },
    { args: '--list --topic (?i)SA.*' },
    { args: '--list --topic \\Qsales\\E,st\\p{Lower}+' },
    { args: '--list --topic (?!s|_).*' },
    { args: '--list --topic [' },
    { args: '--describe --topic stock' },
    { args: '--describe --exclude-internal' },
    { args: `--describe --topic (stock|${LONG_TOPIC})` },
    { args: '--describe --topic nowhere' },
    { args: '--describe --topic nowhere --if-exists' },
    { args: '--describe --topics-with-overrides --exclude-internal' },
    { args: '--describe --under-replicated-partitions' },
    { args: '--describe --unavailable-partitions' },
    { args: '--describe --under-min-isr-partitions' },
    { args: '--describe --at-min-isr-partitions --topic sales' },
    { args: '--describe --topic-id AAAAAAAAAAAAAAAAAAAAAQ' },
    { args: '--create --topic made', before: without('made') },
    {
      args: '--create --topic made --partitions 3 --replication-factor 1 --config retention.ms=1000',
      before: without('made'),
    },
    { args: '--create --topic made.too', before: without('made.too') },
    { args: '--create --topic made --replica-assignment 1,1', before: without('made') },
    { args: '--create --topic made --replica-assignment 1:1', before: without('made') },
    { args: '--create --topic stock' },
    { args: '--create --topic stock --if-not-exists' },
    { args: '--create --topic bad/name' },
    { args: '--create --topic made --partitions 0', before: without('made') },
    { args: '--create --topic made --replication-factor 0', before: without('made') },
    { args: '--create --topic made --partitions some' },
    { args: '--create --topic made --config retention.ms' },
    { args: '--create --topic made --config no.such.config=1', before: without('made') },
    { args: '--create --topic made --config retention.ms=soon', before: without('made') },
    { args: '--alter --topic altered --partitions 4', before: withTopic('altered', 2) },
    { args: '--alter --topic altered --partitions 2', before: withTopic('altered', 2) },
    { args: '--alter --topic altered --partitions 1', before: withTopic('altered', 2) },
    { args: '--alter --topic altered --partitions 3 --replica-assignment 1,1,1', before: withTopic('altered', 2) },
    { args: '--alter --topic nowhere --partitions 1' },
    { args: '--alter --topic nowhere --partitions 1 --if-exists' },
    { args: '--delete --topic goes', before: withTopic('goes', 2) },
    { args: '--delete --topic nowhere' },
    { args: '--delete --topic nowhere --if-exists' },
    { args: '--without-server' },
    { args: '--without-server --list' },
    { args: '--without-server --help' },
    { args: '--without-server --version' },
    { args: '' },
    { args: '--list --create' },
    { args: '--nope' },
    { args: '--create' },
    { args: '--alter --topic stock' },
    { args: '--list --topic' },
    { args: '--list --partitions 3' },
    { args: '--delete --topic stock --if-not-exists' },
    { args: '--create --topic made --partitions 3 --replica-assignment 1' },
    { args: '--describe --if-exists' },
    { args: '--describe --topics-with-overrides --unavailable-partitions' },
  ])('kafka-topics $args', (one) => compare('kafka-topics', one))
})

type OurTool = 'kafka-consumer-groups' | 'kafka-topics'

interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

function runOurs(tool: OurTool, args: readonly string[]): Promise<Outcome> {
  const bins = dirname(process.env.KOHORT_BIN ?? join(projectRoot, 'bin/kohort.js'))
  return new Promise((resolve) => {
    execFile(process.execPath, [join(bins, `${tool}.js`), ...args], (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}

const isJavasOwn = /^(\s+at \S+\(.*\)|\s+\.\.\. \d+ more|Caused by: .*|com\.fasterxml\..*| at \[Source: .*)$/

/**
 * Both streams to the byte, without what is Java's own: stack traces but their first lines, the words of the usage, and the order of sets, which
 * differs from run to run.
 */
function comparable({ exitCode, stdout, stderr }: Outcome): Outcome {
  const [told, usage] = stderr.split(/^Option {5,}.*$/m)
  const lines = told!.split('\n').filter((line) => !isJavasOwn.test(line))
  const ordered = lines.map((line) =>
    /takes (one of these|the following)|Valid \w+ are|scenarios|already exists/.test(line)
      ? line
          .split(/[\s,[\]]+/)
          .sort()
          .join(' ')
      : line,
  )
  return { exitCode, stdout, stderr: `${ordered.join('\n')}${usage === undefined ? '' : 'USAGE'}` }
}

/** Topics with records, groups of both protocols with members, and groups without. */
async function makeScene(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.createTopics([
    { name: 'sales', partitions: 3 },
    { name: 'stock', partitions: 2, configs: { 'retention.ms': '86400000', 'cleanup.policy': 'compact,delete' } },
    { name: LONG_TOPIC, partitions: 4 },
  ])
  const producer = kafka.producer()
  for (const [topic, partitions] of [
    ['sales', 3],
    ['stock', 2],
    [LONG_TOPIC, 4],
  ] as const) {
    for (let i = 0; i < 10 * partitions; i++)
      await producer.send({ topic, partition: i % partitions, key: `${i}`, value: 'v' })
  }
  const at = (topic: string, ...given: readonly bigint[]) =>
    given.map((offset, partition) => ({ topic, partition, offset, leaderEpoch: 0 }))
  await admin.alterGroupOffsets(LONG_GROUP, at('stock', 3n, 5n))
  await admin.alterGroupOffsets('cashiers', [...at('stock', 1n), ...at(LONG_TOPIC, 1n, 2n, 3n, 4n)])
  await admin.alterGroupOffsets('behind-the-end', at('stock', 1000n, 10n))
  const classic = { groupId: 'sellers', groupProtocol: 'classic', partitionAssignmentStrategy: ['range'] } as const
  consume(kafka, { ...classic }, 'sales')
  await stable(admin, 'sellers', 1)
  consume(kafka, { ...classic, groupInstanceId: 'till-2' }, 'sales')
  await stable(admin, 'sellers', 2)
  for (let members = 1; members <= 5; members++) {
    consume(kafka, { groupId: 'packers', groupProtocol: 'consumer' }, LONG_TOPIC)
    await stable(admin, 'packers', members)
  }
  await waitUntil('the commits of all members', async () => {
    const reports = await admin.listGroupOffsets(['sellers', 'packers'])
    return (
      [...reports.values()].flat().every(({ offset }) => offset === 10n) && [...reports.values()].flat().length === 7
    )
  })
}

function consume(kafka: Kafka, config: Parameters<Kafka['consumer']>[0], topic: string): void {
  const consumer = kafka.consumer({ ...config, autoOffsetReset: 'earliest', autoCommitIntervalMs: 200 })
  consumer.subscribe([topic])
  void (async () => {
    for await (const _ of consumer.records()) void _
  })()
}

async function stable(admin: Admin, groupId: string, members: number): Promise<void> {
  await waitUntil(`${members} members of ${groupId}`, async () => {
    const group = (await admin.describeGroups([groupId], { partial: true })).get(groupId)
    const owned = group?.members.flatMap(({ assignment }) => assignment).length ?? 0
    return group?.state === 'Stable' && group.members.length === members && owned >= 3
  })
}
