/** An option of a tool. Kafka's tools read their command line with joptsimple; scripts depend on what it takes, and on its sentences. */
export interface OptionSpec {
  readonly description: string
  /** Name of its argument in the help; without one the option takes none. */
  readonly argument?: string
  /** Whether the argument may be left out. */
  readonly isOptional?: boolean
  readonly type?: 'Long' | 'Integer'
  /** It may be given only beside one of these. */
  readonly availableIf?: readonly string[]
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

/** The command line is wrong in a way that joptsimple itself finds. */
export class OptionException extends Error {
  readonly javaClass: string

  constructor(javaClass: string, message: string) {
    super(message)
    this.javaClass = `joptsimple.${javaClass}`
  }
}

/** Options that were given, with their arguments. */
export class OptionSet {
  readonly #given: ReadonlyMap<string, readonly string[]>
  readonly #specs: OptionSpecs

  constructor(given: ReadonlyMap<string, readonly string[]>, specs: OptionSpecs) {
    this.#given = given
    this.#specs = specs
  }

  has(name: string): boolean {
    return this.#given.has(name)
  }

  values(name: string): readonly string[] {
    return this.#given.get(name) ?? []
  }

  /** undefined where it was not given, or without an argument. @throws OptionException where it was given twice, or is no number and should be */
  value(name: string): string | undefined {
    const values = this.values(name)
    if (values.length > 1)
      throw new OptionException(
        'MultipleArgumentsForOptionException',
        `Found multiple arguments for option ${name}, but you asked for only one`,
      )
    const [value] = values
    const isNumber = this.#specs[name]!.type !== undefined
    if (value !== undefined && isNumber && !/^[+-]?\d{1,19}$/.test(value))
      throw new OptionException(
        'OptionArgumentConversionException',
        `Cannot parse argument '${value}' of option ${name}`,
      )
    return value
  }
}

/** Reads a command line: `--name value`, `--name=value`, one dash or two. Kafka's tools take no shortened names. @throws OptionException */
export function parseOptions(args: readonly string[], specs: OptionSpecs): OptionSet {
  const given = new Map<string, string[]>()
  for (let at = 0; at < args.length; at++) {
    const token = args[at]!
    if (token === '--') break
    if (!looksLikeAnOption(token)) continue
    const [, word, inline] = /^--?([^=]*)(?:=(.*))?$/s.exec(token)!
    const name = word!
    if (!Object.hasOwn(specs, name))
      throw new OptionException('UnrecognizedOptionException', `${name} is not a recognized option`)
    const { argument, isOptional = false } = specs[name]!
    const values = given.get(name) ?? []
    given.set(name, values)
    if (argument === undefined) {
      if (inline !== undefined) throw new OptionException('OptionParser', `Option ${name} does not take an argument`)
      continue
    }
    const next = args[at + 1]
    if (inline !== undefined) values.push(inline)
    else if (next !== undefined && (!isOptional || !looksLikeAnOption(next))) {
      values.push(next)
      at++
    } else if (!isOptional)
      throw new OptionException('OptionMissingRequiredArgumentException', `Option ${name} requires an argument`)
  }
  const unavailable = [...given.keys()].filter(
    (name) => specs[name]!.availableIf?.some((other) => given.has(other)) === false,
  )
  if (unavailable.length > 0)
    throw new OptionException(
      'UnavailableOptionException',
      `Option(s) [${unavailable.join(', ')}] are unavailable given other options on the command line`,
    )
  return new OptionSet(given, specs)
}

function looksLikeAnOption(token: string): boolean {
  return token.length > 1 && token.startsWith('-')
}

const NAME_COLUMN = 40
const TEXT_COLUMN = 40

/** The help of a tool, in joptsimple's two columns. */
export function usageOf(specs: OptionSpecs): string {
  const lines = [`${'Option'.padEnd(NAME_COLUMN)}Description`, `${'------'.padEnd(NAME_COLUMN)}-----------`]
  for (const [name, { argument, isOptional = false, type = 'String', description }] of Object.entries(specs)) {
    const wanted = argument === undefined ? '' : isOptional ? ` [${type}]` : ` <${type}: ${argument}>`
    const left = wrap(`--${name}${wanted}`, NAME_COLUMN - 2)
    const right = wrap(description, TEXT_COLUMN)
    for (let row = 0; row < Math.max(left.length, right.length); row++) {
      lines.push(`${(left[row] ?? '').padEnd(NAME_COLUMN)}${right[row] ?? ''}`.trimEnd())
    }
  }
  return `${lines.join('\n')}\n`
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    const indent = lines.length > 1 ? 2 : 0
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length + indent <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.map((line, at) => (at === 0 ? line : `  ${line}`))
}
