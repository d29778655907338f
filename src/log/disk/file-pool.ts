import type { Disk, DiskFile } from './disk.ts'

interface Entry {
  readonly path: string
  readonly opened: Promise<DiskFile>
  users: number
  isForgotten: boolean
}

/**
 * Keeps a bounded number of segment files open, the last used ones. Files in use stay open beyond the bound. A closed file's unflushed
 * writes are the kernel's: opening and flushing it again covers them.
 */
export class FilePool {
  readonly #disk: Disk
  readonly #filesMax: number
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>()

  constructor(disk: Disk, filesMax: number) {
    this.#disk = disk
    this.#filesMax = filesMax
  }

  async use<T>(path: string, work: (file: DiskFile) => Promise<T>, options: { readonly create: boolean }): Promise<T> {
    const entry = this.#enter(path, options.create)
    entry.users++
    try {
      return await work(await entry.opened)
    } finally {
      entry.users--
      if (entry.isForgotten && entry.users === 0) await close(entry)
      else this.#trim()
    }
  }

  /** Before a file is removed or gets another name. */
  async forget(path: string): Promise<void> {
    const entry = this.#entries.get(path)
    if (entry === undefined) return
    this.#entries.delete(path)
    entry.isForgotten = true
    if (entry.users === 0) await close(entry)
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#entries.keys(), (path) => this.forget(path)))
  }

  #enter(path: string, create: boolean): Entry {
    let entry = this.#entries.get(path)
    if (entry === undefined) {
      const opening: Entry = { path, opened: this.#disk.open(path, { create }), users: 0, isForgotten: false }
      opening.opened.catch(() => {
        if (this.#entries.get(path) === opening) this.#entries.delete(path)
      })
      entry = opening
    } else {
      this.#entries.delete(path)
    }
    this.#entries.set(path, entry)
    return entry
  }

  #trim(): void {
    if (this.#entries.size <= this.#filesMax) return
    for (const entry of this.#entries.values()) {
      if (entry.users > 0) continue
      this.#entries.delete(entry.path)
      close(entry).catch(() => {})
      if (this.#entries.size <= this.#filesMax) return
    }
  }
}

async function close(entry: Entry): Promise<void> {
  const file = await entry.opened.catch(() => undefined)
  await file?.close()
}
