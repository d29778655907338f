// Results as files, so that a table can be made of several runs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { table } from './report.js'

/** Writes NAME.json and NAME.md; the table is given back. */
export function writeResults(folder, name, outcome, isQuietOnly) {
  return writeFiles(folder, name, outcome, markdownOf(outcome, isQuietOnly))
}

export function writeFiles(folder, name, outcome, markdown) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(outcome, null, 1)}\n`)
  writeFileSync(join(folder, `${name}.md`), `${markdown}\n`)
  return markdown
}

/** One outcome of several files: the samples of all runs, which keep apart what was measured in the same round. */
export function mergeResults(files) {
  const runs = files.map((file) => JSON.parse(readFileSync(file, 'utf8')))
  const results = new Map()
  for (const [run, { results: those }] of runs.entries()) {
    for (const { name, samples } of those) {
      if (!results.has(name)) results.set(name, { name, samples: [] })
      results.get(name).samples.push(...samples.map((sample) => ({ ...sample, run: `${run}/${sample.run ?? ''}` })))
    }
  }
  return {
    about: [...new Set(runs.flatMap(({ about }) => about))],
    variants: [...new Set(runs.flatMap(({ variants }) => variants))],
    results: [...results.values()],
    incidents: runs.flatMap(({ incidents }) => incidents),
  }
}

function markdownOf({ about, variants, results, incidents }, isQuietOnly) {
  const parts = [about.join('\n'), table(results, variants, isQuietOnly)]
  if (incidents.length > 0) {
    const first = incidents.map((words) => `- ${words.split('\n', 1)}`)
    parts.push(`Went wrong (the log folder has more):\n\n${first.join('\n')}`)
  }
  return parts.join('\n\n')
}
