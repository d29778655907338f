import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run } from './processes.js'

const source = resolve(import.meta.dirname, '../go')
const cache = resolve(import.meta.dirname, '../../.cache/bench')
const program = join(cache, 'client')

/** Compiles the client; Go's own cache makes that a second when nothing has changed. */
export async function buildClient() {
  mkdirSync(cache, { recursive: true })
  await run('go', ['build', '-o', program, '.'], { cwd: source })
}

/** Runs a scenario of the Go client and gives what it measured. */
export async function runScenario(name, options) {
  return JSON.parse(await run(program, [name, JSON.stringify(options)]))
}
