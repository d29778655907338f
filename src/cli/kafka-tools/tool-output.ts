/** The command line asks for what cannot be: the sentence and the usage go to stderr, and the tool ends with 1. */
export class UsageError extends Error {}

/** A failure with the words of Java: `text` as `Throwable.toString`, with the class. */
export class ToolError extends Error {
  /** What a stack trace begins with, a line for each cause. */
  readonly trace: readonly string[]

  constructor(message: string, trace: readonly string[]) {
    super(message)
    this.trace = trace
  }
}

export function out(text: string): void {
  process.stdout.write(text)
}

export function err(text: string): void {
  process.stderr.write(text)
}

/** `\nError: …` on stdout, and what there is of a stack trace on stderr: as Kafka's tools. */
export function printError(message: string, trace: readonly string[] = []): void {
  out(`\nError: ${message}\n`)
  for (const line of trace) err(`${line}\n`)
}

/** Cells as printf pads them with %-Ns; the last one has no width. */
export function padded(cells: readonly unknown[], widths: readonly number[]): string {
  return cells.map((cell, at) => String(cell).padEnd(widths[at] ?? 0)).join(' ')
}

/** The longest text, and `min` at least. */
export function widest(min: number, texts: Iterable<string>): number {
  let width = min
  for (const text of texts) width = Math.max(width, text.length)
  return width
}
