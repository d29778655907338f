import { describeFailure } from '../exit-code.ts'

const tools = {
  'kafka-consumer-groups': async () => (await import('./consumer-groups.ts')).consumerGroupsTool,
  'kafka-topics': async () => (await import('./topics.ts')).topicsTool,
} as const

/** The drop-in bins: what Apache Kafka 4.2's tools of the same name take, and what they print. */
export async function main(tool: keyof typeof tools, args: readonly string[]): Promise<void> {
  // A reader that has gone (`| head`) is no failure.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  try {
    const run = await tools[tool]()
    process.exitCode = await run(args)
  } catch (error) {
    const { exitCode, message } = describeFailure(error)
    process.stderr.write(`${tool}: ${message}\n`)
    process.exitCode = exitCode
  }
}
