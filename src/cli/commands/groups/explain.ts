import { Command, Option } from 'commander'
import { type Evidence, explainGroup, type Finding, gatherEvidence, type Place } from '../../../tools/explain/index.ts'
import { count } from '../../../tools/words/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { UsageError } from '../../exit-code.ts'
import {
  addOutputOption,
  type Column,
  type Output,
  type OutputOptions,
  openOutput,
  printable,
  printJson,
  printTable,
  type Style,
  startProgress,
  styled,
} from '../../output/index.ts'
import { parseDurationMs } from './since.ts'

interface Options extends ConnectOptions, OutputOptions {
  readonly member?: string
  readonly partition?: string
  readonly wait: string
  readonly lookBack: string
}

export function explainCommand(): Command {
  const command = new Command()
    .argument('<group>')
    .option('--member <id>', 'what is about this member: its member, instance or client id')
    .option('--partition <topic:partition>', 'what is about this partition')
    .addOption(new Option('--wait <time>', 'between the two looks at the lag').default('5s'))
    .addOption(new Option('--look-back <time>', 'how far back the timeline is read').default('1d'))
  return addConnectOptions(addOutputOption(command)).action(explain)
}

async function explain(groupId: string, options: Options): Promise<void> {
  const filter = { member: options.member, partition: placeOf(options.partition) }
  const waitMs = parseDurationMs(options.wait, '--wait')
  const lookBackMs = parseDurationMs(options.lookBack, '--look-back')
  const progress = startProgress(`looking at group ${groupId}`)
  const gather = { waitMs, lookBackMs, onProgress: (text: string) => progress.update(text) }
  const evidence = await withKafka(options, (kafka, signal) =>
    gatherEvidence(kafka, groupId, { ...gather, signal }),
  ).finally(() => progress.end())
  print(evidence, explainGroup(evidence, filter), openOutput(options))
}

function placeOf(text: string | undefined): Place | undefined {
  if (text === undefined) return undefined
  const match = /^(.+):(\d+)$/.exec(text)
  if (match === null) throw new UsageError(`--partition ${text} is none; write TOPIC:PARTITION.`)
  return { topic: match[1]!, partition: Number(match[2]) }
}

const columns: readonly Column<Finding>[] = [
  { key: 'rule', value: ({ rule }) => rule },
  { key: 'severity', value: ({ severity }) => severity },
  { key: 'sentence', value: ({ sentence }) => sentence },
  { key: 'members', value: ({ members }) => members },
  { key: 'partitions', value: ({ partitions }) => partitions.map(({ topic, partition }) => `${topic}:${partition}`) },
]

const styles: Readonly<Record<Finding['severity'], Style>> = { critical: 'red', warning: 'yellow', info: 'cyan' }

function print(evidence: Evidence, findings: readonly Finding[], output: Output): void {
  const { groupId, atMs, elapsedMs, timelineSource } = evidence
  if (output.format === 'json') return printJson({ groupId, atMs, elapsedMs, timelineSource, findings }, output)
  if (output.format === 'csv') return printTable(findings, columns, { output })
  output.write(`${printable(overview(evidence))}\n`)
  if (findings.every(({ severity }) => severity === 'info')) output.write('Nothing seems to be wrong with it.\n')
  for (const finding of findings) {
    const head = styled(`${finding.severity.toUpperCase()}  ${finding.rule}`, styles[finding.severity], output)
    output.write(`\n${head}\n${wrapped(finding.sentence, '', output)}`)
    for (const line of finding.evidence) output.write(wrapped(line, '  · ', output))
    for (const line of finding.advice) output.write(wrapped(line, '  → ', output))
  }
}

function overview({ groupId, group, now, timeline, timelineSource }: Evidence): string {
  const state =
    group === undefined
      ? 'does not exist'
      : `is ${group.state} (${group.type}), ${count(group.members.length, 'member')}`
  const source = {
    recorded: `${count(timeline.length, 'event')} recorded`,
    inferred: `${count(timeline.length, 'event')} inferred from __consumer_offsets`,
    unknown: 'no timeline: its topics may not be read',
  }[timelineSource]
  return `Group ${groupId} ${state}, ${behindText(now)}; ${source}.`
}

/** What is not known is not counted, and said. */
function behindText({ partitions }: Evidence['now']): string {
  const known = partitions.flatMap(({ lag }) => lag ?? [])
  const behind = `${count(
    known.reduce((sum, lag) => sum + lag, 0n),
    'record',
  )} behind`
  if (known.length === partitions.length) return behind
  if (known.length === 0) return 'nothing tells how far behind'
  return `${behind} in ${known.length} of ${count(partitions.length, 'partition')}`
}

const WIDTH_MIN = 40

/** Lines that fit the terminal, each behind what the first one begins with. */
function wrapped(text: string, lead: string, { width }: Output): string {
  const room = Math.max(WIDTH_MIN, width ?? Number.POSITIVE_INFINITY) - lead.length
  const lines: string[] = []
  for (const word of printable(text).split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > room) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.map((line, at) => `${at === 0 ? lead : ' '.repeat(lead.length)}${line}\n`).join('')
}
