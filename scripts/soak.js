// npm run soak -- [--minutes N] [--seed N]: crashes, full and failing disks and hostile peers, and simulated power cuts, for as long as asked; default 5 minutes.
// Goes through all of them in turn, each time with another seed and larger attacks. Prints the figures of each and a summary; ends with 1
// when a promise was broken: something acknowledged is missing, the broker ended, an honest client was not served, memory passed its bound.
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { root, setUp } from './setup.js'

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
const minutes = Number(values.minutes ?? 5)
const firstSeed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!(minutes > 0) || !Number.isInteger(firstSeed)) {
  process.stderr.write('usage: npm run soak -- [--minutes N] [--seed N]\n')
  process.exit(2)
}
setUp()

/** Seeds of power cuts in one round: four rounds make the ten thousand. */
const SIMULATED_SEEDS = 2_500
const suites = [
  ['kill -9 under load', 'process', 'test/crash/crash.test.ts'],
  ['kill -9 in the middle of compactions', 'process', 'test/crash/cleaning.test.ts'],
  ['full and failing disks', 'process', 'test/crash/disk.test.ts'],
  ['hostile peers', 'process', 'test/hostile/process'],
  ['power cuts under the log, simulated', 'unit', 'test/log/power-loss.test.ts'],
  ['power cuts under the coordinators, simulated', 'unit', 'test/simulation/power-loss.test.ts'],
]
const end = Date.now() + minutes * 60_000
const figures = []
let violations = 0
let runs = 0
for (let round = 0; round === 0 || Date.now() < end; round++) {
  for (const [name, project, path] of suites) {
    // The first round is whole, however short the time.
    if (round > 0 && Date.now() >= end) break
    const seed = (firstSeed + round) % 2 ** 31
    process.stdout.write(`\n== ${name}, round ${round + 1}, seed ${seed}\n`)
    const { failed, lines } = await run(project, path, { seed, round, scale: Math.min(1 + round, 4) })
    runs++
    if (failed) violations++
    figures.push(...lines)
  }
}
process.stdout.write(
  `\n${figures.join('\n')}\n\n${runs} runs, ${violations} with violations, first seed ${firstSeed}\n`,
)
process.exit(violations === 0 ? 0 : 1)

function run(project, path, { seed, round, scale }) {
  const first = String(1 + round * SIMULATED_SEEDS)
  const ofProject = {
    process: {
      CRASH_SEED: String(seed),
      CRASH_ROUNDS: String(15 * scale),
      KOHORT_SEED: String(seed),
      SOAK_SCALE: String(scale),
    },
    unit: {
      KOHORT_SEED_FROM: first,
      KOHORT_SEEDS: String(SIMULATED_SEEDS),
      SIMULATION_SEED_FROM: first,
      SIMULATION_SEEDS: String(SIMULATED_SEEDS),
    },
  }
  const env = { ...process.env, ...ofProject[project] }
  const args = ['node_modules/vitest/vitest.mjs', 'run', path, '--project', project, '--disable-console-intercept']
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk) => {
    text += chunk
    process.stdout.write(chunk)
  })
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const lines = text
        .split('\n')
        .filter((line) => /RSS \d+ -> peak|survived|were acknowledged|seeds \d+ to/.test(line))
      resolve({ failed: code !== 0, lines })
    })
  })
}
