import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { javaClient } from '../java/java-client.ts'
import { ClientProcess, waitUntil } from '../support/index.ts'
import { type Shell, transcripts } from './transcript.ts'

const client = javaClient({ version: '4.2', assignors: ['range'], staticMembership: true })
const consumerProtocol = javaClient({
  version: '4.2',
  assignors: [],
  staticMembership: true,
  groupProtocol: 'consumer',
})

transcripts('kafka-consumer-groups', [
  {
    name: 'groups-empty',
    title: 'an empty group keeps its offsets until they or the group are deleted',
    async script(shell) {
      await produceByKey(shell, { topic: 'stock', partitions: 3, records: 30 })
      await drain(shell, { groupId: 'counters', topic: 'stock', records: 30 })
      await produceByKey(shell, { topic: 'stock', partitions: 3, records: 10 })
      await describeInEveryWay(shell, 'counters')
      await shell.run('kafka-consumer-groups', '--list --state empty')
      await shell.run('kafka-consumer-groups', '--delete-offsets --group counters --topic stock:1')
      await shell.run('kafka-consumer-groups', '--delete-offsets --group counters --topic stock:7', { sort: true })
      await shell.run('kafka-consumer-groups', '--describe --group counters', { sort: true })
      await shell.run('kafka-consumer-groups', '--delete-offsets --group counters --topic stock', { sort: true })
      await shell.run('kafka-consumer-groups', '--delete-offsets --group nobody --topic stock', { sort: true })
      await shell.run('kafka-consumer-groups', '--describe --group counters')
      await shell.run('kafka-consumer-groups', '--delete --group counters')
      await shell.run('kafka-consumer-groups', '--delete --group counters')
      await shell.run('kafka-consumer-groups', '--describe --group counters')
    },
  },
  {
    name: 'reset-offsets',
    title: 'offsets of an empty group are reset in every mode',
    async script(shell) {
      await produceByKey(shell, { topic: 'log', partitions: 2, records: 20 })
      await nextMillisecond()
      const between = new Date().toISOString().slice(0, 23)
      await nextMillisecond()
      await produceByKey(shell, { topic: 'log', partitions: 2, records: 20 })
      await drain(shell, { groupId: 'resetters', topic: 'log', records: 40 })
      const reset = (args: string) =>
        shell.run('kafka-consumer-groups', `--reset-offsets --group resetters --topic log ${args}`, {
          sort: true,
          normalize: (output) => output.replaceAll(between, 'BETWEEN'),
        })
      const show = () => shell.run('kafka-consumer-groups', '--describe --group resetters', { sort: true })

      await reset('--to-earliest')
      await reset('--to-earliest --dry-run')
      await show()
      await reset('--to-earliest --execute')
      await show()
      await reset('--to-offset 5 --execute')
      await reset('--shift-by 3 --execute')
      await reset('--shift-by -100 --execute')
      await reset('--shift-by 1000 --execute')
      await reset('--to-offset 1000 --execute')
      await reset('--to-current --execute')
      await quietDatetimeReset(shell, between)
      await show()
      await reset('--to-datetime 2000-01-01T00:00:00.000 --execute')
      await reset('--to-datetime 2100-01-01T00:00:00.000 --execute')
      await reset('--by-duration PT1H --execute')
      await reset('--by-duration PT0S --execute')
      await reset('--to-latest --execute')
      await reset('--to-earliest --export --dry-run')
      const plan = join(shell.folder, 'plan.csv')
      writeFileSync(plan, 'log,0,3\nlog,1,4\n')
      const fromFile = { sort: true, normalize: (output: string) => output.replaceAll(plan, 'PLAN') }
      const importing = `--reset-offsets --group resetters --from-file ${plan} --execute`
      const imported = await shell.quietly('kafka-consumer-groups', importing)
      shell.note(`From a file: ${fromFile.normalize(imported.output).trim().split(/\s+/).join(' ')}`)
      await show()
      await shell.run('kafka-consumer-groups', '--reset-offsets --group resetters --topic log:1 --to-latest --execute')
      await shell.run(
        'kafka-consumer-groups',
        '--reset-offsets --group resetters --all-topics --to-offset 2 --execute',
        {
          sort: true,
        },
      )
      await shell.run(
        'kafka-consumer-groups',
        '--reset-offsets --group never-seen --topic log --to-offset 2 --execute',
        {
          sort: true,
        },
      )
      await shell.run('kafka-consumer-groups', '--describe --group never-seen', { sort: true })
      await shell.run('kafka-consumer-groups', '--reset-offsets --all-groups --topic log --to-latest --dry-run', {
        sort: true,
      })
      await shell.run(
        'kafka-consumer-groups',
        '--reset-offsets --group resetters --topic missing --to-latest --execute',
      )
    },
  },
  {
    name: 'groups',
    title: 'groups are listed and described in every way, live and empty, and deleted',
    async script(shell) {
      await client.prepare()
      await produceByKey(shell, { topic: 'sales', partitions: 2, records: 20 })
      await shell.run('kafka-consumer-groups', '--list')
      await shell.run('kafka-consumer-groups', '--describe --group sellers')

      shell.note('Two members, one of them static.')
      const one = consume(shell, { groupId: 'sellers', topic: 'sales' })
      await one.waitFor('both partitions', () => one.owned.length === 2)
      const two = consume(shell, { groupId: 'sellers', topic: 'sales', groupInstanceId: 'till-2' })
      await waitUntil('a shared topic', () => one.owned.length === 1 && two.owned.length === 1)
      await waitUntil('all records', () => recordsSeen([one, two]) === 20)
      await waitUntil('their commits', async () => sum(await shell.admin.committedOffsets('sellers')) === 20)
      await shell.run('kafka-consumer-groups', '--list')
      await shell.run('kafka-consumer-groups', '--list --state')
      await shell.run('kafka-consumer-groups', '--list --state stable,empty')
      await shell.run('kafka-consumer-groups', '--list --state dead')
      await shell.run('kafka-consumer-groups', '--list --type')
      await shell.run('kafka-consumer-groups', '--list --type classic')
      await shell.run('kafka-consumer-groups', '--list --type consumer')
      await shell.run('kafka-groups', '--list')
      await shell.run('kafka-groups', '--list --consumer')
      await shell.run('kafka-groups', '--list --group-type classic --protocol consumer')
      await describeInEveryWay(shell, 'sellers')
      await shell.run('kafka-consumer-groups', '--describe --all-groups', { normalize: members, sort: true })
      await shell.run('kafka-consumer-groups', '--reset-offsets --group sellers --topic sales --to-earliest --execute')
      await shell.run('kafka-consumer-groups', '--delete --group sellers')
      await shell.run('kafka-consumer-groups', '--delete-offsets --group sellers --topic sales')

      shell.note('Both have gone; the static one without leaving, so it stays until its session ends or is removed.')
      await one.close()
      await two.waitFor('both partitions', () => two.owned.length === 2)
      await two.close()
      await shell.admin.groupIsStable('sellers', 1)
      await shell.run('kafka-consumer-groups', '--describe --group sellers --members', { normalize: members })
      await shell.run('kafka-consumer-groups', '--delete --group sellers')
    },
  },
])

