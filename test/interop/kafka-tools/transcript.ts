import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Admin, adminOf } from '../support/admin.ts'
import type { Target } from '../support/broker.ts'
import { type Broker, Child, isFullRun, requireTool, startBroker, target } from '../support/index.ts'
import { KafkaTools, type ToolName, type ToolResult, toolCommand } from './tools.ts'

/** Makes output comparable: what differs from run to run, or from broker to broker by right, becomes a word. */
export type Normalize = (output: string) => string

export interface ToolOptions {
  readonly stdin?: string
  readonly timeoutMs?: number
  /** Arguments are given as they are, without `--bootstrap-server`. */
  readonly withoutServer?: boolean
  readonly normalize?: Normalize
  /** Lines in any order. */
  readonly sort?: boolean
}

/** Runs tools against one broker and writes down what a person at a terminal would see. */
export class Shell {
  readonly broker: Broker
  readonly admin: Admin
  /** An empty folder for files that tools read. */
  readonly folder: string
  readonly #tools: KafkaTools
  readonly #replacements: [string, string][] = []
  readonly #clients: { kill(): Promise<void> }[] = []
  #transcript = ''

  constructor(options: { readonly broker: Broker; readonly tools: KafkaTools; readonly folder: string }) {
    this.broker = options.broker
    this.admin = adminOf(options.broker.bootstrap)
    this.folder = options.folder
    this.#tools = options.tools
  }

  /** A client that is killed at the end, if it is still there. */
  owns<T extends { kill(): Promise<void> }>(client: T): T {
    this.#clients.push(client)
    return client
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.kill()))
  }

  /** Everything run so far, normalized. */
  get transcript(): string {
    return this.#transcript
  }

  /** Runs a tool, adds command, output and exit code to the transcript, and gives the raw output. */
  async run(tool: ToolName, args: string, options: ToolOptions = {}): Promise<string> {
    const result = await this.quietly(tool, args, options)
    this.#write(`${tool} ${args}`, result, options)
    return result.output
  }

  /** The same in a JVM of its own, for a tool that does its last work in a shutdown hook of the JVM. */
  async runAlone(tool: ToolName, args: string, options: ToolOptions = {}): Promise<void> {
    const child = new Child(
      await toolCommand(tool, ['--bootstrap-server', this.broker.bootstrap, ...splitArguments(args)]),
    )
    const exitCode = await child.ended()
    this.#write(`${tool} ${args}`, { exitCode, output: [...child.stdout, ...child.stderr].join('\n') }, options)
  }

  /** Runs a tool without a word in the transcript. */
  quietly(tool: ToolName, args: string, options: ToolOptions = {}) {
    const server = options.withoutServer === true ? [] : ['--bootstrap-server', this.broker.bootstrap]
    return this.#tools.run(tool, [...server, ...splitArguments(args)], options)
  }

  /** Writes `word` instead of a text that differs from run to run. */
  replace(text: string, word: string): void {
    this.#replacements.push([text, word])
  }

  note(sentence: string): void {
    this.#transcript += `# ${sentence}\n`
  }

  #write(command: string, { exitCode, output }: Pick<ToolResult, 'exitCode' | 'output'>, options: ToolOptions): void {
    const shown = (options.normalize ?? ((text: string) => text))(output)
    const lines = this.#comparable(shown)
    if (options.sort === true) lines.sort()
    const ending = exitCode === 0 ? [] : [`exit code ${exitCode}`]
    this.#transcript += [`$ ${this.#comparable(command).join(' ')}`, ...lines, ...ending, '', ''].join('\n')
  }

  #comparable(text: string): string[] {
    const replaced = this.#replacements.reduce((result, [from, to]) => result.replaceAll(from, to), text)
    return normalizeAlways(replaced, this.broker)
  }
}

/** Names Java's classes and lines of the tool, not of the broker. */
const javaStackFrame = /^\s*(at \S+\(.*\)|\.\.\. \d+ more)$/

/** `a 'b c' d` as a shell splits it. */
function splitArguments(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
}

function normalizeAlways(output: string, broker: Broker): string[] {
  return output
    .replaceAll(`127.0.0.1:${broker.port}`, 'BROKER')
    .replaceAll(broker.dataDir, 'DATA')
    .replaceAll(String(broker.port), 'PORT')
    .replaceAll(/\/127\.0\.0\.1\b/g, '/HOST')
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID')
    .replaceAll(/(?<=TopicId: |topicId=|topic ID: )[\w-]{22}/g, 'TOPIC_ID')
    .split('\n')
    .map((line) => line.replaceAll(/[ \t]+/g, ' ').trimEnd())
    .filter((line) => line !== '' && !javaStackFrame.test(line))
}

interface TranscriptCase {
  readonly name: string
  readonly title: string
  readonly configs?: Readonly<Record<string, string>>
  readonly script: (shell: Shell) => Promise<void>
}

/**
 * Registers transcripts: scripts of Kafka's tools whose whole output must be that of `expected/NAME.txt`, which was
 * recorded from Apache Kafka 4.2 (KOHORT_TARGET=kafka KOHORT_RECORD=1). A full run asks Apache Kafka again, so that the
 * files cannot be bent towards ours.
 */
export function transcripts(file: string, cases: readonly TranscriptCase[]): void {
  const targets: readonly Target[] = isFullRun ? ['kafka', 'kohort'] : [target()]
  describe.skipIf(!requireTool('java', 'javac', 'mvn')).each(targets)(`${file} against %s`, (kind) => {
    let tools: KafkaTools
    let broker: Broker

    beforeAll(async () => {
      ;[tools, broker] = await Promise.all([KafkaTools.start(), startBroker({ target: kind })])
    }, 600_000)

    afterAll(async () => {
      await Promise.all([tools?.stop(), broker?.stop()])
    })

    for (const { name, title, script } of cases) {
      test(`${name}: ${title}`, { timeout: 180_000 }, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'interop-tools-'))
        const shell = new Shell({ broker, tools, folder })
        try {
          await script(shell)
        } catch (error) {
          console.error(`${shell.transcript}\n${broker.logs.slice(-20).join('\n')}`)
          throw error
        } finally {
          await shell.end()
          rmSync(folder, { recursive: true, force: true })
        }
        compare(join(import.meta.dirname, 'expected', `${name}.txt`), shell.transcript, kind)
      })
    }
  })
}

function compare(file: string, transcript: string, kind: Target): void {
  if (process.env.KOHORT_RECORD === '1') {
    if (kind !== 'kafka') throw new Error('expectations are recorded from Apache Kafka: set KOHORT_TARGET=kafka')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, transcript)
  }
  if (!existsSync(file)) throw new Error(`${file} is missing: record it with KOHORT_TARGET=kafka KOHORT_RECORD=1`)
  expect(transcript).toBe(readFileSync(file, 'utf8'))
}
