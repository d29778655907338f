import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/guide/pains.md', root), 'utf8')
const shown = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`test/'))
  .flatMap((line) =>
    line
      .split('|')
      .at(-2)!
      .split('; `')
      .map((part) => part.trim().replace(/^`/, '')),
  )
  .map((part) => /^([\w./-]+)`: (.*)$/.exec(part)!.slice(1) as [string, string])

test('the page of pains names tests that exist', () => {
  expect(shown.length).toBeGreaterThan(30)
  const missing = shown.filter(([file, name]) => {
    return !readFileSync(fileURLToPath(new URL(file, root)), 'utf8').includes(name)
  })
  expect(missing).toEqual([])
})

test('every row of the page has a test that shows it', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Pain'))
  expect(rows.filter((row) => !row.includes('`test/'))).toEqual([])
})
