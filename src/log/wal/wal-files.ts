import { Buffer } from 'node:buffer'
import type { Disk } from '../disk/disk.ts'
import { replaceFile } from '../disk/replace-file.ts'
import { Gate } from '../gate.ts'
import { LogOpenError } from '../log-open-error.ts'
import { type WalSegment, walSegmentPath } from './wal-segment.ts'

/**
 * Which files of the write-ahead log may hold frames that no clean stop has made superfluous: `wal-files` in the data folder, beside the
 * WAL, so that a file that somebody removes or empties is missed at the next start. A file is noted before its first frame, at the size
 * that it was made with; a clean stop empties the list and notes the sequence of its checkpoint, so that an older one is told from it.
 *
 * ```
 * 0                version
 * 53               sequence of the checkpoint of the last clean stop
 * 2                count of files, each: slot and bytes
 * 0 4194304
 * 1 4194304
 * ```
 */
export class WalFiles {
  readonly #disk: Disk
  readonly #directory: string
  readonly #changes = new Gate(1)
  #state: State

  private constructor(disk: Disk, directory: string, state: State) {
    this.#disk = disk
    this.#directory = directory
    this.#state = state
  }

  /** Undefined when the folder has no such file. @throws LogOpenError CORRUPT when it is not what was written */
  static async load(disk: Disk, directory: string): Promise<WalFiles | undefined> {
    const bytes = await disk.readFile(`${directory}/${NAME}`)
    return bytes && new WalFiles(disk, directory, parse(bytes.toString('latin1'), `${directory}/${NAME}`))
  }

  static empty(disk: Disk, directory: string): WalFiles {
    return new WalFiles(disk, directory, { cleanSequence: 0, sizes: new Map() })
  }

  /** Of the checkpoint of the last clean stop; 0 when there was none. */
  get cleanSequence(): number {
    return this.#state.cleanSequence
  }

  /** The noted files that are not there in full, and what is wrong with each. */
  problems(segments: readonly WalSegment[]): WalFileProblem[] {
    const found = new Map(segments.map(({ slot, sizeBytes }) => [slot, sizeBytes]))
    const problems: WalFileProblem[] = []
    for (const [slot, sizeBytes] of this.#state.sizes) {
      const foundBytes = found.get(slot)
      const path = walSegmentPath(`${this.#directory}/wal`, slot)
      if (foundBytes === undefined) problems.push({ path, foundBytes: 0, message: `${path} is missing` })
      else if (foundBytes < sizeBytes) {
        problems.push({ path, foundBytes, message: `${path} is cut off at byte ${foundBytes} of ${sizeBytes}` })
      }
    }
    return problems
  }

  /** Makes sure that the next start misses this file: to be awaited before frames are written to it. @throws DiskError */
  note(segment: WalSegment): Promise<void> | undefined {
    return this.#state.sizes.has(segment.slot) ? undefined : this.#note(segment)
  }

  async #note({ slot, sizeBytes, file }: WalSegment): Promise<void> {
    // One that a killed process was making may have its size in the page cache alone.
    await file.datasync()
    await this.#change((state) => ({ ...state, sizes: new Map(state.sizes).set(slot, sizeBytes) }))
  }

  /** Only these are missed from now on: nothing that others held is needed, or it is lost. @throws DiskError */
  keepOnly(segments: readonly WalSegment[]): Promise<void> {
    const sizes = new Map(segments.map(({ slot, sizeBytes }) => [slot, sizeBytes]))
    return this.#change((state) => ({ ...state, sizes }))
  }

  /** A clean stop's checkpoint needs none of them. @throws DiskError */
  retire(cleanSequence: number): Promise<void> {
    return this.#change(() => ({ cleanSequence, sizes: new Map() }))
  }

  #change(change: (state: State) => State): Promise<void> {
    return this.#changes.run(async () => {
      const state = change(this.#state)
      const { cleanSequence, sizes } = state
      const lines = [VERSION, cleanSequence, sizes.size, ...Array.from(sizes, ([slot, bytes]) => `${slot} ${bytes}`)]
      const contents = Buffer.from(`${lines.join('\n')}\n`)
      await replaceFile(this.#disk, { directory: this.#directory, name: NAME }, [contents])
      this.#state = state
    })
  }
}

export interface WalFileProblem {
  readonly path: string
  readonly foundBytes: number
  readonly message: string
}

interface State {
  readonly cleanSequence: number
  /** Slot to bytes. */
  readonly sizes: ReadonlyMap<number, number>
}

const NAME = 'wal-files'
const VERSION = 0

function parse(text: string, path: string): State {
  const lines = text.split('\n')
  const [version, cleanSequence, count] = lines.slice(0, 3).map(Number)
  const entries = lines.slice(3, -1).map((line) => line.split(' ').map(Number))
  const isWhole =
    /^(\d+\n){3}(\d+ \d+\n)*$/.test(text) && version === VERSION && entries.length === count && lines.at(-1) === ''
  if (!isWhole) throw new LogOpenError('CORRUPT', `${path} is damaged`, { canTruncate: true })
  return { cleanSequence: cleanSequence!, sizes: new Map(entries.map(([slot, bytes]) => [slot!, bytes!])) }
}
