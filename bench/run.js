// npm run bench [-- NAMES]: kohort and Apache Kafka 4.2 side by side: one client, one machine, one run, alternating rounds.
// Prints a markdown table of medians, ranges and ratios. `npm run bench -- --help` lists lines and options.
import './lib/environment.js'
import { spawnSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { setUp } from '../scripts/setup.js'
import { buildClient } from './lib/client.js'
import { compare } from './lib/comparison.js'
import { curves } from './lib/curves/index.js'
import { curveTables, measureCurves } from './lib/curves/run.js'
import { groups, lines } from './lib/lines/index.js'
import { mergeResults, writeFiles, writeResults } from './lib/results.js'
import { kinds, parseVariants } from './lib/variants.js'

const root = resolve(import.meta.dirname, '..')

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    variants: { type: 'string' },
    'log-gb': { type: 'string', default: '20' },
    port: { type: 'string', default: '27000' },
    folder: { type: 'string', default: join(root, '.cache/bench') },
    results: { type: 'string', default: join(root, 'bench/results') },
    lock: { type: 'string' },
    patience: { type: 'string', default: '15' },
    rate: { type: 'string' },
    profile: { type: 'boolean', default: false },
    'quiet-only': { type: 'boolean', default: false },
    merge: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) process.stdout.write(help())
else if (options.merge)
  process.stdout.write(
    `${writeResults(options.results, stamp('merged'), mergeResults(positionals), options['quiet-only'])}\n`,
  )
else if (positionals[0] === 'curves') await measureGrowth(positionals.slice(1))
else if (positionals[0] === 'micro') await measureSmall(positionals[1])
else await measure()

function help() {
  return `npm run bench -- [LINES] [OPTIONS]
  LINES               names, groups of lines, or the beginning of names with a star: produce-1k throughput 'consume-*'
                      default: all of ${Object.keys(lines).join(' ')}
${Object.entries(groups)
  .map(([name, names]) => `    ${name.padEnd(18)}${names.join(' ')}\n`)
  .join('')}  --rounds N          measured rounds, behind one that warms up (default 5; ten before a figure is quoted)
  --scale X           factor of records and seconds; 0.01 tries whether all lines run
  --variants A,B      of ${Object.keys(kinds).join(', ')}; kohort@DIR is kohort of another built checkout
  --port N            first of the ports used, ten a broker (default 27000)
  --folder DIR        where data goes; the disk under it is measured (default .cache/bench)
  --results DIR       where NAME.json (all samples), NAME.md and the brokers' output go (default bench/results)
  --rate N            half load in requests a second, instead of half of what the slowest variant of the line answers
  --profile           CPU profiles of the kohort brokers, written when they stop, in the folder of their output
  --lock FILE         holds an flock of that file while a line is measured, so that others can keep quiet
  --patience N        seconds to wait, at most, for the machine to be at rest before each sample (default 15)
  --quiet-only        leaves samples out of the table that were taken while other programs used the machine
npm run bench -- curves [CURVES] [OPTIONS]
  how cost grows: ${Object.keys(curves).join(' ')}; of kohort alone unless --variants says otherwise
  --log-gb N          largest log (default 20); that much disk is needed, and 10 GB more
  --scale X           leaves out sizes above that share of the largest
npm run bench -- micro [NAME]
  hot paths without sockets or disk
npm run bench -- --merge FILE.json …
  one table of the samples of several runs
`
}

async function measure() {
  const names = chooseLines()
  const variants = parseVariants(options.variants ?? Object.keys(kinds).join(','), root)
  setUp()
  await buildClient()
  const name = stamp(positionals.join('-').replaceAll('*', '').slice(0, 60) || 'all')
  const about = (load) => [
    `${described(load)}, ${options.rounds} rounds: \`npm run bench -- ${process.argv.slice(2).join(' ')}\``,
  ]
  const loadBefore = loadavg()[0]
  const write = ({ results, incidents, rates }) => {
    const half = Object.entries(rates).map(([line, rate]) => `Half load of ${line} is ${rate} requests a second.`)
    const load = `${loadBefore.toFixed(1)} before, ${loadavg()[0].toFixed(1)} at the end`
    const everything = { about: [...about(load), ...half], variants: Object.keys(variants), results, incidents }
    return writeResults(options.results, name, everything, options['quiet-only'])
  }
  const outcome = await compare({
    names,
    variants,
    rounds: Number(options.rounds),
    scale: Number(options.scale),
    port: Number(options.port),
    folders: { data: join(resolve(options.folder), 'data'), logs: join(options.results, name) },
    lock: options.lock,
    patienceMs: Number(options.patience) * 1000,
    profile: options.profile,
    rate: options.rate === undefined ? undefined : Number(options.rate),
    onRound: write,
  })
  process.stdout.write(`\n${write(outcome)}\n`)
  if (outcome.incidents.length > 0) process.exitCode = 1
}

async function measureGrowth(chosen) {
  const names = chosen.length > 0 ? chosen : Object.keys(curves)
  const unknown = names.find((name) => curves[name] === undefined)
  if (unknown !== undefined) throw new Error(`there is no curve ${unknown}; --help lists them`)
  const variants = parseVariants(options.variants ?? 'kohort', root)
  setUp()
  await buildClient()
  const name = stamp(['curves', ...chosen].join('-'))
  const loadBefore = loadavg()[0].toFixed(1)
  const write = ({ results, incidents }) => {
    const about = `${described(`${loadBefore} before, ${loadavg()[0].toFixed(1)} at the end`)}: \`npm run bench -- ${process.argv.slice(2).join(' ')}\``
    const markdown = [about, curveTables(results), ...incidents.map((words) => `- ${words}`)].join('\n\n')
    return writeFiles(options.results, name, { about, results, incidents }, markdown)
  }
  const outcome = await measureCurves({
    names,
    variants,
    options: { scale: Number(options.scale), logGb: Number(options['log-gb']) },
    port: Number(options.port),
    folders: { data: join(resolve(options.folder), 'data'), logs: join(options.results, name) },
    lock: options.lock,
    patienceMs: Number(options.patience) * 1000,
    onPoint: write,
  })
  process.stdout.write(`\n${write(outcome)}\n`)
  if (outcome.incidents.length > 0) process.exitCode = 1
}

async function measureSmall(pattern) {
  setUp()
  const { measureMicro, microTable } = await import('./micro/index.js')
  const loadBefore = loadavg()[0].toFixed(1)
  const rows = await measureMicro(pattern)
  const about = described(`${loadBefore} before, ${loadavg()[0].toFixed(1)} at the end`)
  const markdown = `${about}\n\n${microTable(rows)}`
  process.stdout.write(`\n${writeFiles(options.results, stamp('micro'), { about, rows }, markdown)}\n`)
}

function chooseLines() {
  if (positionals.length === 0) return Object.keys(lines)
  const chosen = positionals.flatMap((word) => {
    if (groups[word] !== undefined) return groups[word]
    const found = Object.keys(lines).filter((name) =>
      word.endsWith('*') ? name.startsWith(word.slice(0, -1)) : name === word,
    )
    if (found.length === 0) throw new Error(`there is no line ${word}; --help lists them`)
    return found
  })
  return [...new Set(chosen)]
}

function described(load) {
  const [{ model }] = cpus()
  const { stdout } = spawnSync('git', ['-C', root, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' })
  const commit = stdout?.trim() ? `commit ${stdout.trim()}, ` : ''
  return `${new Date().toISOString().slice(0, 10)}, ${commit}${cpus().length} cores (${model.trim()}), Node ${process.versions.node}, load average ${load}`
}

function stamp(what) {
  return `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}-${what}`
}
