import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from '../interop/support/child.ts'
import { projectRoot } from '../interop/support/toolchain.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { RawClient } from '../support/raw-client.ts'

export const bin = process.env.KOHORT_BIN ?? join(projectRoot, 'bin/kohort.js')

/** The command line in a process of its own. */
export function kohort(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  return new Child({ command: process.execPath, args: [bin, ...args], env })
}

/** As that, where the process may not open more files. */
export function kohortWithFiles(args: readonly string[], openFiles: number): Child {
  const script = 'ulimit -n "$0" && exec "$@"'
  return new Child({ command: 'bash', args: ['-c', script, String(openFiles), process.execPath, bin, ...args] })
}

/** Runs it to its end. */
export async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = kohort(args, env)
  const exitCode = await child.ended()
  return { exitCode, stdout: child.stdout, stderr: child.stderr }
}

export interface ReadyBroker {
  readonly child: Child
  readonly readyLine: string
  /** Of the first listener. */
  readonly port: number
  connect(host?: string): Promise<RawClient>
}

/** Starts a broker and waits for its ready line. */
export async function startReady(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ReadyBroker> {
  return whenReady(kohort(args, env))
}

/** Waits for the ready line of a broker that was just started. */
export async function whenReady(child: Child): Promise<ReadyBroker> {
  await waitUntil('the ready line', () => child.stdout.length > 0 || child.hasEnded, { details: () => child.tail() })
  const readyLine = child.stdout[0]
  if (readyLine === undefined) throw new Error(`kohort ended with ${child.exitCode}\n${child.tail()}`)
  const port = Number(/:(\d+)/.exec(readyLine)?.[1])
  return { child, readyLine, port, connect: (host = '127.0.0.1') => RawClient.connect({ host, port }) }
}

export async function stop({ child }: ReadyBroker): Promise<number> {
  child.signal('SIGTERM')
  return child.ended()
}

/** A folder for one test; the result of `use` after it is gone. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kohort-cli-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
