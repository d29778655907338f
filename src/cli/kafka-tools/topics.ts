import type { Admin, ListedTopic, NewTopic } from '../../client/index.ts'
import { withKafka } from '../connect.ts'
import type { Call } from './admin-calls.ts'
import { describeTopics } from './describe-topics.ts'
import { includeList } from './include-list.ts'
import { OptionException, type OptionSet, usageOf } from './jopt.ts'
import { err, out, UsageError } from './tool-output.ts'
import { MissingServerError, parseTopicsOptions, topicsSpecs } from './topics-options.ts'
import { KAFKA_VERSION } from './version.ts'

const ABOUT = 'This tool helps to create, delete, describe, or change a topic.'
const TIMEOUT_MS = 60_000
const REPLICATION_FACTOR_MAX = 32_767

/** kafka-topics as of Apache Kafka 4.2. @returns the exit code */
export async function topicsTool(args: readonly string[]): Promise<number> {
  try {
    if (args.length === 0) throw new UsageError('Create, delete, describe, or change a topic.')
    const options = parseTopicsOptions(args)
    if (options.has('help')) throw new UsageError(ABOUT)
    if (options.has('version')) {
      out(`${KAFKA_VERSION}\n`)
      return 0
    }
    return await run(options)
  } catch (error) {
    if (error instanceof UsageError) err(`${error.message}\n${usageOf(topicsSpecs)}`)
    else if (error instanceof OptionException) err(`${error.message}\n${error.javaClass}: ${error.message}\n\n`)
    else if (error instanceof MissingServerError)
      err(`${error.message}\njava.lang.IllegalArgumentException: ${error.message}\n\n`)
    else throw error
    return 1
  }
}

async function run(options: OptionSet): Promise<number> {
  try {
    const commandConfig = options.value('command-config')
    const connect = {
      bootstrapServer: options.value('bootstrap-server')!,
      ...(commandConfig !== undefined && { commandConfig }),
      timeout: TIMEOUT_MS,
    }
    await withKafka(connect, (kafka, signal) => act(kafka.admin(), options, { signal, timeoutMs: TIMEOUT_MS }))
    return 0
  } catch (error) {
    if (!(error instanceof Error)) throw error
    out(`Error while executing topic command : ${error.message}\n`)
    return 1
  }
}

function act(admin: Admin, options: OptionSet, call: Call): Promise<void> {
  if (options.has('create')) return create(admin, options, call)
  if (options.has('alter')) return alter(admin, options, call)
  if (options.has('list')) return list(admin, options, call)
  if (options.has('describe')) return describe(admin, options, call)
  return remove(admin, options, call)
}

async function create(admin: Admin, options: OptionSet, call: Call): Promise<void> {
  const name = options.value('topic')!
  const numbers = numbersOf(options)
  const configs = configsOf(options)
  if (/[._]/.test(name)) {
    out(
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.\n",
    )
  }
  const { partitions, replicationFactor, assignments } = numbers
  if (replicationFactor !== undefined && (replicationFactor < 1 || replicationFactor > REPLICATION_FACTOR_MAX))
    throw new Error(`The replication factor must be between 1 and ${REPLICATION_FACTOR_MAX} inclusive`)
  if (partitions !== undefined && partitions < 1) throw new Error('The partitions must be greater than 0')
  const topic: NewTopic = {
    name,
    configs,
    ...(assignments === undefined ? { partitions, replicationFactor } : { assignments }),
  }
  const { failures } = await admin.createTopics([topic], { ...call, partial: true })
  const failure = failures.get(name)
  if (failure === undefined) out(`Created topic ${name}.\n`)
  else if (failure.code !== 'TOPIC_ALREADY_EXISTS' || !options.has('if-not-exists')) throw failure
}

function numbersOf(options: OptionSet) {
  const partitions = options.value('partitions')
  const replicationFactor = options.value('replication-factor')
  const assignment = options.value('replica-assignment') ?? ''
  return {
    partitions: partitions === undefined ? undefined : Number(partitions),
    replicationFactor: replicationFactor === undefined ? undefined : Number(replicationFactor),
    assignments: assignment === '' ? undefined : assignmentsOf(assignment),
  }
}

