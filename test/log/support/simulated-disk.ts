import { type Disk, DiskError, type DiskFile, type DiskLock, type DiskSpace } from '../../../src/log/index.ts'
import type { Random } from './random.ts'

/** Unit of tearing: each survives a power cut as it was at some moment since the last sync, independently of its neighbours. */
const SECTOR_BYTES = 512

type DataOp =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number }

class Inode {
  current: Buffer = Buffer.alloc(0)
  durable: Buffer = Buffer.alloc(0)
  /** Since the last sync, in order. */
  pending: DataOp[] = []

  add(op: DataOp): void {
    this.pending.push(op)
    this.current = applied(this.current, op)
  }

  sync(count: number): void {
    for (const op of this.pending.splice(0, count)) this.durable = applied(this.durable, op)
  }

  /** What a power cut leaves. */
  survive(random: Random): void {
    if (this.pending.length > 0) this.current = this.#torn(random)
    this.durable = Buffer.from(this.current)
    this.pending = []
  }

  #torn(random: Random): Buffer {
    const ops = this.pending
    const mode = random.below(4)
    if (mode === 0) return this.durable
    if (mode === 1) return this.current
    const states: Buffer[] = [this.durable]
    for (const op of ops) states.push(applied(states[states.length - 1]!, op))
    const size = states[random.below(states.length)]!.length
    const result = Buffer.alloc(size)
    // Mode 2: writes reached the disk in order, and were cut at one sector; mode 3: in any order.
    const cutAt = random.below(ops.length + 1)
    for (let at = 0; at < size; at += SECTOR_BYTES) {
      const version =
        mode === 2 ? Math.min(states.length - 1, cutAt + (random.chance(0.5) ? 1 : 0)) : random.below(states.length)
      const source = states[version]!
      if (at < source.length) source.copy(result, at, at, Math.min(at + SECTOR_BYTES, size, source.length))
    }
    return result
  }
}

function applied(bytes: Buffer, op: DataOp): Buffer {
  if (op.kind === 'truncate') {
    if (op.size <= bytes.length) return Buffer.from(bytes.subarray(0, op.size))
    return Buffer.concat([bytes, Buffer.alloc(op.size - bytes.length)])
  }
  const result = Buffer.alloc(Math.max(bytes.length, op.position + op.bytes.length))
  bytes.copy(result)
  op.bytes.copy(result, op.position)
  return result
}

type Node = Inode | Folder

type EntryOp =
  | { readonly kind: 'add'; readonly name: string; readonly node: Node }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly node: Node }

class Folder {
  current = new Map<string, Node>()
  durable = new Map<string, Node>()
  pending: EntryOp[] = []

  add(op: EntryOp): void {
    this.pending.push(op)
    change(this.current, op)
  }

  sync(count: number): void {
    for (const op of this.pending.splice(0, count)) change(this.durable, op)
  }

  survive(random: Random): void {
    const entries = new Map(this.durable)
    const mode = random.below(3)
    const kept = random.below(this.pending.length + 1)
    this.pending.forEach((op, i) => {
      // Mode 0: what a journalling file system does; 1: any subset; 2: nothing.
      if (mode === 2 || (mode === 0 ? i >= kept : random.chance(0.5))) return
      change(entries, op)
    })
    this.current = entries
    this.durable = new Map(entries)
    this.pending = []
    for (const node of entries.values()) node.survive(random)
  }
}

function change(entries: Map<string, Node>, op: EntryOp): void {
  if (op.kind === 'add') {
    if (!entries.has(op.name)) entries.set(op.name, op.node)
  } else if (op.kind === 'remove') {
    entries.delete(op.name)
  } else {
    // The entry that the rename saw, whatever became of what was done to its name before.
    if (entries.get(op.from) === op.node) entries.delete(op.from)
    entries.set(op.to, op.node)
  }
}

export interface SimulatedDiskOptions {
  readonly random: Random
  /** The process dies when it makes this many calls; undefined = never. */
  readonly dieAtCall?: number
  /** Probability that a write finds the disk full, having written a part. */
  readonly noSpaceChance?: number
  /** Probability that a flush fails. */
  readonly syncFailChance?: number
}

/**
 * A disk that may lose, tear and reorder whatever was not synced, and fail any call. It lives on after the process: `powerCut` or
 * `processDeath` give the disk that the next process finds. After `dieAtCall` no call ever returns.
 */
export class SimulatedDisk implements Disk {
  readonly #options: SimulatedDiskOptions
  readonly #root: Folder
  #calls = 0
  #isDead = false
  #onDeath: () => void = () => {}
  readonly died: Promise<void>
  /** The next write to the write-ahead log fails as on a full disk. */
  failNextWalWrite = false
  /** The next sync of a file fails. */
  failNextSync = false
  /** Every write and every new file fails while set. */
  isFull = false
  /** Syncs wait for it. */
  held: Promise<void> | undefined
  /** Reads that begin while it is set wait for it. */
  heldReads: Promise<void> | undefined