// A broker of its own: what is listed is all that there is.
transcripts('kafka-consumer-groups, consumer protocol,', [
  {
    name: 'groups-consumer',
    title: 'groups of the consumer protocol are listed and described in every way, live and empty, and deleted',
    async script(shell) {
      await consumerProtocol.prepare()
      await produceByKey(shell, { topic: 'sales', partitions: 3, records: 20 })
      const member = { groupId: 'sellers', topic: 'sales', protocol: 'consumer' } as const
      const one = consume(shell, member, consumerProtocol)
      await one.waitFor('all partitions', () => one.owned.length === 3)
      const two = consume(shell, { ...member, groupInstanceId: 'till-2' }, consumerProtocol)
      await waitUntil('a shared topic', () => one.owned.length + two.owned.length === 3 && two.owned.length > 0)
      await waitUntil('all records', () => recordsSeen([one, two]) === 20)
      await waitUntil('their commits', async () => sum(await shell.admin.committedOffsets('sellers')) === 20)
      await shell.admin.groupIsStable('sellers', 2)
      await shell.run('kafka-consumer-groups', '--list --state')
      await shell.run('kafka-consumer-groups', '--list --state reconciling,assigning')
      await shell.run('kafka-consumer-groups', '--list --type')
      await shell.run('kafka-consumer-groups', '--list --type classic')
      await shell.run('kafka-consumer-groups', '--list --type consumer')
      await shell.run('kafka-groups', '--list')
      await shell.run('kafka-groups', '--list --consumer')
      await shell.run('kafka-groups', '--list --group-type consumer --protocol consumer')
      // Which of the two has the third partition, their random ids decide.
      await describeInEveryWay(shell, 'sellers')
      await shell.run('kafka-consumer-groups', '--reset-offsets --group sellers --topic sales --to-earliest --execute')
      await shell.run('kafka-consumer-groups', '--delete --group sellers')
      await shell.run('kafka-consumer-groups', '--delete-offsets --group sellers --topic sales', { sort: true })
      await one.close()
      await two.close()
      await shell.run('kafka-configs', '--alter --group sellers --add-config consumer.session.timeout.ms=50000')
      await shell.run('kafka-configs', '--describe --group sellers')
      await shell.run('kafka-configs', '--alter --group sellers --add-config consumer.session.timeout.ms=1')
    },
  },
])

