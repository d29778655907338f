import type { Output } from './output.ts'
import { printable, type Style, styled } from './style.ts'

/** What a cell may be; undefined and null are `-` in tables, null in JSON, nothing in CSV. Lists are joined by commas, except in JSON. */
export type Value = string | number | bigint | boolean | null | undefined | readonly Value[]

export interface Column<Row> {
  /** Field name in JSON and head of the column in CSV. Scripts depend on it. */
  readonly key: string
  /** Head of the column in tables; default: `key` in the way of Kafka's tools (`logEndOffset`: LOG-END-OFFSET). null: not shown in tables. */
  readonly head?: string | null
  value(row: Row): Value
  /** What a table shows instead of the value. */
  text?(row: Row): string
  style?(row: Row): Style | undefined
  /** Default: right where every value is a number. */
  readonly align?: 'left' | 'right'
  /** Whether a table that is too wide for the terminal may shorten it, with `…`. For ids of which one knows the beginning. */
  readonly canShrink?: boolean
}

export interface TableOptions {
  readonly output: Output
  /** Stands above a table. */
  readonly title?: string
  /** Stands in place of a table without rows; JSON and CSV have no rows then. */
  readonly whenEmpty?: string
}

/**
 * Prints rows in the output's format: a table that fits the terminal (where columns can shrink), a JSON array with an object a row, or CSV with a
 * head. Whole numbers are right-aligned.
 */
export function printTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], options: TableOptions): void {
  const { output } = options
  switch (output.format) {
    case 'json':
      return printJson(
        rows.map((row) => Object.fromEntries(columns.map(({ key, value }) => [key, value(row)]))),
        output,
      )
    case 'csv':
      output.write(`${columns.map(({ key }) => csvCell(key)).join(',')}\n`)
      for (const row of rows) output.write(`${columns.map(({ value }) => csvCell(plainText(value(row)))).join(',')}\n`)
      return
    case 'table':
      return printLines(rows, columns, options)
  }
}

/** Prints a value as indented JSON. A bigint is a number where JavaScript reads it exactly, else a string; undefined is null. */
export function printJson(value: unknown, output: Pick<Output, 'write'>): void {
  const exact = (_key: string, one: unknown): unknown => {
    if (typeof one === 'bigint') return Number.isSafeInteger(Number(one)) ? Number(one) : String(one)
    return one === undefined ? null : one
  }
  output.write(`${JSON.stringify(value, exact, 2)}\n`)
}

const GAP = '  '
const SHRUNK_MIN = 8

function printLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { output, title, whenEmpty }: TableOptions,
): void {
  if (title !== undefined) output.write(`${styled(printable(title), 'bold', output)}\n`)
  if (rows.length === 0 && whenEmpty !== undefined) {
    output.write(`${whenEmpty}\n`)
    return
  }
  const shown = columns.filter(({ head }) => head !== null)
  const cells = rows.map((row) => shown.map((column) => cellText(column, row)))
  const heads = shown.map(({ key, head }) => head ?? headOf(key))
  const widths = heads.map((head, at) => cells.reduce((width, row) => Math.max(width, row[at]!.length), head.length))
  shrink(widths, shown, output.width)
  const isRight = shown.map(({ align, value }) => (align ?? alignmentOf(rows.map(value))) === 'right')
  const line = (texts: readonly string[], style: (at: number) => Style | undefined): string =>
    texts
      .map((text, at) => {
        const fitted = text.length > widths[at]! ? `${text.slice(0, widths[at]! - 1)}…` : text
        const space = ' '.repeat(widths[at]! - fitted.length)
        const coloured = styled(fitted, style(at), output)
        if (isRight[at]) return space + coloured
        return at === texts.length - 1 ? coloured : coloured + space
      })
      .join(GAP)
  output.write(`${line(heads, () => 'dim')}\n`)
  for (const [at, row] of rows.entries()) {
    output.write(`${line(cells[at]!, (column) => shown[column]!.style?.(row))}\n`)
  }
}

/** Takes what is too much from the widest column that may shrink, again and again. */
function shrink(widths: number[], columns: readonly Column<never>[], width: number | undefined): void {
  if (width === undefined) return
  let excess = widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1)) - width
  while (excess > 0) {
    let widest = -1
    for (const [at, { canShrink = false }] of columns.entries()) {
      if (canShrink && widths[at]! > SHRUNK_MIN && widths[at]! > (widths[widest] ?? 0)) widest = at
    }
    if (widest < 0) return
    widths[widest]!--
    excess--
  }
}

function cellText<Row>({ value, text }: Column<Row>, row: Row): string {
  const cell = text === undefined ? plainText(value(row)) : text(row)
  return cell === '' ? '-' : printable(cell)
}

function plainText(value: Value): string {
  if (value === null || value === undefined) return ''
  return Array.isArray(value) ? value.map(plainText).join(',') : String(value)
}

function alignmentOf(values: readonly Value[]): 'left' | 'right' {
  const given = values.filter((value) => value !== null && value !== undefined)
  const areNumbers = given.every((value) => typeof value === 'number' || typeof value === 'bigint')
  return given.length > 0 && areNumbers ? 'right' : 'left'
}

/** `logEndOffset`: LOG-END-OFFSET */
function headOf(key: string): string {
  return key.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toUpperCase()
}

/** RFC 4180. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
