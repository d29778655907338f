import type { KafkaTools } from '../kafka-tools/tools.ts'
import { Child, javaCommand, waitUntil } from '../support/index.ts'

/** A program that prints text for people, and what it printed. */
export class TextProgram {
  readonly #child: Child

  constructor(classPath: string, mainClass: string, args: readonly string[]) {
    this.#child = new Child(javaCommand(classPath, mainClass, args))
  }

  get lines(): readonly string[] {
    return this.#child.stdout
  }

  get hasEnded(): boolean {
    return this.#child.hasEnded
  }

  /** Waits until it has printed at least so many lines that match. */
  async prints(pattern: RegExp, count = 1): Promise<readonly string[]> {
    await waitUntil(
      `${count} lines like ${pattern}`,
      () => {
        if (this.#child.hasEnded) throw new Error(`the program ended\n${this.#child.tail()}`)
        return this.matching(pattern).length >= count
      },
      { details: () => this.#child.tail() },
    )
    return this.matching(pattern)
  }

  tail(): string {
    return this.#child.tail()
  }

  matching(pattern: RegExp): readonly string[] {
    return this.lines.filter((line) => pattern.test(line))
  }

  /** Ctrl-C. */
  async interrupt(): Promise<void> {
    this.#child.signal('SIGINT')
    await this.#child.ended()
  }

  kill(): Promise<void> {
    return this.#child.kill()
  }
}

/** Sends `PREFIX0`, `PREFIX1`, … with keys. */
export async function sendNumbered(
  tools: KafkaTools,
  options: { readonly bootstrap: string; readonly topic: string; readonly prefix: string; readonly count: number },
): Promise<void> {
  const { bootstrap, topic, prefix, count } = options
  const { exitCode, output } = await tools.run(
    'kafka-console-producer',
    ['--bootstrap-server', bootstrap, '--topic', topic, '--reader-property', 'parse.key=true'],
    { stdin: Array.from({ length: count }, (_, i) => `key-${i}\t${prefix}${i}\n`).join('') },
  )
  if (exitCode !== 0) throw new Error(output)
}
