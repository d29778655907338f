import { expect, test } from 'vitest'
import { type Column, type Format, type Output, printJson, printTable } from '../../../src/cli/output/index.ts'

interface Row {
  readonly topic: string
  readonly memberId: string | null
  readonly lag: bigint | undefined
}

const columns: readonly Column<Row>[] = [
  { key: 'topic', value: ({ topic }) => topic },
  { key: 'memberId', value: ({ memberId }) => memberId, canShrink: true },
  { key: 'logLag', value: ({ lag }) => lag, style: ({ lag }) => (lag === undefined ? undefined : 'red') },
]
const rows: readonly Row[] = [
  { topic: 'orders', memberId: 'billing-4a1c0c3e-7d0e', lag: 12n },
  { topic: 'a,b', memberId: null, lag: undefined },
]

function printed(format: Format, more: Partial<Output> = {}, what: readonly Row[] = rows): string {
  let text = ''
  const output = { format, width: undefined, isColoured: false, write: (part: string) => (text += part), ...more }
  printTable(what, columns, { output, title: 'billing', whenEmpty: 'Nothing.' })
  return text
}

test('a table has heads in the way of Kafka, numbers on the right, and - for what is not there', () => {
  expect(printed('table')).toBe(
    [
      'billing',
      'TOPIC   MEMBER-ID              LOG-LAG',
      'orders  billing-4a1c0c3e-7d0e       12',
      'a,b     -                            -',
      '',
    ].join('\n'),
  )
})

test('a table fits the terminal as far as columns may shrink', () => {
  const lines = printed('table', { width: 32 }).split('\n')
  expect(lines[2]).toBe('orders  billing-4a1c0c…       12')
  expect(Math.max(...lines.map((line) => line.length))).toBe(32)
  expect(printed('table', { width: 10 }).split('\n')[2]).toBe('orders  billing…       12')
})

test('styles are there only where the output shows them', () => {
  expect(printed('table', { isColoured: true })).toContain('\x1b[31m12\x1b[0m')
  expect(printed('table')).not.toContain('\x1b')
})

test('names of others cannot move the cursor', () => {
  expect(printed('table', {}, [{ topic: 'a\x1b[2J\n', memberId: null, lag: 1n }])).toContain('a\\x1b[2J\\x0a')
})

test('no rows are a sentence in a table, [] in JSON and a head in CSV', () => {
  expect(printed('table', {}, [])).toBe('billing\nNothing.\n')
  expect(printed('json', {}, [])).toBe('[]\n')
  expect(printed('csv', {}, [])).toBe('topic,memberId,logLag\n')
})

test('JSON and CSV have every field', () => {
  expect(JSON.parse(printed('json'))).toEqual([
    { topic: 'orders', memberId: 'billing-4a1c0c3e-7d0e', logLag: 12 },
    { topic: 'a,b', memberId: null, logLag: null },
  ])
  expect(printed('csv')).toBe('topic,memberId,logLag\norders,billing-4a1c0c3e-7d0e,12\n"a,b",,\n')
})

test('a bigint that a JavaScript number cannot hold is a string in JSON', () => {
  let text = ''
  printJson([2n ** 53n - 1n, 2n ** 53n, undefined], { write: (part) => (text += part) })
  expect(JSON.parse(text)).toEqual([9007199254740991, '9007199254740992', null])
})