  constructor(options: SimulatedDiskOptions, root = new Folder()) {
    this.#options = options
    this.#root = root
    this.died = new Promise((resolve) => {
      this.#onDeath = resolve
    })
  }

  get calls(): number {
    return this.#calls
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Changes a file behind everyone's back, durably; answers what it was. */
  tamper(path: string, change: (bytes: Buffer) => Buffer): Buffer {
    const node = this.#find(path)
    if (!(node instanceof Inode)) throw new Error(`${path} does not exist`)
    const before = node.current
    node.current = change(Buffer.from(before))
    node.durable = Buffer.from(node.current)
    node.pending = []
    return before
  }

  /** Ends the process: no call returns any more. */
  die(): void {
    this.#isDead = true
    this.#onDeath()
  }

  /** The disk after the power came back. */
  powerCut(options: SimulatedDiskOptions): SimulatedDisk {
    this.die()
    this.#root.survive(this.#options.random)
    return new SimulatedDisk(options, this.#root)
  }

  /** The disk after kill -9: everything written is there, synced or not, and a later power cut may still take it. */
  processDeath(options: SimulatedDiskOptions): SimulatedDisk {
    this.die()
    return new SimulatedDisk(options, this.#root)
  }

  async open(path: string, options: { readonly create: boolean; readonly isDurable?: boolean }): Promise<DiskFile> {
    const { create, isDurable = false } = options
    await this.#call()
    if (this.#isDead) return never()
    const { folder, name } = this.#parent(path)
    let node = folder.current.get(name)
    if (node === undefined && create) {
      if (this.isFull) throw new DiskError('NO_SPACE', path, 'the simulated disk is full')
      node = new Inode()
      folder.add({ kind: 'add', name, node })
    }
    if (!(node instanceof Inode)) throw new DiskError('NOT_FOUND', path, `${path} does not exist`)
    return new SimulatedFile(this, path, node, isDurable)
  }

  async readFile(path: string): Promise<Buffer | undefined> {
    await this.#call()
    const node = this.#find(path)
    return node instanceof Inode ? Buffer.from(node.current) : undefined
  }

  async size(path: string): Promise<number | undefined> {
    await this.#call()
    const node = this.#find(path)
    return node instanceof Inode ? node.current.length : undefined
  }

  async list(directory: string): Promise<string[]> {
    await this.#call()
    const node = this.#find(directory)
    return node instanceof Folder ? [...node.current.keys()] : []
  }

  async makeDirectory(directory: string): Promise<void> {
    await this.#call()
    if (this.#isDead) return never()
    let folder = this.#root
    for (const name of directory.split('/').filter((part) => part !== '')) {
      let next = folder.current.get(name)
      if (next === undefined) {
        next = new Folder()
        folder.add({ kind: 'add', name, node: next })
      }
      if (!(next instanceof Folder)) throw new DiskError('EXISTS', directory, `${directory} is a file`)
      folder = next
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call()
    if (this.#isDead) return never()
    const source = this.#parent(from)
    const node = source.folder.current.get(source.name)
    if (node === undefined) throw new DiskError('NOT_FOUND', from, `${from} does not exist`)
    const target = this.#parent(to)
    if (target.folder !== source.folder) throw new Error('a rename between folders is not simulated')
    source.folder.add({ kind: 'rename', from: source.name, to: target.name, node })
  }

  async remove(path: string): Promise<void> {
    await this.#call()
    if (this.#isDead) return never()
    const parent = this.#find(path.slice(0, path.lastIndexOf('/')))
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (parent instanceof Folder && parent.current.has(name)) parent.add({ kind: 'remove', name })
  }

  async removeDirectory(directory: string): Promise<void> {
    await this.#call()
    if (this.#isDead) return never()
    const parent = this.#find(directory.slice(0, directory.lastIndexOf('/')))
    const name = directory.slice(directory.lastIndexOf('/') + 1)
    if (parent instanceof Folder && parent.current.has(name)) parent.add({ kind: 'remove', name })
  }

  async syncDirectory(directory: string): Promise<void> {
    const node = this.#find(directory)
    if (!(node instanceof Folder)) throw new DiskError('NOT_FOUND', directory, `${directory} does not exist`)
    const count = node.pending.length
    await this.#call()
    if (this.#isDead) return never()
    node.sync(count)
  }

  async space(): Promise<DiskSpace> {
    return { totalBytes: 1n << 40n, usableBytes: this.isFull ? 0n : 1n << 39n }
  }

  async lock(): Promise<DiskLock> {
    await this.#call()
    return { release: async () => {} }
  }

  async write(path: string, node: Inode, buffers: readonly Buffer[], position: number): Promise<void> {
    if (this.#isDead) return never()
    const bytes = Buffer.concat(buffers)
    const isDoomed = this.failNextWalWrite && path.endsWith('.wal')
    const isFull = this.isFull || isDoomed || this.#options.random.chance(this.#options.noSpaceChance ?? 0)
    if (isDoomed) this.failNextWalWrite = false
    const written = isFull ? bytes.subarray(0, this.#options.random.below(bytes.length + 1)) : bytes
    node.add({ kind: 'write', position, bytes: written })
    await this.#call()
    if (isFull) throw new DiskError('NO_SPACE', path, 'the simulated disk is full')
  }

  /** The process may die in it; it is told of that as of a failed disk, and finds no other call return. */
  writeNow(path: string, node: Inode, buffers: readonly Buffer[], position: number, isDurable: boolean): void {
    const { random, noSpaceChance = 0, syncFailChance = 0, dieAtCall } = this.#options
    if (this.#isDead) throw new DiskError('IO', path, 'the simulated process has died')
    const bytes = Buffer.concat(buffers)
    const isDoomed = this.failNextWalWrite && path.endsWith('.wal')
    const isFull = this.isFull || isDoomed || random.chance(noSpaceChance)
    if (isDoomed) this.failNextWalWrite = false
    const written = isFull ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes
    node.add({ kind: 'write', position, bytes: written })
    this.#calls++
    if (dieAtCall !== undefined && this.#calls >= dieAtCall) {
      this.die()
      throw new DiskError('IO', path, 'the simulated process has died')
    }
    if (isFull) throw new DiskError('NO_SPACE', path, 'the simulated disk is full')
    if (!isDurable) return
    if (this.failNextSync || random.chance(syncFailChance)) {
      this.failNextSync = false
      throw new DiskError('IO', path, 'a simulated flush has failed')
    }
    node.sync(node.pending.length)
  }

  async sync(path: string, node: Inode): Promise<void> {
    const count = node.pending.length
    await this.#call()
    await this.held
    if (this.#isDead) return never()
    if (this.failNextSync || this.#options.random.chance(this.#options.syncFailChance ?? 0)) {
      this.failNextSync = false
      throw new DiskError('IO', path, 'a simulated flush has failed')
    }
    node.sync(count)
  }

  async call(): Promise<void> {
    await this.#call()
  }

  /** Every call takes a while, and none returns to a dead process. */
  async #call(): Promise<void> {
    if (this.#isDead) return never()
    this.#calls++
    if (this.#calls > CALLS_MAX) throw new Error('the disk is called without end')
    if (this.#options.dieAtCall !== undefined && this.#calls >= this.#options.dieAtCall) {
      this.die()
      return never()
    }
    if (this.#options.random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve))
    if (this.#isDead) return never()
  }

  #parent(path: string): { readonly folder: Folder; readonly name: string } {
    const at = path.lastIndexOf('/')
    const folder = this.#find(path.slice(0, at))
    if (!(folder instanceof Folder)) throw new DiskError('NOT_FOUND', path, `the folder of ${path} does not exist`)
    return { folder, name: path.slice(at + 1) }
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (!(node instanceof Folder)) return undefined
      node = node.current.get(name)
    }
    return node
  }
}

class SimulatedFile implements DiskFile {
  readonly path: string
  readonly #disk: SimulatedDisk
  readonly #inode: Inode
  readonly #isDurable: boolean

  constructor(disk: SimulatedDisk, path: string, inode: Inode, isDurable: boolean) {
    this.#disk = disk
    this.path = path
    this.#inode = inode
    this.#isDurable = isDurable
  }

  async size(): Promise<number> {
    await this.#disk.call()
    return this.#inode.current.length
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    const { heldReads } = this.#disk
    await this.#disk.call()
    if (heldReads !== undefined) await heldReads
    return this.#inode.current.copy(buffer, 0, position, position + buffer.length)
  }

  async write(buffers: readonly Buffer[], position: number): Promise<void> {
    await this.#disk.write(this.path, this.#inode, buffers, position)
    if (this.#isDurable) await this.#disk.sync(this.path, this.#inode)
  }

  writeNow(buffers: readonly Buffer[], position: number): void {
    this.#disk.writeNow(this.path, this.#inode, buffers, position, this.#isDurable)
  }

  datasync(): Promise<void> {
    return this.#disk.sync(this.path, this.#inode)
  }

  async truncate(size: number): Promise<void> {
    if (this.#disk.isDead) return never()
    this.#inode.add({ kind: 'truncate', size })
    await this.#disk.call()
  }

  async close(): Promise<void> {
    await this.#disk.call()
  }
}

const CALLS_MAX = 100_000
/** A new one each time: what waits for a promise lives as long as that does, and a dead process should not. */
function never(): Promise<never> {
  return new Promise(() => {})
}
