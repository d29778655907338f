import { createConnection, createServer, type Server } from 'node:net'
import { join, relative, resolve } from 'node:path'
import { DiskError, type DiskLock } from './disk.ts'

/** The little of a file system that the lock needs; node-disk.ts has it. */
export interface LockFiles {
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Device and inode: what a folder is, whatever path leads to it. */
  identity(path: string): Promise<string>
}

/**
 * Locks a folder. Node has no flock, and a file with a process id goes stale: ids are reused, and in two containers they mean different
 * processes. A listening socket is what the kernel takes away from a process that dies, so it is the lock, in two ways:
 *
 * 1. On Linux an abstract socket named after the folder's device and inode: exclusive at once, gone with the process. It is seen only inside one
 *    network namespace, hence
 * 2. a socket file in the folder, seen from every container that mounts it. After kill -9 the file stays, but nobody answers there; it
 *    is replaced by rename. Two processes that do this at the same moment are kept apart by (1).
 *
 * On Windows a named pipe is as good as (1) and alone enough.
 */
export async function lockDirectory(directory: string, files: LockFiles): Promise<DiskLock> {
  const path = resolve(directory)
  const servers: Server[] = []
  const file = socketPath(path)
  const release = async (): Promise<void> => {
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  }
  try {
    if (process.platform === 'linux') servers.push(await listen(`\0kohort:${await files.identity(path)}`, path))
    if (process.platform === 'win32')
      servers.push(await listen(`\\\\.\\pipe\\kohort-${encodeURIComponent(path)}`, path))
    else if (file !== undefined) servers.push(await listenInFolder(file, path, files))
  } catch (error) {
    await release()
    throw error
  }
  return {
    release: async () => {
      // While the lock still holds: later the file could be that of another process.
      if (file !== undefined) await files.remove(file)
      await release()
    },
  }
}

/** Path of the socket file, as short as it can be said; undefined when the kernel would not take it (on Linux, (1) still holds). */
function socketPath(directory: string): string | undefined {
  const path = join(directory, LOCK_FILE)
  const shorter = relative(process.cwd(), path)
  return [path, shorter].find((name) => Buffer.byteLength(name) + SUFFIX_BYTES_MAX <= SOCKET_PATH_BYTES_MAX)
}

async function listenInFolder(file: string, directory: string, files: LockFiles): Promise<Server> {
  if (await answers(file)) throw locked(directory)
  // Whoever makes the lock file listens before it has its name: a file of this name with nobody behind it is always stale.
  const own = `${file}.${process.pid}`
  await files.remove(own)
  const server = await listen(own, directory)
  await files.rename(own, file)
  return server
}

function listen(address: string, directory: string): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') fail(locked(directory))
      else fail(new DiskError('IO', directory, `${directory} cannot be locked: ${error.message}`, { cause: error }))
    })
    server.listen(address, () => done(server.unref()))
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(path)
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}

function locked(directory: string): DiskError {
  return new DiskError('LOCKED', directory, `the data folder ${directory} is in use by another process`)
}

const LOCK_FILE = '.lock'
const SUFFIX_BYTES_MAX = 12
const SOCKET_PATH_BYTES_MAX = 100
