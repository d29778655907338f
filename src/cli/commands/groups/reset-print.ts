import type { ResetChange, ResetEffect } from '../../../tools/groups/index.ts'
import { durationText } from '../../../tools/words/index.ts'
import { type Column, type Output, printJson, printTable } from '../../output/index.ts'
import type { ShownPlan } from './reset-offsets.ts'

interface Row extends ResetChange {
  readonly groupId: string
  readonly effect: ResetEffect | undefined
}

const columns: readonly Column<Row>[] = [
  { key: 'groupId', head: null, value: ({ groupId }) => groupId },
  { key: 'topic', value: ({ topic }) => topic },
  { key: 'partition', value: ({ partition }) => partition },
  { key: 'committedOffset', head: 'FROM', value: ({ committedOffset }) => committedOffset },
  { key: 'newOffset', head: 'TO', value: ({ newOffset }) => newOffset, style: () => 'bold' },
  { key: 'offsets', head: 'OFFSETS', value: changeInOffsets, text: offsetsText, align: 'right' },
  {
    key: 'effect',
    value: ({ effect }) => effect?.direction,
    text: effectText,
    style: ({ effect }) => (effect?.direction === 'skip' ? 'yellow' : undefined),
  },
  { key: 'records', head: null, value: ({ effect }) => effect?.records },
  { key: 'recordsAreExact', head: null, value: ({ effect }) => effect?.isExact },
  {
    key: 'bytes',
    value: ({ effect }) => effect?.bytes,
    text: ({ effect }) => bytesText(effect?.bytes),
    align: 'right',
  },
  { key: 'fromTimestampMs', head: null, value: ({ effect }) => effect?.fromTimestampMs },
  { key: 'toTimestampMs', head: 'TIME', value: ({ effect }) => effect?.toTimestampMs, text: timeText, align: 'left' },
]
const noteColumn: Column<Row> = {
  key: 'note',
  value: noteOf,
  style: ({ problem }) => (problem === undefined ? undefined : 'red'),
}

/** Plans as a diff: offsets, records, bytes and time of each partition, and what they come to. */
export function printPlans(plans: readonly ShownPlan[], output: Output): void {
  const rows = plans.map(rowsOf)
  if (output.format === 'json') {
    printJson(
      plans.map(({ plan, effects, refusal }) => ({
        groupId: plan.groupId,
        refusal,
        changes: plan.changes.map((change) => ({
          ...change,
          effect: effects.get(`${change.topic}-${change.partition}`),
        })),
      })),
      output,
    )
    return
  }
  if (output.format === 'csv') return printTable(rows.flat(), [...columns, noteColumn], { output })
  for (const [at, { plan }] of plans.entries()) {
    const shown = rows[at]!
    const hasNotes = shown.some((row) => noteOf(row) !== undefined)
    printTable(shown, hasNotes ? [...columns, noteColumn] : columns, {
      output,
      title: `Offsets of group ${plan.groupId}:`,
      whenEmpty: 'Nothing to change.',
    })
    output.write(`${totalText(shown)}\n`)
  }
}

function rowsOf({ plan, effects }: ShownPlan): readonly Row[] {
  return plan.changes.map((change) => {
    return { ...change, groupId: plan.groupId, effect: effects.get(`${change.topic}-${change.partition}`) }
  })
}

function changeInOffsets({ committedOffset, newOffset }: Row): bigint | undefined {
  return committedOffset === undefined || newOffset === undefined ? undefined : newOffset - committedOffset
}

function offsetsText(row: Row): string {
  const change = changeInOffsets(row)
  return change === undefined ? '-' : change > 0n ? `+${change}` : String(change)
}

function effectText({ effect }: Row): string {
  switch (effect?.direction) {
    case undefined:
      return '-'
    case 'first':
      return 'first commit'
    case 'none':
      return 'stays'
    case 'again':
      return `reads ${recordsText(effect!)} again`
    case 'skip':
      return `skips ${recordsText(effect!)}`
  }
}

function recordsText({ records, isExact, offsets }: ResetEffect): string {
  if (records === undefined) return `${offsets} offsets`
  return `${isExact ? '' : '~'}${records} ${records === 1n ? 'record' : 'records'}`
}

function timeText({ effect, newOffset, logEndOffset }: Row): string {
  if (newOffset === logEndOffset) return 'end of the log'
  const to = effect?.toTimestampMs
  if (to === undefined) return '-'
  const from = effect?.fromTimestampMs
  const at = new Date(to).toISOString()
  if (from === undefined || from === to) return at
  return `${at} (${durationText(Math.abs(to - from))} ${to < from ? 'back' : 'on'})`
}

function noteOf({ problem, clampedFrom, isAfterLast }: Row): string | undefined {
  if (problem !== undefined) return problem
  if (clampedFrom !== undefined) return `${clampedFrom} is outside of the log`
  return isAfterLast ? 'no record is that young' : undefined
}

function totalText(rows: readonly Row[]): string {
  const sum = (direction: ResetEffect['direction']): string => {
    const effects = rows.flatMap(({ effect }) => (effect?.direction === direction ? [effect] : []))
    const records = effects.reduce((total, one) => total + (one.records ?? one.offsets ?? 0n), 0n)
    const bytes = effects.reduce((total, one) => total + (one.bytes ?? 0n), 0n)
    const about = effects.every(({ isExact }) => isExact) ? '' : '~'
    const size = bytes === 0n ? '' : ` (${bytesText(bytes)})`
    return `${about}${records} ${records === 1n ? 'record' : 'records'}${size}`
  }
  return `Reads ${sum('again')} again, skips ${sum('skip')}.`
}

function bytesText(bytes: bigint | undefined): string {
  if (bytes === undefined) return '-'
  let size = Number(bytes)
  if (size < 1_000) return `~${size} B`
  let unit = -1
  while (size >= 1_000) {
    size /= 1_000
    unit++
  }
  return `~${size < 10 ? size.toFixed(1) : Math.round(size)} ${['kB', 'MB', 'GB', 'TB', 'PB'][unit]}`
}
