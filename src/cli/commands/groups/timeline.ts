import { Command } from 'commander'
import type { Kafka } from '../../../client/index.ts'
import {
  durationOf,
  movesOf,
  readGroupTimeline,
  sentenceOf,
  summaryOf,
  summaryText,
  type TimelineEntry,
} from '../../../tools/timeline/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
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
  styled,
} from '../../output/index.ts'
import { parseSince } from './since.ts'

interface Options extends ConnectOptions, OutputOptions {
  readonly since?: string
  readonly follow?: boolean
}

export function timelineCommand(): Command {
  const command = new Command()
    .argument('<group>')
    .option('--since <time>', 'from then on: 1h, 2d, or 2026-11-21T10:00:00Z (default: all that is kept)')
    .option('--follow', 'wait for more, until Ctrl-C; with --output json one object a line')
  return addConnectOptions(addOutputOption(command)).action(timeline)
}

async function timeline(groupId: string, options: Options): Promise<void> {
  const sinceMs = options.since === undefined ? undefined : parseSince(options.since, Date.now())
  const output = openOutput(options)
  await withKafka(options, async (kafka, signal) => {
    if (options.follow === true) return follow(kafka, { groupId, sinceMs, signal, output })
    const entries: TimelineEntry[] = []
    for await (const entry of readGroupTimeline(kafka, { groupId, sinceMs, signal })) entries.push(entry)
    print(groupId, entries, output)
  })
}

async function follow(
  kafka: Kafka,
  {
    output,
    ...options
  }: {
    readonly groupId: string
    readonly sinceMs: number | undefined
    readonly signal: AbortSignal
    readonly output: Output
  },
): Promise<void> {
  const lines = new Lines(output)
  for await (const entry of readGroupTimeline(kafka, { ...options, follow: true })) {
    if (output.format === 'json') output.write(`${JSON.stringify(entry)}\n`)
    else if (output.format === 'csv') printTable([entry], columns, { output })
    else lines.write(entry)
  }
}

function print(groupId: string, entries: readonly TimelineEntry[], output: Output): void {
  if (output.format === 'json') return printJson(entries, output)
  if (output.format === 'csv') return printTable(entries, columns, { output })
  if (entries.length === 0) {
    const text = `Nothing is known of a group ${printable(groupId)} in that time`
    return output.write(`${text}; of share and streams groups only --follow tells.\n`)
  }
  const lines = new Lines(output)
  for (const entry of entries) lines.write(entry)
  output.write(`\n${summaryText(summaryOf(entries))}\n`)
}

const columns: readonly Column<TimelineEntry>[] = [
  { key: 'timeMs', value: ({ timeMs }) => timeMs },
  { key: 'source', value: ({ source }) => source },
  { key: 'generationId', value: ({ generationId }) => generationId },
  { key: 'type', value: ({ type }) => type },
  { key: 'trigger', value: ({ trigger }) => trigger },
  { key: 'memberId', value: ({ member }) => member?.memberId },
  { key: 'clientId', value: ({ member }) => member?.clientId },
  { key: 'host', value: ({ member }) => member?.clientHost },
  { key: 'durationMs', value: durationOf },
  { key: 'movedPartitions', value: (entry) => movesOf(entry)?.length },
  { key: 'sentence', value: sentenceOf },
]

/** Entries as people read them: a line each, the day once, and once that they are inferred. */
class Lines {
  readonly #output: Output
  #day = ''
  #isMarked = false

  constructor(output: Output) {
    this.#output = output
  }

  write(entry: TimelineEntry): void {
    const output = this.#output
    if (entry.source === 'inferred' && !this.#isMarked) {
      this.#isMarked = true
      const text = 'Inferred from __consumer_offsets: this cluster does not keep why groups change.'
      output.write(`${styled(text, 'yellow', output)}\n`)
    }
    const [day, time] = new Date(entry.timeMs).toISOString().split('T') as [string, string]
    if (day !== this.#day) output.write(`${styled(`${day} UTC`, 'bold', output)}\n`)
    this.#day = day
    const generation = entry.generationId < 0 ? '' : String(entry.generationId)
    const head = `${time.slice(0, 12)}  ${generation.padStart(4)}  `
    const text = styled(printable(sentenceOf(entry)), styleOf(entry), output)
    output.write(`${styled(head, 'dim', output)}${text}\n`)
  }
}

function styleOf({ type, trigger }: TimelineEntry): Style | undefined {
  if (type === 'member-evicted' || type === 'member-fenced' || trigger === 'max-poll-interval') return 'red'
  if (type === 'rebalance-completed') return 'green'
  if (type === 'offsets-expired' || type === 'events-dropped' || type === 'group-deleted') return 'yellow'
  return undefined
}
