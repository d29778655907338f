/**
 * All file I/O of log/. `NodeDisk` is the real one; the simulated one (test/log/support) drops or reorders writes, creates and renames
 * that were not synced, and fails any call. Paths are absolute or relative to the data folder, always with '/'.
 *
 * What is durable: bytes of a file after `datasync` or `sync` of it; the existence, name and absence of an entry after `syncDirectory`
 * of its folder. Nothing else is promised. Every failure is a `DiskError`.
 */
export interface Disk {
  /**
   * Opens for reading and writing; with `create`, makes an empty file where none is. With `isDurable`, what a write has written is durable
   * when it returns (O_DSYNC): cheaper than a `datasync` after it.
   */
  open(path: string, options: { readonly create: boolean; readonly isDurable?: boolean }): Promise<DiskFile>
  /** Reads a whole small file, or undefined when there is none. */
  readFile(path: string): Promise<Buffer | undefined>
  /** Bytes of a file, or undefined when there is none: thousands of them are asked for at a start. */
  size(path: string): Promise<number | undefined>
  /** Names of the entries of a folder, in no order; none when there is no such folder. */
  list(directory: string): Promise<string[]>
  /** Makes the folder and those above it; harmless when it is there. */
  makeDirectory(directory: string): Promise<void>
  /** Atomic replacement of `to`, durable after `syncDirectory` of both folders. Works for files and folders. */
  rename(from: string, to: string): Promise<void>
  /** Harmless when there is no such file. */
  remove(path: string): Promise<void>
  /** With everything in it; harmless when there is no such folder. */
  removeDirectory(directory: string): Promise<void>
  syncDirectory(directory: string): Promise<void>
  /**
   * Makes this process the only user of a folder until `release` or its death, however that comes: nothing stale is left behind.
   * @throws DiskError `LOCKED` when another process has it.
   */
  lock(directory: string): Promise<DiskLock>
  /** Of the volume that a folder is on. */
  space(directory: string): Promise<DiskSpace>
}

export interface DiskSpace {
  readonly totalBytes: bigint
  /** What a user without privileges may still write. */
  readonly usableBytes: bigint
}

export interface DiskLock {
  release(): Promise<void>
}

export interface DiskFile {
  readonly path: string
  size(): Promise<number>
  /** Fills as much of `buffer` as the file has from `position`; returns the bytes read. */
  read(buffer: Buffer, position: number): Promise<number>
  /** Writes all the buffers one after another; a short write is a DiskError, with an unknown prefix written. */
  write(buffers: readonly Buffer[], position: number): Promise<void>
  /** As `write`, before it returns: the event loop waits for the disk. */
  writeNow(buffers: readonly Buffer[], position: number): void
  /** Data and the size needed to read it back are durable when it resolves (fdatasync). */
  datasync(): Promise<void>
  truncate(size: number): Promise<void>
  close(): Promise<void>
}

/**
 * `NO_SPACE` may pass; after `IO` or a failed sync nothing on the file may be trusted until a restart has replayed it; `DAMAGED`: the disk
 * answers, but not what was written.
 */
export class DiskError extends Error {
  readonly code: 'NO_SPACE' | 'IO' | 'DAMAGED' | 'NOT_FOUND' | 'EXISTS' | 'LOCKED'
  readonly path: string

  constructor(code: DiskError['code'], path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DiskError'
    this.code = code
    this.path = path
  }
}
