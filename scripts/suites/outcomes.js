import { stripVTControlCharacters } from 'node:util'

const words = {
  PASS: 'passed',
  PASSED: 'passed',
  XPASS: 'passed',
  ok: 'passed',
  'not ok': 'failed',
  FAIL: 'failed',
  FAILED: 'failed',
  ERROR: 'failed',
  SKIP: 'skipped',
  SKIPPED: 'skipped',
  XFAIL: 'skipped',
  ignored: 'skipped',
}

/** How each kind of test program says what became of a test: its name is one group, the outcome another. */
const patterns = {
  go: /^\s*--- (?<result>PASS|FAIL|SKIP): (?<name>\S+)/,
  pytest: /^(?<name>\S+::.+?) (?<result>PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b/,
  librdkafka: /\|\s+(?<name>\d{4}_\S+)\s+\|\s+(?<result>PASSED|FAILED|SKIPPED)\s+\|/,
  cargo: /^test (?<name>\S+)(?: - should panic)? \.\.\. (?<result>ok|FAILED|ignored)/,
  tap: /^(?<result>ok|not ok) \d+ (?<name>.*?)(?<skip> # SKIP.*)?$/,
}

/** The outcomes of single tests; a test that only gathers others (Go's parents) does not count by itself. */
export function outcomesOf(format, lines) {
  const found = new Map()
  for (const line of lines) {
    const groups = patterns[format].exec(stripVTControlCharacters(line))?.groups
    if (groups === undefined) continue
    found.set(groups.name, groups.skip === undefined ? words[groups.result] : 'skipped')
  }
  const names = [...found.keys()]
  return [...found]
    .filter(([name]) => !names.some((other) => other.startsWith(`${name}/`)))
    .map(([name, result]) => ({ name, result }))
}
