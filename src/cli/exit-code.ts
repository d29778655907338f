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

/** Something that the user can mend; the message is the sentence that tells how. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
