import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Acks, HeaderValue, Producer, ProducerRecord } from '../../../client/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { CliError, UsageError } from '../../exit-code.ts'
import { repeatable } from '../../options.ts'
import { encode, type Format, formatOption } from './formats.ts'

interface Options extends ConnectOptions {
  readonly file?: string
  readonly input: 'lines' | 'json'
  readonly keySeparator?: string
  readonly nullMarker?: string
  readonly header?: readonly string[]
  readonly partition?: number
  readonly keyFormat: Format
  readonly format: Format
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly acks: '0' | '1' | 'all'
}

type Bytes = Uint8Array | null
type Given = ProducerRecord<Bytes, Bytes>

/** Lines that are read and not acknowledged: more are not taken. */
const UNDER_WAY_MAX = 10_000

export function produceCommand(): Command {
  const command = new Command()
    .argument('<topic>')
    .addOption(new Option('--file <path>', 'read records from a file (default: standard input)'))
    .addOption(
      new Option('--input <form>', 'a value a line, or a record a line as kohort consume --output json writes it')
        .choices(['lines', 'json'])
        .default('lines'),
    )
    .option('--key-separator <text>', 'a line is a key, this text (\\t for a tab), and a value; without it, a value')
    .option('--null-marker <text>', 'a key or value that is this text is null (a tombstone)')
    .addOption(repeatable('--header <name=value>', 'header of every record; repeatable'))
    .addOption(new Option('--partition <n>', 'partition for every record (default: by the key)').argParser(partition))
    .addOption(formatOption('--format <format>', 'what values are; json is checked, base64 is decoded'))
    .addOption(formatOption('--key-format <format>', 'what keys are'))
    .addOption(
      new Option('--compression <codec>', 'codec of the batches')
        .choices(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
        .default('none'),
    )
    .addOption(new Option('--acks <acks>', 'who must have a record').choices(['0', '1', 'all']).default('all'))
  return addConnectOptions(command).action(produce)
}

/** Sends line by line as they come, so that it can be typed into. Ends at the end of the input, or SIGINT: what was read is sent. */
async function produce(topic: string, options: Options): Promise<void> {
  const parse = parser(topic, options)
  const input = await open(options.file)
  const acks: Acks = options.acks === 'all' ? 'all' : options.acks === '0' ? 0 : 1
  const isIdempotent = acks === 'all'
  let sent = 0
  try {
    await withKafka(options, async (kafka, signal) => {
      const producer = kafka.producer<Bytes, Bytes>({
        acks,
        compressionType: options.compression,
        enableIdempotence: isIdempotent,
        maxBlockMs: options.timeout,
      })
      sent = await sendAll(producer, input, parse, signal)
    })
  } finally {
    input.destroy()
  }
  process.stdout.write(`Sent ${sent} ${sent === 1 ? 'record' : 'records'} to ${topic}.\n`)
}

async function sendAll(
  producer: Producer<Bytes, Bytes>,
  input: Readable,
  parse: (line: Buffer) => Given,
  signal: AbortSignal,
): Promise<number> {
  const stop = (): void => void input.destroy()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  signal.addEventListener('abort', stop)
  let number = 0
  let sent = 0
  let underWay = 0
  let failure: CliError | undefined
  const failed = (line: number, error: unknown): void => {
    failure ??= new CliError(`The record of line ${line} was not sent: ${(error as Error).message}`)
    stop()
  }
  try {
    for await (const line of linesOf(input)) {
      const at = ++number
      let record: Given
      try {
        record = parse(line)
      } catch (error) {
        failed(at, error)
        break
      }
      underWay++
      producer.send(record, { signal }).then(
        () => {
          underWay--
          sent++
        },
        (error: unknown) => {
          underWay--
          failed(at, error)
        },
      )
      if (failure !== undefined) break
      if (underWay >= UNDER_WAY_MAX) await producer.flush({ signal })
    }
    await producer.flush({ signal })
    // The outcome of the last record is told in a turn of its own.
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
  if (failure !== undefined) throw failure
  return sent
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/** Lines as their bytes, whatever their encoding, without their ends (\n, \r\n). Ends where the input is destroyed, too. */
async function* linesOf(input: Readable): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        yield lineOf([...begun, chunk.subarray(from, at)])
        begun = []
        from = at + 1
      }
      if (from < chunk.length) begun.push(chunk.subarray(from))
    }
  } catch (error) {
    if (!input.destroyed || input.errored !== null) throw error
    return
  }
  if (begun.length > 0) yield lineOf(begun)
}

