import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { DiskStorage } from '../../../src/log/disk/disk-storage.ts'
import type { SpaceWatch } from '../../../src/log/disk/space-watch.ts'
import { TailMemory } from '../../../src/log/disk/tail-memory.ts'
import { WriteBehind } from '../../../src/log/disk/write-behind.ts'
import { VirtualClock } from '../../../src/testing/index.ts'

test('one file is written at a time, two when half of what may be dirty is, and none twice at once', async () => {
  const { writeBehind, add } = writer({ startBytes: 10, dirtyBytesMax: 100 })
  const a = add('a', 40)
  await turn()
  assert.equal(a.writes, 1)
  const b = add('b', 5)
  await turn()
  assert.equal(b.writes, 0)
  const c = add('c', 10)
  await turn()
  assert.deepEqual([a.writes, b.writes, c.writes], [1, 1, 0])
  b.finish()
  await turn()
  assert.equal(c.writes, 0, '50 bytes are dirty: one file is enough')
  a.finish()
  await turn()
  assert.equal(c.writes, 1)
  c.finish()
  await writeBehind.close()
  assert.equal(writeBehind.dirtyBytes, 0)
})

test('a second lane does not wait for the only file there is to write, nor turn in a circle', async () => {
  const { writeBehind, add } = writer({ startBytes: 10, dirtyBytesMax: 100 })
  const a = add('a', 90)
  for (let i = 0; i < 3; i++) {
    await turn()
    add(a, 1)
  }
  await turn()
  assert.equal(a.writes, 1)
  a.finish()
  await turn()
  await writeBehind.close()
  assert.equal(writeBehind.dirtyBytes, 0)
})

/** A file that is written until `finish()`; what it needs of a partition's storage is here. */
class WrittenFile {
  writes = 0
  dirtyBytes = 0
  isBusy = false
  finish: () => void = () => {}

  get isDirty(): boolean {
    return this.dirtyBytes > 0
  }
}

function writer({ startBytes, dirtyBytesMax }: { startBytes: number; dirtyBytesMax: number }) {
  const space = { written() {}, refused() {} } as unknown as SpaceWatch
  const onFatal = (error: Error): never => {
    throw error
  }
  const writeBehind = new WriteBehind({
    clock: new VirtualClock(),
    memory: new TailMemory(1 << 30),
    startBytes,
    dirtyBytesMax,
    space,
    onFatal,
  })
  const add = (fileOrName: WrittenFile | string, bytes: number): WrittenFile => {
    const file = typeof fileOrName === 'string' ? new WrittenFile() : fileOrName
    const storage = Object.assign(file, {
      writeBehind: async () => {
        assert.equal(file.isBusy, false, 'nobody writes a file that is being written')
        file.isBusy = true
        file.writes++
        await new Promise<void>((resolve) => {
          file.finish = resolve
        })
        file.isBusy = false
        const written = file.dirtyBytes
        file.dirtyBytes = 0
        writeBehind.dirtied(storage, -written)
      },
    }) as unknown as DiskStorage
    file.dirtyBytes += bytes
    writeBehind.dirtied(storage, bytes)
    return file
  }
  return { writeBehind, add }
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
