import { type ChildProcess, spawn } from 'node:child_process'
import { projectRoot } from './toolchain.ts'
import { waitUntil } from './wait.ts'

/** How to start a program. */
export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** On top of this process's environment without its KOHORT_…, which are for the tests and mean others to a broker; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Turns a line of output into an event, for programs that cannot print JSON themselves (kcat). */
  readonly parse?: (line: string, stream: 'stdout' | 'stderr') => Readonly<Record<string, unknown>> | undefined
}

const living = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KOHORT_')))
}

/** A child process whose output is kept line by line. It never outlives the test process. */
export class Child {
  readonly stdout: string[] = []
  readonly stderr: string[] = []
  readonly #child: ChildProcess
  #exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined

  constructor(command: Command, onLine: (line: string, stream: 'stdout' | 'stderr') => void = () => {}) {
    this.#child = spawn(command.command, command.args, {
      cwd: command.cwd ?? projectRoot,
      env: { ...inherited(), ...command.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    living.add(this.#child)
    this.#child.stdin?.on('error', () => {})
    for (const stream of ['stdout', 'stderr'] as const) {
      splitLines(this.#child[stream]!, (line) => {
        this[stream].push(line)
        onLine(line, stream)
      })
    }
    this.#child.on('error', (error) => {
      this.stderr.push(String(error))
      this.#exit ??= { code: -1, signal: null }
    })
    this.#child.on('close', (code, signal) => {
      living.delete(this.#child)
      this.#exit ??= { code, signal }
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** The exit code; undefined while it runs, -1 after a signal. */
  get exitCode(): number | undefined {
    return this.#exit === undefined ? undefined : (this.#exit.code ?? -1)
  }

  get hasEnded(): boolean {
    return this.#exit !== undefined
  }

  /** Writes to the standard input; `end` closes it. */
  write(text: string, options: { readonly end?: boolean } = {}): void {
    this.#child.stdin?.write(text)
    if (options.end === true) this.#child.stdin?.end()
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.hasEnded) this.#child.kill(signal)
  }

  async ended(deadlineMs?: number): Promise<number> {
    await waitUntil(`the end of process ${this.pid}`, () => this.hasEnded, {
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      details: () => this.tail(),
    })
    return this.exitCode ?? -1
  }

  /** Kills it at once (a stopped process too) and waits for its end. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.ended()
  }

  tail(lines = 30): string {
    return [...this.stdout.slice(-lines), ...this.stderr.slice(-lines)].join('\n')
  }
}

function splitLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  stream.on('end', () => {
    if (rest !== '') onLine(rest)
  })
}
