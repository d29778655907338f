import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import {
  type OffsetLine,
  parseDateTime,
  parseDuration,
  parseOffsetsFile,
  type ResetTarget,
} from '../../../tools/groups/index.ts'
import { UsageError } from '../../exit-code.ts'
import { parseDurationMs } from './since.ts'

/** Options that say where offsets shall go; one of them. */
export interface TargetOptions {
  readonly toEarliest?: boolean
  readonly toLatest?: boolean
  readonly toCurrent?: boolean
  readonly toOffset?: string
  readonly shiftBy?: string
  readonly toDatetime?: string
  readonly byDuration?: string
  readonly fromFile?: string
}

export function addTargetOptions(command: Command): Command {
  return command
    .addOption(new Option('--to-earliest', 'to the first record that is kept'))
    .addOption(new Option('--to-latest', 'to the end of the log: what is there is not read'))
    .addOption(new Option('--to-current', 'to where they are; to the end where nothing is committed'))
    .addOption(new Option('--to-offset <offset>', 'to an offset'))
    .addOption(new Option('--shift-by <n>', 'so many offsets forward, or back with -N'))
    .addOption(
      new Option(
        '--to-datetime <time>',
        'to the first record at or after a time: 2026-03-01T12:00:00.000, with Z or +01:00, else UTC',
      ),
    )
    .addOption(new Option('--by-duration <duration>', 'to the first record of so long ago: PT1H30M, P2D, or 90m, 2d'))
    .addOption(
      new Option(
        '--from-file <file>',
        'to the offsets of a file: TOPIC,PARTITION,OFFSET or GROUP,TOPIC,PARTITION,OFFSET a line',
      ),
    )
}

/** What the options say, or the lines of the file. @throws UsageError */
export function targetOf(
  options: TargetOptions,
  nowMs: number,
): ResetTarget | { readonly to: 'file'; readonly lines: readonly OffsetLine[] } {
  const given = Object.entries({
    '--to-earliest': options.toEarliest,
    '--to-latest': options.toLatest,
    '--to-current': options.toCurrent,
    '--to-offset': options.toOffset,
    '--shift-by': options.shiftBy,
    '--to-datetime': options.toDatetime,
    '--by-duration': options.byDuration,
    '--from-file': options.fromFile,
  }).filter(([, value]) => value !== undefined)
  const [first, second] = given
  if (first === undefined)
    throw new UsageError(
      'Where to? Give --to-earliest, --to-latest, --to-current, --to-offset, --shift-by, --to-datetime, --by-duration or --from-file.',
    )
  if (second !== undefined) throw new UsageError(`Give either ${first[0]} or ${second[0]}.`)
  const [name, value] = first
  switch (name) {
    case '--to-earliest':
      return { to: 'earliest' }
    case '--to-latest':
      return { to: 'latest' }
    case '--to-current':
      return { to: 'current' }
    case '--to-offset':
      return { to: 'offset', offset: wholeNumber(name, value as string) }
    case '--shift-by':
      return { to: 'shift', by: wholeNumber(name, value as string) }
    case '--to-datetime':
      return { to: 'time', timestampMs: timeOf(value as string) }
    case '--by-duration':
      return { to: 'time', timestampMs: nowMs - durationOf(value as string) }
    default:
      return { to: 'file', lines: readLines(value as string) }
  }
}

function wholeNumber(name: string, text: string): bigint {
  if (!/^[+-]?\d{1,18}$/.test(text)) throw new UsageError(`${name} ${text} is no whole number.`)
  return BigInt(text)
}

function timeOf(text: string): number {
  const timestampMs = parseDateTime(text)
  if (timestampMs === undefined)
    throw new UsageError(`--to-datetime ${text} is no time; write it as 2026-03-01T12:00:00.000, with Z or +01:00.`)
  return timestampMs
}

function durationOf(text: string): number {
  return parseDuration(text) ?? parseDurationMs(text, '--by-duration')
}

function readLines(path: string): readonly OffsetLine[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`The file ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
  try {
    return parseOffsetsFile(text)
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}.`)
  }
}
