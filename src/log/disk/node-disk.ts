import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { lockDirectory } from './directory-lock.ts'
import { type Disk, DiskError, type DiskFile } from './disk.ts'

/** The Disk of this machine. Paths are absolute, or relative to the working directory. The only user of node:fs in this layer. */
export const nodeDisk: Disk = {
  open: (path, options) => attempt(path, () => openFile(path, options)),

  async readFile(path) {
    try {
      return await fs.promises.readFile(path)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw diskError(error, path)
    }
  },

  async size(path) {
    try {
      return (await fsStatPath(path)).size
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw diskError(error, path)
    }
  },

  async list(directory) {
    try {
      return await fs.promises.readdir(directory)
    } catch (error) {
      if (isNotFound(error)) return []
      throw diskError(error, directory)
    }
  },

  makeDirectory: (directory) => attempt(directory, () => makeDirectories(directory)),

  rename: (from, to) => attempt(from, () => fs.promises.rename(from, to)),
  remove: (path) => attempt(path, () => fs.promises.rm(path, { force: true })),
  removeDirectory: (directory) => attempt(directory, () => fs.promises.rm(directory, { force: true, recursive: true })),

  syncDirectory: (directory) =>
    attempt(directory, async () => {
      // Windows cannot open folders, and makes their entries durable by itself.
      if (process.platform === 'win32') return
      const handle = await fs.promises.open(directory, 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    }),

  lock: (directory) =>
    lockDirectory(directory, {
      rename: fs.promises.rename,
      remove: (path) => fs.promises.rm(path, { force: true }),
      identity: async (path) => {
        const { dev, ino } = await fs.promises.stat(path)
        return `${dev}:${ino}`
      },
    }),

  space: (directory) =>
    attempt(directory, async () => {
      const { bsize, blocks, bavail } = await fs.promises.statfs(directory, { bigint: true })
      return { totalBytes: bsize * blocks, usableBytes: bsize * bavail }
    }),
}

// Callbacks of node:fs, promisified, cost less than FileHandles, which also warn when collected before they are closed.
const fsOpen = promisify(fs.open)
const fsClose = promisify(fs.close)
const fsStat = promisify(fs.fstat)
const fsStatPath = promisify(fs.stat)
const fsSync = promisify(fs.fdatasync)
const fsTruncate = promisify(fs.ftruncate)

const { O_RDWR, O_CREAT } = fs.constants
/** Windows has none. */
const O_DSYNC: number | undefined = fs.constants.O_DSYNC

async function openFile(path: string, options: { create: boolean; isDurable?: boolean }): Promise<NodeFile> {
  const { create, isDurable = false } = options
  const flags = O_RDWR | (create ? O_CREAT : 0) | (isDurable ? (O_DSYNC ?? 0) : 0)
  return new NodeFile(path, await fsOpen(path, flags, 0o644), isDurable && O_DSYNC === undefined)
}

class NodeFile implements DiskFile {
  readonly path: string
  readonly #fd: number
  /** Each write is to be durable, and the system has no flag for it. */
  readonly #mustSync: boolean

  constructor(path: string, fd: number, mustSync: boolean) {
    this.path = path
    this.#fd = fd
    this.#mustSync = mustSync
  }

  size(): Promise<number> {
    return attempt(this.path, async () => (await fsStat(this.#fd)).size)
  }

  read(buffer: Buffer, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let done = 0
      const more = (): void => {
        fs.read(this.#fd, buffer, done, buffer.length - done, position + done, (error, bytesRead) => {
          if (error !== null) return reject(diskError(error, this.path))
          done += bytesRead
          if (bytesRead === 0 || done === buffer.length) return resolve(done)
          more()
        })
      }
      more()
    })
  }

  async write(buffers: readonly Buffer[], position: number): Promise<void> {
    await this.#write(buffers, position)
    if (this.#mustSync) await this.datasync()
  }

  writeNow(buffers: readonly Buffer[], position: number): void {
    try {
      let rest = buffers
      for (let at = position; rest.length > 0; ) {
        const written = fs.writevSync(this.#fd, rest.length > IOV_MAX ? rest.slice(0, IOV_MAX) : rest, at)
        if (written === 0) throw this.#nothingWritten()
        at += written
        rest = behind(rest, written)
      }
      if (this.#mustSync) fs.fdatasyncSync(this.#fd)
    } catch (error) {
      throw error instanceof DiskError ? error : diskError(error, this.path)
    }
  }

  #write(buffers: readonly Buffer[], position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let rest = buffers
      let at = position
      const more = (): void => {
        const part = rest.length > IOV_MAX ? rest.slice(0, IOV_MAX) : rest
        fs.writev(this.#fd, part, at, (error, written) => {
          if (error !== null) return reject(diskError(error, this.path))
          if (written === 0) return reject(this.#nothingWritten())
          at += written
          rest = behind(rest, written)
          if (rest.length === 0) return resolve()
          more()
        })
      }
      if (buffers.length === 0) resolve()
      else more()
    })
  }

  /** writev may come back short without an error, on a full disk for one: going on brings the error out. */
  #nothingWritten(): DiskError {
    return new DiskError('NO_SPACE', this.path, `nothing could be written to ${this.path}`)
  }

  datasync(): Promise<void> {
    return attempt(this.path, () => fsSync(this.#fd))
  }

  truncate(size: number): Promise<void> {
    return attempt(this.path, () => fsTruncate(this.#fd, size))
  }

  close(): Promise<void> {
    return attempt(this.path, () => fsClose(this.#fd))
  }
}

/** Linux takes no more buffers in one call. */
const IOV_MAX = 1024

/** What is left of `buffers` behind the first `bytes`. */
function behind(buffers: readonly Buffer[], bytes: number): readonly Buffer[] {
  let rest = bytes
  for (let i = 0; i < buffers.length; i++) {
    const buffer = buffers[i]!
    if (rest < buffer.length) {
      return rest === 0 ? buffers.slice(i) : [buffer.subarray(rest), ...buffers.slice(i + 1)]
    }
    rest -= buffer.length
  }
  return []
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw diskError(error, path)
  }
}

function isNotFound(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

function diskError(error: unknown, path: string): DiskError {
  const { code, message } = error as NodeJS.ErrnoException
  return new DiskError(codes[code ?? ''] ?? 'IO', path, message, { cause: error })
}

const codes: Partial<Record<string, DiskError['code']>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  ENOENT: 'NOT_FOUND',
  EEXIST: 'EXISTS',
}

/** Not Node's `recursive`, which tries for ever where a parent exists and yet takes no folder (/proc). */
async function makeDirectories(directory: string): Promise<void> {
  try {
    await fs.promises.mkdir(directory)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await fs.promises.stat(directory)).isDirectory()) return
    const parent = dirname(directory)
    if (code !== 'ENOENT' || parent === directory || (await exists(parent))) throw error
    await makeDirectories(parent)
    await makeDirectories(directory)
  }
}

function exists(path: string): Promise<boolean> {
  return fs.promises.stat(path).then(
    () => true,
    () => false,
  )
}
