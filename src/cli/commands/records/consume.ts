import { once } from 'node:events'
import { Command, InvalidArgumentError, Option } from 'commander'
import {
  type Admin,
  type Consumer,
  type ConsumerRecord,
  type Kafka,
  type OffsetToCommit,
  RecordError,
  type TopicPartition,
} from '../../../client/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { CliError, UsageError } from '../../exit-code.ts'
import { positiveInteger } from '../../options.ts'
import { printable } from '../../output/index.ts'
import { asShown, type Format, formatOption, isChangedByJson, recordLine } from './formats.ts'
import { offsetsOf, type Place, parsePlace } from './places.ts'

const parts = ['timestamp', 'partition', 'offset', 'headers', 'key'] as const
type Part = (typeof parts)[number]

interface Options extends ConnectOptions {
  readonly from?: string
  readonly until?: string
  readonly partition?: readonly number[]
  readonly group?: string
  readonly max?: number
  readonly output: 'text' | 'json'
  readonly print?: readonly Part[]
  readonly separator: string
  readonly keyFormat: Format
  readonly format: Format
}

const POLL_MS = 500
const POLL_RECORDS = 500
const COMMIT_EVERY_MS = 5_000
/** Partitions without a place of their own begin so. */
const RESET = { beginning: 'earliest', end: 'latest' } as const

export function consumeCommand(): Command {
  const command = new Command()
    .argument('<topic>')
    .option(
      '--from <place>',
      'beginning, end, an offset, a time (2026-11-21T10:00:00Z, @MS) or how long ago (15m, 2d); with --group, where the group has no offset (default: end)',
    )
    .option('--until <place>', 'the same: reads to what is there now before this place, then ends')
    .addOption(new Option('--partition <n>', 'only this partition; repeatable, or with commas').argParser(partitions))
    .option(
      '--group <id>',
      'as a member of this group: shares the topic with its members, and commits what it has printed',
    )
    .addOption(new Option('--max <n>', 'ends after so many records').argParser(positiveInteger))
    .addOption(
      new Option('--output <form>', 'a line of text a record, or a line of JSON')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(
      new Option('--print <parts>', `what text has before the value, with commas: ${parts.join(', ')}`).argParser(
        printed,
      ),
    )
    .option('--separator <text>', 'between the parts of a line of text', '\t')
    .addOption(formatOption('--format <format>', 'how values are shown; json makes them part of --output json'))
    .addOption(formatOption('--key-format <format>', 'how keys are shown'))
    .addHelpText(
      'after',
      '\nEnds at SIGINT, SIGTERM and when nobody reads its output any more: then too, with --group, it has committed what it has printed.',
    )
  return addConnectOptions(command).action(consume)
}

async function consume(topic: string, options: Options): Promise<void> {
  const { group, partition } = options
  if (group !== undefined && partition !== undefined)
    throw new UsageError('Give either --group, which decides on partitions, or --partition.')
  const nowMs = Date.now()
  const from = parsePlace(options.from ?? 'end', '--from', nowMs)
  const until = options.until === undefined ? undefined : parsePlace(options.until, '--until', nowMs)
  if (until?.kind === 'time' && until.timeMs > nowMs)
    throw new UsageError('--until is in the future; it ends at what is there now.')
  const stop = new AbortController()
  const end = (): void => stop.abort(STOPPED)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  process.stdout.once('error', end)
  try {
    await withKafka(options, async (kafka, failed) => {
      const signal = AbortSignal.any([stop.signal, failed])
      await new Reading({ kafka, topic, options, from, until, signal }).run()
    })
  } catch (error) {
    if (error !== STOPPED) throw error
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end)
  }
}

/** Why it ends where the user wants it. */
const STOPPED = Symbol('stopped')

interface ReadingOptions {
  readonly kafka: Kafka
  readonly topic: string
  readonly options: Options
  readonly from: Place
  readonly until: Place | undefined
  readonly signal: AbortSignal
}

/** Prints records of a topic. Offsets are committed by what was printed, not by what was read. */
class Reading {
  readonly #given: ReadingOptions
  readonly #admin: Admin
  readonly #consumer: Consumer
  /** Behind what was printed, and is not committed, by partition. */
  readonly #printed = new Map<string, OffsetToCommit>()
  /** Where partitions end for this command, by `topic-partition`. */
  readonly #bounds = new Map<string, bigint>()
  #count = 0
  #hasWarned = false
  #committedMs = 0
  #failure: unknown

