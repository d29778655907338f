import { readFileSync } from 'node:fs'
import type { TopicPartition } from '../../assignor/index.ts'
import type { Admin } from '../../client/index.ts'
import {
  type OffsetLine,
  parseDateTime,
  parseDuration,
  parseOffsetsFile,
  planReset,
  type ResetTarget,
  readCommitted,
  readResetFacts,
} from '../../tools/groups/index.ts'
import { type Call, describeThoseOfConsumers, executionError, kafkaError, listConsumerGroups } from './admin-calls.ts'
import { NO_SCENARIO } from './consumer-groups-options.ts'
import { hashMapOrder, javaHashCode, partitionHash } from './java.ts'
import type { OptionSet } from './jopt.ts'
import { out, padded, printError, ToolError, UsageError, widest } from './tool-output.ts'

interface NewOffset extends TopicPartition {
  readonly offset: bigint
}

/** `--reset-offsets`: as Kafka's tool, offsets outside of the log become the nearest inside. @throws ToolError, UsageError */
export async function resetOffsets(admin: Admin, options: OptionSet, call: Call): Promise<void> {
  const groupIds = options.has('all-groups')
    ? (await listConsumerGroups(admin, call)).map(({ groupId }) => groupId)
    : [...new Set(options.values('group'))]
  for (const name of ['to-offset', 'shift-by']) options.value(name)
  const described = await describeThoseOfConsumers(admin, groupIds, call)
  const results = new Map<string, readonly NewOffset[]>()
  for (const groupId of hashMapOrder(groupIds, javaHashCode)) {
    const failure = described.failures.get(groupId)
    if (failure !== undefined && failure.code !== 'GROUP_ID_NOT_FOUND') throw executionError(failure)
    const state = described.get(groupId)?.state ?? 'Dead'
    if (state === 'Empty' || state === 'Dead') results.set(groupId, await resetInactive(admin, groupId, options, call))
    else {
      printError(
        `Assignments can only be reset if the group '${groupId}' is inactive, but the current state is ${state}.`,
      )
      results.set(groupId, [])
    }
  }
  if (options.has('export')) printCsv(results, options.values('group').length === 1)
  else printTable(results)
}

async function resetInactive(
  admin: Admin,
  groupId: string,
  options: OptionSet,
  call: Call,
): Promise<readonly NewOffset[]> {
  const partitions = await partitionsOf(admin, groupId, options, call)
  await checkPartitions(admin, partitions, call)
  const offsets = await newOffsets(admin, groupId, partitions, options, call)
  if (options.has('execute') && offsets.length > 0) {
    const altered = await admin.alterGroupOffsets(groupId, offsets, { ...call, partial: true })
    for (const failure of altered.failures.values()) throw kafkaError(failure)
  }
  return hashMapOrder(offsets, partitionHash)
}

async function partitionsOf(
  admin: Admin,
  groupId: string,
  options: OptionSet,
  call: Call,
): Promise<readonly TopicPartition[]> {
  if (options.has('all-topics')) {
    return Array.from((await readCommitted(admin, groupId, call)).keys(), (key) => {
      const at = key.lastIndexOf('-')
      return { topic: key.slice(0, at), partition: Number(key.slice(at + 1)) }
    })
  }
  if (options.has('topic')) return topicPartitions(admin, options.values('topic'), call)
  if (!options.has('from-file'))
    throw new UsageError('One of the reset scopes should be defined: --all-topics, --topic.')
  return []
}

/** `orders` is all partitions of a topic, `orders:0,1` are two of them. @throws UsageError, ToolError */
async function topicPartitions(admin: Admin, texts: readonly string[], call: Call): Promise<readonly TopicPartition[]> {
  const named = texts.filter((text) => text.includes(':')).flatMap(parseTopicPartitions)
  const topics = await admin.describeTopics(
    texts.filter((text) => !text.includes(':')),
    { ...call, partial: true },
  )
  for (const failure of topics.failures.values()) throw kafkaError(failure)
  const all = [...topics.values()].flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  )
  return [...named, ...all]
}

/** `orders:0,1` @throws UsageError */
export function parseTopicPartitions(text: string): readonly TopicPartition[] {
  const [topic, partitions, ...rest] = text.split(':')
  if (topic === undefined || partitions === undefined || rest.length > 0)
    throw new UsageError(`Invalid topic arg '${text}', expected topic name and partitions`)
  return partitions.split(',').map((partition) => {
    if (!/^\d+$/.test(partition))
      throw new UsageError(`Invalid partition '${partition}' specified in topic arg '${text}''`)
    return { topic, partition: Number(partition) }
  })
}

async function checkPartitions(admin: Admin, partitions: readonly TopicPartition[], call: Call): Promise<void> {
  const names = [...new Set(partitions.map(({ topic }) => topic))]
  const topics = await admin.describeTopics(names, { ...call, partial: true })
  for (const failure of topics.failures.values()) {
    const { message, trace } = executionError(failure)
    throw new ToolError(`java.util.concurrent.ExecutionException: ${message}`, [
      `java.lang.RuntimeException: ${trace[0]}`,
    ])
  }
  const missing = partitions.filter(({ topic, partition }) => topics.get(topic)?.partitions[partition] === undefined)
  if (missing.length > 0) throw missingPartitions('UnknownTopicOrPartition', missing, 'do not exist')
  const leaderless = partitions.filter(({ topic, partition }) => topics.get(topic)!.partitions[partition]!.leaderId < 0)
  if (leaderless.length > 0) throw missingPartitions('LeaderNotAvailable', leaderless, 'have no leader')
}

