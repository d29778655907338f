import { InvalidArgumentError, Option } from 'commander'
import { UsageError } from './exit-code.ts'

/** An option that may be given several times; its value is the list. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: readonly string[] = []) => [...before, text])
}

/** For `argParser` of an option `--config <key=value>` that may be given several times. */
export function collectConfig(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write KEY=VALUE.')
  return new Map([...before, [text.slice(0, at).trim(), text.slice(at + 1).trim()]])
}

/** For `argParser`. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('Write a number above 0.')
  return Number(text)
}

/** A pattern for whole names, as Kafka matches them. @throws UsageError for one that is none */
export function wholePattern(option: string, regex: string): RegExp {
  try {
    return new RegExp(`^(?:${regex})$`, 'u')
  } catch (error) {
    throw new UsageError(`${option} ${regex} is no regular expression: ${(error as Error).message}.`)
  }
}