  constructor(given: ReadingOptions) {
    this.#given = given
    const { kafka, options, from } = given
    const { group } = options
    const autoOffsetReset = from.kind === 'end' ? RESET.end : RESET.beginning
    this.#admin = kafka.admin()
    this.#consumer = kafka.consumer({
      enableAutoCommit: false,
      autoOffsetReset,
      ...(group !== undefined && { groupId: group }),
    })
  }

  async run(): Promise<void> {
    const { signal } = this.#given
    try {
      if (this.#isMember) this.#join()
      else await this.#assign()
      await this.#read()
    } catch (error) {
      if (error !== STOPPED && !signal.aborted) throw error
      if (signal.aborted && signal.reason !== STOPPED) throw signal.reason
    } finally {
      // The signal is over: what follows takes no heed of it.
      if (this.#failure === undefined) await this.#commit()
      await this.#consumer.close()
    }
  }

  get #isMember(): boolean {
    return this.#given.options.group !== undefined
  }

  async #assign(): Promise<void> {
    const { topic, options, from, signal } = this.#given
    const described = (await this.#admin.describeTopics([topic], { signal })).get(topic)!
    const all = described.partitions.map(({ partition }) => partition)
    const wanted = options.partition ?? all
    const missing = wanted.filter((partition) => !all.includes(partition))
    if (missing.length > 0)
      throw new CliError(`Topic ${topic} has partitions 0 to ${all.length - 1}, and no ${missing}.`)
    const assigned = wanted.map((partition) => ({ topic, partition }))
    this.#consumer.assign(assigned)
    await this.#begin(assigned, () => true)
    if (from.kind === 'end' && this.#given.until === undefined && process.stderr.isTTY)
      process.stderr.write(`Waiting for new records of ${topic}; --from beginning shows what is there.\n`)
  }

  #join(): void {
    const { topic } = this.#given
    this.#consumer.subscribe(topic, {
      onPartitionsAssigned: async (assigned) => {
        try {
          const committed = await this.#consumer.committed(assigned)
          await this.#begin(assigned, (name) => !committed.has(name))
        } catch (error) {
          // A listener that throws is only logged; this one decides where reading begins.
          this.#failure = error
        }
      },
      onPartitionsRevoked: async (revoked, { commit }) => {
        const offsets = revoked.flatMap(({ topic: of, partition }) => this.#printed.get(`${of}-${partition}`) ?? [])
        if (offsets.length > 0) await commit(offsets)
        this.#forget(revoked)
      },
      onPartitionsLost: (lost) => this.#forget(lost),
    })
  }

  /** Seeks partitions to where they begin, and notes where they end. */
  async #begin(assigned: readonly TopicPartition[], isNew: (name: string) => boolean): Promise<void> {
    const { from, until, signal } = this.#given
    const fresh = assigned.filter(({ topic, partition }) => isNew(`${topic}-${partition}`))
    if (fresh.length > 0) {
      const begins = await offsetsOf(from, fresh, this.#admin, signal)
      for (const one of fresh) this.#consumer.seek({ ...one, offset: begins.get(`${one.topic}-${one.partition}`)! })
    }
    if (until === undefined) return
    for (const [name, offset] of await offsetsOf(until, assigned, this.#admin, signal)) this.#bounds.set(name, offset)
  }

  #forget(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      this.#printed.delete(`${topic}-${partition}`)
      this.#bounds.delete(`${topic}-${partition}`)
    }
  }

  async #read(): Promise<void> {
    const { options, signal, until } = this.#given
    const { max = Number.POSITIVE_INFINITY } = options
    while (this.#count < max) {
      if (this.#failure !== undefined) throw this.#failure
      if (until !== undefined && this.#isAtEnd()) return
      const maxPollRecords = Math.min(POLL_RECORDS, max - this.#count)
      const records = await this.#poll(maxPollRecords)
      const shown = records.filter(({ topic, partition, offset }) => {
        const bound = this.#bounds.get(`${topic}-${partition}`)
        return bound === undefined || offset < bound
      })
      if (shown.length > 0 && !process.stdout.write(Buffer.concat(shown.flatMap((record) => this.#line(record)))))
        await once(process.stdout, 'drain', { signal })
      this.#count += shown.length
      for (const { topic, partition, offset, leaderEpoch } of shown)
        this.#printed.set(`${topic}-${partition}`, { topic, partition, offset: offset + 1n, leaderEpoch })
      const nowMs = performance.now()
      if (nowMs - this.#committedMs > COMMIT_EVERY_MS) {
        this.#committedMs = nowMs
        await this.#commit()
      }
    }
  }

  /** What cannot be read is told, and passed by: who looks at a topic wants to see what is behind it. */
  async #poll(maxPollRecords: number): Promise<readonly ConsumerRecord[]> {
    try {
      return await this.#consumer.poll({ timeoutMs: POLL_MS, maxPollRecords, signal: this.#given.signal })
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      process.stderr.write(`kohort: left out: ${error.message}\n`)
      const { topic, partition, nextOffset } = error
      this.#consumer.seek({ topic, partition, offset: nextOffset })
      return []
    }
  }

  /** Partitions that have reached their end stand still; whether all have. */
  #isAtEnd(): boolean {
    const { partitions } = this.#consumer.stats()
    const open = partitions.filter(({ topic, partition, position, isPaused }) => {
      const bound = this.#bounds.get(`${topic}-${partition}`)
      if (bound === undefined || position === undefined || position < bound) return true
      if (!isPaused) this.#consumer.pause([{ topic, partition }])
      return false
    })
    return partitions.length > 0 && open.length === 0
  }

  async #commit(): Promise<void> {
    if (!this.#isMember || this.#printed.size === 0) return
    const offsets = [...this.#printed.values()]
    this.#printed.clear()
    await this.#consumer.commit(offsets)
  }

  /** With its end. Bytes go out as they are: what is no UTF-8 comes through a pipe unharmed. */
  #line(record: ConsumerRecord): readonly Buffer[] {
    const { output, keyFormat, format, print = [], separator } = this.#given.options
    if (output === 'json') {
      if (!this.#hasWarned && isChangedByJson(record, keyFormat, format)) this.#warn(record)
      return [Buffer.from(`${recordLine(record, keyFormat, format)}\n`)]
    }
    const between = Buffer.from(separator.replaceAll('\\t', '\t'))
    const parts = [...print.flatMap((part) => [this.#part(record, part), between]), asShown(record.rawValue, format)]
    // Records come from anybody: on a terminal they are text and nothing else.
    return process.stdout.isTTY
      ? [Buffer.from(`${printable(Buffer.concat(parts).toString('utf8'))}\n`)]
      : [...parts, LINE_END]
  }

  #warn({ topic, partition, offset }: ConsumerRecord): void {
    this.#hasWarned = true
    process.stderr.write(
      `kohort: ${topic}-${partition} at offset ${offset} is no UTF-8, and not in JSON what it was; --format base64 and --key-format base64 keep it.\n`,
    )
  }

  #part(record: ConsumerRecord, part: Part): Buffer {
    switch (part) {
      case 'timestamp':
        return Buffer.from(record.timestamp < 0 ? '-' : new Date(record.timestamp).toISOString())
      case 'partition':
        return Buffer.from(String(record.partition))
      case 'offset':
        return Buffer.from(String(record.offset))
      case 'headers': {
        const headers = Array.from(record.headers, ({ key, value }) => `${key}=${value?.toString('utf8') ?? 'null'}`)
        return Buffer.from(headers.join(','))
      }
      case 'key':
        return asShown(record.rawKey, this.#given.options.keyFormat)
    }
  }
}

const LINE_END = Buffer.from('\n')

function partitions(text: string, before: readonly number[] = []): readonly number[] {
  const numbers = text.split(',').map((part) => part.trim())
  if (!numbers.every((number) => /^\d{1,9}$/.test(number))) throw new InvalidArgumentError('Write numbers from 0.')
  return [...before, ...numbers.map(Number)]
}

function printed(text: string): readonly Part[] {
  return text.split(',').map((name) => {
    const part = parts.find((one) => one === name.trim())
    if (part === undefined) throw new InvalidArgumentError(`Parts are ${parts.join(', ')}.`)
    return part
  })
}