/** A record that was read but not committed when its partition moved is read again, and counts once. */
function recordsSeen(clients: readonly ClientProcess[]): number {
  const seen = clients.flatMap(({ records }) => records.map(({ partition, offset }) => `${partition}:${offset}`))
  return new Set(seen).size
}

function consume(
  shell: Shell,
  options: {
    readonly groupId: string
    readonly topic: string
    readonly groupInstanceId?: string
    readonly protocol?: 'consumer'
  },
  program = client,
): ClientProcess {
  const { topic, ...rest } = options
  const command = program.consumer({
    bootstrap: shell.broker.bootstrap,
    topics: [topic],
    ...(options.protocol === undefined && { assignor: 'range' as const }),
    commit: 'manual',
    autoCommitIntervalMs: 500,
    offsetReset: 'earliest',
    sessionTimeoutMs: 30_000,
    heartbeatIntervalMs: 500,
    maxPollIntervalMs: 60_000,
    processingDelayMs: 0,
    ...rest,
  })
  return shell.owns(new ClientProcess('member', command))
}

/** Partitions follow from the keys by a hash of the client, so they are the same everywhere. */
async function produceByKey(
  shell: Shell,
  options: { readonly topic: string; readonly partitions: number; readonly records: number },
): Promise<void> {
  const { topic, partitions, records } = options
  await shell.admin.createTopic(topic, partitions).catch((error: unknown) => {
    if (!String(error).includes('error 36')) throw error
  })
  const lines = Array.from({ length: records }, (_, i) => `key-${i}\tvalue ${i}\n`)
  const { exitCode, output } = await shell.quietly(
    'kafka-console-producer',
    `--topic ${topic} --reader-property parse.key=true`,
    { stdin: lines.join('') },
  )
  if (exitCode !== 0) throw new Error(output)
}

async function drain(
  shell: Shell,
  options: { readonly groupId: string; readonly topic: string; readonly records: number },
): Promise<void> {
  const { groupId, topic, records } = options
  const args = `--topic ${topic} --group ${groupId} --from-beginning --max-messages ${records}`
  const { exitCode, output } = await shell.quietly('kafka-console-consumer', args)
  if (exitCode !== 0) throw new Error(output)
}

async function describeInEveryWay(shell: Shell, groupId: string): Promise<void> {
  for (const flags of [
    '',
    '--offsets',
    '--offsets --verbose',
    '--members',
    '--members --verbose',
    '--state',
    '--state --verbose',
  ]) {
    const args = `--describe --group ${groupId} ${flags}`.trim()
    await shell.run('kafka-consumer-groups', args, { normalize: members, sort: true })
  }
}

async function quietDatetimeReset(shell: Shell, between: string): Promise<void> {
  const args = `--reset-offsets --group resetters --topic log --to-datetime ${between} --execute`
  const { output } = await shell.quietly('kafka-consumer-groups', args)
  const rows = output.split('\n').filter((line) => line.startsWith('resetters'))
  shell.note(
    `To a time between two batches: ${rows
      .map((row) => row.split(/\s+/).join(' ').trim())
      .sort()
      .join(', ')}`,
  )
}

/** Two members' random ids decide which of them is first. Those of the consumer protocol are Kafka's short UUIDs. */
function members(output: string): string {
  return output
    .replaceAll(/\b(consumer-\S+?|till-2)-[0-9a-f]{8}-[0-9a-f-]{27}/g, 'MEMBER')
    .replaceAll(/(?<=\s|^)[\w-]{22}(?=\s)/gm, 'MEMBER')
}

function sum(offsets: Readonly<Record<string, number>>): number {
  return Object.values(offsets).reduce((total, offset) => total + offset, 0)
}

async function nextMillisecond(): Promise<void> {
  const start = Date.now()
  await waitUntil('the next millisecond', () => Date.now() > start + 1)
}
