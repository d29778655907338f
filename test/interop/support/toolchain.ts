import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { waitUntil } from './wait.ts'

/** The root of the repository. */
export const projectRoot = resolve(import.meta.dirname, '../../..')

/** Where toolchains, jars, virtual environments and compiled clients are kept between runs. */
export const interopCache = join(projectRoot, '.cache/interop')

const versionArguments: Readonly<Record<string, readonly string[]>> = {
  java: ['-version'],
  javac: ['-version'],
  go: ['version'],
  kcat: ['-V'],
}
const found = new Map<string, boolean>()

/**
 * True when every named program can be run. A missing one is an error when CI=true, because a matrix that silently
 * shrinks proves nothing; elsewhere it gives false and one line that says what is missing, for `describe.skipIf`.
 */
export function requireTool(...names: readonly string[]): boolean {
  const missing = names.filter((name) => !isInstalled(name))
  if (missing.length === 0) return true
  const sentence = `interop tests need ${missing.join(', ')}, not found on PATH`
  if (process.env.CI === 'true') throw new Error(sentence)
  console.warn(`${sentence}: skipped`)
  return false
}

function isInstalled(name: string): boolean {
  const known = found.get(name)
  if (known !== undefined) return known
  const result = spawnSync(name, versionArguments[name] ?? ['--version'], { stdio: 'ignore' })
  found.set(name, result.status === 0)
  return result.status === 0
}

/**
 * Runs an installation step once and keeps its result in `.cache/interop/NAME`; gives that folder.
 * `key` is everything the result depends on (versions, sources): another key installs anew. Safe when several test
 * workers ask at once: one installs, the others wait.
 */
export async function installOnce(
  name: string,
  key: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(interopCache, name)
  const stamp = join(folder, '.complete')
  const wanted = createHash('sha256').update(key).digest('hex')
  const isComplete = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  if (isComplete()) return folder
  mkdirSync(interopCache, { recursive: true })
  const lock = `${folder}.lock`
  await waitUntil(`the lock ${lock}`, () => takeLock(lock), { deadlineMs: 600_000 })
  try {
    if (isComplete()) return folder
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    await install(folder)
    writeFileSync(stamp, wanted)
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
  return folder
}

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock)
    writeFileSync(join(lock, 'pid'), String(process.pid))
    return true
  } catch {
    releaseLockOfTheDead(lock)
    return false
  }
}

function releaseLockOfTheDead(lock: string): void {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') rmSync(lock, { recursive: true, force: true })
  }
}

/** Runs a program to its end and gives its standard output. Throws with its whole output when it fails. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  return new Promise((fulfil, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectRoot,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) fulfil(stdout)
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`))
    })
  })
}
