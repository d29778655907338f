import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { lockDirectory } from './directory-lock.ts'
import { type Disk, DiskError, type DiskFile } from './disk.ts'

/** The Disk of this machine. Paths are absolute, or relative to the working directory. The only user of node:fs in this layer. */
export const nodeDisk: Disk = {
  open: (path, { create }) => attempt(path, async () => new NodeFile(path, await openFile(path, create))),

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

function openFile(path: string, create: boolean): Promise<number> {
  return fsOpen(path, create ? fs.constants.O_RDWR | fs.constants.O_CREAT : fs.constants.O_RDWR, 0o644)
}

class NodeFile implements DiskFile {
  readonly path: string
  readonly #fd: number

  constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
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

  write(buffers: readonly Buffer[], position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let rest = buffers
      let at = position
      const more = (): void => {
        const part = rest.length > IOV_MAX ? rest.slice(0, IOV_MAX) : rest
        fs.writev(this.#fd, part, at, (error, written) => {
          if (error !== null) return reject(diskError(error, this.path))
          // writev may come back short without an error, on a full disk for one: going on brings the error out.
          if (written === 0)
            return reject(new DiskError('NO_SPACE', this.path, `nothing could be written to ${this.path}`))
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
