// npm run soak -- [--minutes N] [--seed N]: crashes, full and failing disks and hostile peers, for as long as asked; default 5 minutes.
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

const suites = [
  ['kill -9 under load', 'test/crash/crash.test.ts'],
  ['full and failing disks', 'test/crash/disk.test.ts'],
  ['hostile peers', 'test/hostile/process'],
]
const end = Date.now() + minutes * 60_000
const figures = []
let violations = 0
let runs = 0
for (let round = 0; round === 0 || Date.now() < end; round++) {
  for (const [name, path] of suites) {
    // The first round is whole, however short the time.
    if (round > 0 && Date.now() >= end) break
    const seed = (firstSeed + round) % 2 ** 31
    process.stdout.write(`\n== ${name}, round ${round + 1}, seed ${seed}\n`)
    const { failed, lines } = await run(path, { seed, scale: Math.min(1 + round, 4) })
    runs++
    if (failed) violations++
    figures.push(...lines)
  }
}
process.stdout.write(
  `\n${figures.join('\n')}\n\n${runs} runs, ${violations} with violations, first seed ${firstSeed}\n`,
)
process.exit(violations === 0 ? 0 : 1)

function run(path, { seed, scale }) {
  const env = {
    ...process.env,
    CRASH_SEED: String(seed),
    CRASH_ROUNDS: String(15 * scale),
    KOHORT_SEED: String(seed),
    SOAK_SCALE: String(scale),
  }
  const args = ['node_modules/vitest/vitest.mjs', 'run', path, '--project', 'process', '--disable-console-intercept']
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk) => {
    text += chunk
    process.stdout.write(chunk)
  })
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const lines = text.split('\n').filter((line) => /RSS \d+ -> peak|survived|were acknowledged/.test(line))
      resolve({ failed: code !== 0, lines })
    })
  })
}