function missingPartitions(name: string, partitions: readonly TopicPartition[], what: string): ToolError {
  const sentence = `The partitions "${partitions.map(nameOf).join(',')}" ${what}`
  return new ToolError(sentence, [`org.apache.kafka.common.errors.${name}Exception: ${sentence}`])
}

async function newOffsets(
  admin: Admin,
  groupId: string,
  partitions: readonly TopicPartition[],
  options: OptionSet,
  call: Call,
): Promise<readonly NewOffset[]> {
  const target = targetOf(admin, groupId, options)
  if (target === undefined) {
    printError(`No reset plan for group ${groupId} found.`)
    return []
  }
  const places = target.to === 'offsets' ? target.places : partitions
  const { facts, problems } = await readResetFacts(admin, groupId, places, target, call)
  for (const [key, problem] of problems) throw new ToolError(`${key}: ${problem}`, [])
  const { changes } = planReset(groupId, target, facts, 'clamp')
  for (const { topic, partition, isAfterLast } of hashMapOrder(changes, partitionHash)) {
    if (isAfterLast)
      out(`\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`)
  }
  return changes.map(({ topic, partition, newOffset }) => {
    if (newOffset === undefined)
      throw new UsageError(
        `Cannot shift offset for partition ${topic}-${partition} since there is no current committed offset`,
      )
    return { topic, partition, offset: newOffset }
  })
}

type Target =
  | Exclude<ResetTarget, { to: 'offsets' }>
  | (ResetTarget & { to: 'offsets'; places: readonly TopicPartition[] })

/** undefined where the file has nothing for the group. @throws UsageError, ToolError */
function targetOf(admin: Admin, groupId: string, options: OptionSet): Target | undefined {
  const offset = options.value('to-offset')
  const by = options.value('shift-by')
  const time = options.value('to-datetime')
  const duration = options.value('by-duration')
  const file = options.value('from-file')
  if (offset !== undefined) return { to: 'offset', offset: BigInt(offset) }
  if (options.has('to-earliest')) return { to: 'earliest' }
  if (options.has('to-latest')) return { to: 'latest' }
  if (by !== undefined) return { to: 'shift', by: BigInt(by) }
  if (time !== undefined) return { to: 'time', timestampMs: timeOf(time) }
  if (duration !== undefined) return { to: 'time', timestampMs: admin.clock.wallMs() - durationOf(duration) }
  if (file !== undefined) return fileTarget(file, groupId, options.values('group').length === 1)
  if (options.has('to-current')) return { to: 'current' }
  throw new UsageError(NO_SCENARIO)
}

function timeOf(text: string): number {
  const timestampMs = parseDateTime(text)
  if (timestampMs !== undefined) return timestampMs
  const sentence = text.includes('T')
    ? `Unparseable date: "${/T.*[-+Z]/.test(text) ? text : `${text}Z`}"`
    : "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format"
  const cause = `java.text.ParseException: ${sentence}`
  throw new ToolError(cause, [`java.lang.RuntimeException: ${cause}`, `Caused by: ${cause}`])
}

function durationOf(text: string): number {
  const durationMs = parseDuration(text)
  if (durationMs !== undefined) return durationMs
  const sentence = 'Text cannot be parsed to a Duration'
  throw new ToolError(sentence, [`java.time.format.DateTimeParseException: ${sentence}`])
}

function fileTarget(path: string, groupId: string, isSingle: boolean): Target | undefined {
  const lines = readLines(path).filter((line) => (line.groupId ?? (isSingle ? groupId : undefined)) === groupId)
  if (lines.length === 0) return undefined
  const offsets = new Map(lines.map((line) => [nameOf(line), line.offset]))
  const places = new Map(lines.map((line) => [nameOf(line), { topic: line.topic, partition: line.partition }]))
  return { to: 'offsets', offsets, places: [...places.values()] }
}

function readLines(path: string): readonly OffsetLine[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    const cause = `java.io.IOException: Unable to read file ${path}`
    throw new ToolError(cause, [`java.lang.RuntimeException: ${cause}`, `Caused by: ${cause}`])
  }
  try {
    return parseOffsetsFile(text)
  } catch (error) {
    throw new ToolError(`${path}: ${(error as Error).message}`, [])
  }
}

function printCsv(results: ReadonlyMap<string, readonly NewOffset[]>, isSingle: boolean): void {
  for (const [groupId, offsets] of results) {
    for (const { topic, partition, offset } of offsets) {
      out(`${isSingle ? '' : `${csvText(groupId)},`}${csvText(topic)},${partition},${offset}\n`)
    }
  }
  out('\n')
}

/** Quoted where Kafka's CSV library does not look whether it must be: texts of more than 24 characters. */
function csvText(text: string): string {
  return text.length > 24 || /[^\x2d-\uffff]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function printTable(results: ReadonlyMap<string, readonly NewOffset[]>): void {
  const topics = [...results.values()].flatMap((offsets) => offsets.map(({ topic }) => topic))
  const widths = [widest(15, results.keys()), widest(15, topics), 10]
  if (results.size > 0) out(`\n${padded(['GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET'], widths)}`)
  for (const [groupId, offsets] of results) {
    for (const { topic, partition, offset } of offsets) out(`\n${padded([groupId, topic, partition, offset], widths)}`)
  }
  out('\n')
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