/** `1:2,2:3`: the replicas of two partitions. */
function assignmentsOf(text: string): readonly (readonly number[])[] {
  const assignments = text.split(',').map((part) =>
    part.split(':').map((id) => {
      if (!/^\s*\d+\s*$/.test(id)) throw new Error(`For input string: "${id.trim()}"`)
      return Number(id)
    }),
  )
  for (const [partition, replicas] of assignments.entries()) {
    const duplicates = replicas.filter((id, at) => replicas.indexOf(id) !== at)
    if (duplicates.length > 0)
      throw new Error(
        `Partition replica lists may not contain duplicate entries: ${[...new Set(duplicates)].join(',')}`,
      )
    if (replicas.length !== assignments[0]!.length)
      throw new Error(`Partition ${partition} has different replication factor: [${replicas.join(', ')}]`)
  }
  return assignments
}

function configsOf(options: OptionSet): Readonly<Record<string, string>> {
  return Object.fromEntries(
    options.values('config').map((text) => {
      const parts = text.split(/\s*=\s*/)
      if (parts.length !== 2)
        throw new Error(
          'requirement failed: Invalid topic config: all configs to be added must be in the format "key=val".',
        )
      return [parts[0]!.trim(), parts[1]!.trim()]
    }),
  )
}

async function alter(admin: Admin, options: OptionSet, call: Call): Promise<void> {
  const { partitions: totalCount = 0, assignments } = numbersOf(options)
  const names = await existingTopics(admin, options, call)
  if (names.length === 0) return
  const topics = await admin.describeTopics(names, call)
  const news = [...topics.values()].map(({ name, partitions }) => {
    return { topic: name, totalCount, assignments: assignments?.slice(partitions.length) }
  })
  const { failures } = await admin.createPartitions(news, { ...call, partial: true })
  for (const failure of failures.values()) throw failure
}

async function list(admin: Admin, options: OptionSet, call: Call): Promise<void> {
  const topics = await matchingTopics(admin, options, call)
  out(`${topics.map(({ name }) => name).join('\n')}\n`)
}

async function describe(admin: Admin, options: OptionSet, call: Call): Promise<void> {
  const topicId = options.value('topic-id')
  if (topicId === undefined || topicId === 'AAAAAAAAAAAAAAAAAAAAAA') {
    return describeTopics(admin, await existingTopics(admin, options, call), options, call)
  }
  const topics = await admin.listTopics({ ...call, includeInternal: !options.has('exclude-internal') })
  const found = topics.filter((topic) => topic.topicId === topicId).map(({ name }) => name)
  if (found.length === 0 && !options.has('if-exists'))
    throw new Error(`TopicId '${topicId}' does not exist as expected`)
  return describeTopics(admin, found, options, call)
}

async function remove(admin: Admin, options: OptionSet, call: Call): Promise<void> {
  const names = await existingTopics(admin, options, call)
  const { failures } = await admin.deleteTopics(names, { ...call, partial: true })
  for (const failure of failures.values()) throw failure
}

async function existingTopics(admin: Admin, options: OptionSet, call: Call): Promise<readonly string[]> {
  const names = (await matchingTopics(admin, options, call)).map(({ name }) => name)
  const wanted = options.value('topic')
  if (wanted !== undefined && wanted !== '' && names.length === 0 && !options.has('if-exists'))
    throw new Error(`Topic '${wanted}' does not exist as expected`)
  return names
}

/** Topics by name, whose whole name matches --topic. */
async function matchingTopics(admin: Admin, options: OptionSet, call: Call): Promise<readonly ListedTopic[]> {
  const wanted = options.value('topic')
  const isIncluded = wanted === undefined ? () => true : await includeList(wanted)
  const topics = await admin.listTopics({ ...call, includeInternal: !options.has('exclude-internal') })
  return topics.filter(({ name }) => isIncluded(name)).sort((a, b) => (a.name < b.name ? -1 : 1))
}