function lineOf(parts: readonly Buffer[]): Buffer {
  const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line
}

/** @throws UsageError for options that contradict each other */
function parser(topic: string, options: Options): (line: Buffer) => Given {
  const headers = (options.header ?? []).map(headerOf)
  const { keySeparator, nullMarker, partition: fixed, keyFormat, format, input } = options
  if (input === 'json' && keySeparator !== undefined)
    throw new UsageError('--key-separator is for --input lines: records in JSON have their keys.')
  if (keySeparator === '') throw new UsageError('--key-separator is empty.')
  const marker = nullMarker === undefined ? undefined : Buffer.from(nullMarker)
  const bytesOf = (bytes: Buffer, of: Format): Bytes => (marker?.equals(bytes) === true ? null : encode(bytes, of))
  const common = { topic, ...(fixed !== undefined && { partition: fixed }) }
  if (input === 'json') {
    return (line) => {
      const given = recordOf(line.toString('utf8'))
      const partition = fixed ?? given.partition
      return {
        topic,
        ...(partition !== undefined && { partition }),
        ...(given.timestamp !== undefined && { timestamp: given.timestamp }),
        key: fieldOf(given.key, keyFormat),
        value: fieldOf(given.value, format),
        headers: [...given.headers, ...headers],
      }
    }
  }
  const separator = keySeparator === undefined ? undefined : Buffer.from(keySeparator.replaceAll('\\t', '\t'))
  return (line) => {
    if (separator === undefined) return { ...common, value: bytesOf(line, format), headers }
    const at = line.indexOf(separator)
    if (at < 0) throw new Error(`there is no '${keySeparator}' in it`)
    const [key, value] = [line.subarray(0, at), line.subarray(at + separator.length)]
    return { ...common, key: bytesOf(key, keyFormat), value: bytesOf(value, format), headers }
  }
}

interface JsonRecord {
  readonly key: unknown
  readonly value: unknown
  readonly partition: number | undefined
  readonly timestamp: number | undefined
  readonly headers: readonly (readonly [string, HeaderValue])[]
}

/** Its topic and offset are where it was, and left out. */
function recordOf(line: string): JsonRecord {
  let given: unknown
  try {
    given = JSON.parse(line)
  } catch (error) {
    throw new Error(`it is no JSON: ${(error as Error).message}`)
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Error('a record is an object: {"key": …, "value": …}')
  const { key = null, value = null, partition, timestamp, headers = [], ...others } = given as Record<string, unknown>
  const unknown = Object.keys(others).filter((name) => name !== 'topic' && name !== 'offset')
  if (unknown.length > 0) throw new Error(`a record has no ${unknown.join(', ')}`)
  const list = Array.isArray(headers)
    ? headers
    : typeof headers === 'object'
      ? Object.entries(headers ?? {})
      : undefined
  if (list === undefined || !list.every(isHeader)) throw new Error('headers are [name, value] pairs, or an object')
  for (const [name, number] of Object.entries({ partition, timestamp })) {
    if (number !== undefined && !Number.isInteger(number)) throw new Error(`${name} is no whole number`)
  }
  return {
    key,
    value,
    partition: partition as number | undefined,
    timestamp: timestamp as number | undefined,
    headers: list,
  }
}

function isHeader(pair: unknown): pair is [string, string | null] {
  if (!Array.isArray(pair) || pair.length !== 2) return false
  const [name, value] = pair as unknown[]
  return typeof name === 'string' && (typeof value === 'string' || value === null)
}

/** With `json` any value; else text. */
function fieldOf(value: unknown, format: Format): Bytes {
  if (value === null) return null
  if (format === 'json') return Buffer.from(JSON.stringify(value), 'utf8')
  if (typeof value === 'string') return encode(Buffer.from(value, 'utf8'), format)
  throw new Error(`${JSON.stringify(value)} is no text; with --format json a value may be anything`)
}

function headerOf(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--header ${text} has no name and value; write NAME=VALUE.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function partition(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a number from 0.')
  return Number(text)
}

async function open(file: string | undefined): Promise<Readable> {
  if (file === undefined || file === '-') return process.stdin
  const stream = createReadStream(file)
  try {
    await once(stream, 'open')
  } catch (error) {
    throw new UsageError(`The file ${file} of --file cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
  return stream
}
