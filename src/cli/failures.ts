import type { KafkaError } from '../client/index.ts'
import { ExitCode } from './exit-code.ts'

/** Says on stderr what failed, a line each, and lets the command end with `FAILED`; what went well is printed all the same. */
export function reportFailures(what: string, failures: ReadonlyMap<string, KafkaError>): void {
  if (failures.size === 0) return
  for (const [name, { message, code }] of failures) {
    const end = message.includes(code) ? '' : ` (${code})`
    process.stderr.write(`kohort: ${what} ${name}: ${message}${end}\n`)
  }
  process.exitCode = ExitCode.FAILED
}
