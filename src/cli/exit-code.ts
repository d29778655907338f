import type { BrokerStartError } from '../broker/index.ts'

/** How the process ends; docs/configuration.md lists them. */
export const ExitCode = {
  /** A clean stop, or a command that did what it should. */
  OK: 0,
  /** A mistake of kohort's own, or a command that the cluster refused. */
  FAILED: 1,
  /** An option, config, file or topic that cannot be. */
  USAGE: 2,
  /** An address that is taken or not this machine's. */
  ADDRESS: 3,
  /** A data folder that another process uses. */
  LOCKED: 4,
  /** A data folder of a newer kohort. */
  NEWER_FORMAT: 5,
  /** Corrupt or missing data; where records are damaged `--recover truncate` starts without them. */
  CORRUPT: 6,
  /** The data folder cannot be read or written, at the start or later. */
  STORAGE: 7,
} as const

export const exitCodeOfStart: Readonly<Record<BrokerStartError['kind'], number>> = {
  'bad-config': ExitCode.USAGE,
  address: ExitCode.ADDRESS,
  locked: ExitCode.LOCKED,
  'newer-format': ExitCode.NEWER_FORMAT,
  corrupt: ExitCode.CORRUPT,
  storage: ExitCode.STORAGE,
}

/**
 * A command failed, and the message is the sentence that says why; the stack is nobody's business. The exit code is a property rather than a
 * class, because parts of the command line are bundled apart, each with classes of its own.
 */
export class CliError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = ExitCode.FAILED) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

/** Something that the user can mend; the message is the sentence that tells how. */
export class UsageError extends CliError {
  constructor(message: string) {
    super(message, ExitCode.USAGE)
    this.name = 'UsageError'
  }
}

/** The exit code and the sentence for an error that ended a command; with the stack where it is a mistake of ours. */
export function describeFailure(error: unknown): { readonly exitCode: number; readonly message: string } {
  if (!(error instanceof Error)) return { exitCode: ExitCode.FAILED, message: String(error) }
  const { exitCode } = error as Partial<CliError>
  if (typeof exitCode === 'number') return { exitCode, message: error.message }
  if (error.name !== 'KafkaError') return { exitCode: ExitCode.FAILED, message: error.stack ?? error.message }
  const { code } = error as Error & { readonly code?: string }
  const message = code === undefined || error.message.includes(code) ? error.message : `${error.message} (${code})`
  return { exitCode: ExitCode.FAILED, message }
}
