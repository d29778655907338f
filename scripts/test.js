// npm test, npm run test:unit, npm run test:full: set-up, then every check in turn; all run even when one fails, and the last lines say which.
//   node scripts/test.js           build, types, lint, import rules, unit, simulation, golden bytes, crash, hostile bytes, interop (each client and feature once)
//   node scripts/test.js --unit    the tests that need no other process and no build, with few seeds of the simulations (< 60 s)
//   node scripts/test.js --full    everything of the first, the whole client matrix, the long simulations and the runs against Apache Kafka
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, setUp } from './setup.js'

const mode = process.argv.includes('--unit') ? 'unit' : process.argv.includes('--full') ? 'full' : 'default'
/** How long the simulations are. */
const seeds = { unit: { KOHORT_QUICK: '1' }, default: {}, full: { KOHORT_FULL: '1' } }
const results = join(root, '.cache', 'test-results')

setUp({ builds: mode !== 'unit' })
rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })

const checks = [['unit', () => vitest('unit')]]
if (mode !== 'unit') {
  checks.unshift(
    // Incremental: the second time only what changed is checked.
    [
      'types',
      () =>
        node(
          'node_modules/typescript/bin/tsc',
          ...['--noEmit', '--incremental', '--tsBuildInfoFile', '.cache/types.tsbuildinfo', '-p', 'tsconfig.json'],
        ),
    ],
    ['lint', () => node('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')],
    ['import rules', () => node('scripts/check-imports.js')],
  )
  checks.push(
    [
      'golden bytes',
      () =>
        node(
          'scripts/vectors.js',
          ...['messages', 'record-batches', 'assignors'].map((name) => `test/vectors/${name}.jsonl.gz`),
        ),
    ],
    ['processes and clients', () => vitest('process')],
  )
}

let passed = 0
let failed = 0
const lines = []
for (const [name, check] of checks) {
  process.stdout.write(`\n== ${name}\n`)
  const startedMs = Date.now()
  const outcome = check()
  passed += outcome.passed
  failed += outcome.failed
  const why = mode === 'full' ? 'of what a client or kohort does not have' : 'for test:full only'
  const skipped = outcome.skipped > 0 ? `, ${outcome.skipped} skipped: ${why}` : ''
  lines.push(
    `${outcome.failed === 0 ? 'ok    ' : 'FAILED'} ${name} (${outcome.passed} passed${skipped}, ${Math.round((Date.now() - startedMs) / 1000)} s)`,
  )
}
process.stdout.write(`\n${lines.join('\n')}\n${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)

function node(script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
}

/** A run in which vitest fails without a failed test (a file that does not load, no test at all) counts as one failure. */
function vitest(project) {
  const report = join(results, `${project}.json`)
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, ...seeds[mode] } },
  )
  let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }
  try {
    counts = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    // No report: the exit code below says what happened.
  }
  const failedTests = Math.max(counts.numFailedTests, status === 0 && counts.numPassedTests > 0 ? 0 : 1)
  return { passed: counts.numPassedTests, failed: failedTests, skipped: counts.numPendingTests }
}
