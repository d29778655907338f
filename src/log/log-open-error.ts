import { DiskError } from './disk/disk.ts'

/**
 * Why a data folder was not opened; `message` is one sentence for people. LOCKED: another process has it. NEWER_FORMAT: a newer kohort
 * wrote it. FOREIGN_FOLDER: it belongs to something else. CORRUPT: data that had been flushed is damaged or missing. NO_SPACE, IO: the disk.
 */
export class LogOpenError extends Error {
  readonly code: 'LOCKED' | 'NEWER_FORMAT' | 'FOREIGN_FOLDER' | 'CORRUPT' | 'NO_SPACE' | 'IO'

  /** With `recover: 'truncate'` the folder would be opened, without what is damaged. */
  readonly canTruncate: boolean

  constructor(
    code: LogOpenError['code'],
    message: string,
    options?: ErrorOptions & { readonly canTruncate?: boolean },
  ) {
    super(message, options)
    this.name = 'LogOpenError'
    this.code = code
    this.canTruncate = options?.canTruncate ?? false
  }

  /** An error of the disk as one of these; anything else as it is. */
  static from(error: unknown): unknown {
    if (!(error instanceof DiskError)) return error
    const code = error.code === 'LOCKED' || error.code === 'NO_SPACE' ? error.code : 'IO'
    return new LogOpenError(code, error.message, { cause: error })
  }
}
