import { type Command, Option } from 'commander'

const formats = ['table', 'json', 'csv'] as const
/** `table` for people; `json` and `csv` for scripts: every field, names that stay. */
export type Format = (typeof formats)[number]

/** What `addOutputOption` adds to the options of a command. */
export interface OutputOptions {
  readonly output: Format
}

/** Adds `--output table|json|csv`. */
export function addOutputOption(command: Command): Command {
  return command.addOption(
    new Option('--output <format>', 'table for people, json or csv for scripts').choices(formats).default('table'),
  )
}

/** Where a command prints its result. Problems, warnings and progress go to stderr. */
export interface Output {
  readonly format: Format
  /** Columns of the terminal; undefined where it is none: then nothing is shortened. */
  readonly width: number | undefined
  /** Whether it is a terminal and NO_COLOR is not set. */
  readonly isColoured: boolean
  write(text: string): void
}

/** Standard output. */
export function openOutput({ output }: OutputOptions): Output {
  const { stdout, env } = process
  return {
    format: output,
    width: stdout.isTTY ? stdout.columns : undefined,
    isColoured: stdout.isTTY && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    write: (text) => void stdout.write(text),
  }
}
