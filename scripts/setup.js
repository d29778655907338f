// What `npm start` and `npm test` need before they can run: the packages of the lockfile and the build, each only when out of date.
// Plain JavaScript without dependencies, since nothing is installed yet on a fresh machine.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Installs and, unless told otherwise, builds what is out of date; ends the process with the failing step's exit code. */
export function setUp({ builds = true } = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) fail(`kohort needs Node 20.19 or newer; this is ${process.version}.`)
  mkdirSync(join(root, '.cache'), { recursive: true })
  step(
    'packages',
    lockStamp(),
    'installing packages',
    () => run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
    'node_modules',
  )
  if (!builds) return
  step(
    'build',
    sourceStamp(),
    'building',
    () => {
      run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'])
      run(process.execPath, ['scripts/bundle.js'])
    },
    'dist/bin',
  )
}

function step(name, stamp, doing, action, product) {
  const file = join(root, '.cache', `${name}.stamp`)
  if (existsSync(join(root, product)) && existsSync(file) && readFileSync(file, 'utf8') === stamp) return
  process.stderr.write(`kohort: ${doing} …\n`)
  action()
  writeFileSync(file, stamp)
}

function lockStamp() {
  return hash(readFileSync(join(root, 'package-lock.json'))) + process.version
}

/** Names, sizes and times of all that the build reads: cheap enough for every start. */
function sourceStamp() {
  const parts = [
    lockStamp(),
    readFileSync(join(root, 'tsconfig.json'), 'utf8'),
    readFileSync(join(root, 'tsconfig.build.json'), 'utf8'),
    readFileSync(join(root, 'scripts/bundle.js'), 'utf8'),
  ]
  const visit = (directory) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) visit(path)
      else {
        const { size, mtimeMs } = statSync(path)
        parts.push(`${path} ${size} ${mtimeMs}`)
      }
    }
  }
  visit(join(root, 'src'))
  return hash(parts.join('\n'))
}

function hash(content) {
  return createHash('sha256').update(content).digest('hex')
}

/** Runs a command with its output on stderr, so that stdout stays the broker's own. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', process.stderr, process.stderr] })
  if (error !== undefined) fail(`cannot run ${command}: ${error.message}`)
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` failed with exit code ${status}.`)
}

function fail(message) {
  process.stderr.write(`kohort: ${message}\n`)
  process.exit(1)
}
