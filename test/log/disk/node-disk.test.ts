import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DiskError, nodeDisk } from '../../../src/log/index.ts'

test('a folder is made with the folders above it, and one that exists is left as it is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kohort-disk-'))
  const deep = join(directory, 'a', 'b', 'c')
  await nodeDisk.makeDirectory(deep)
  await nodeDisk.makeDirectory(deep)
  expect((await stat(deep)).isDirectory()).toBe(true)
  await rm(directory, { recursive: true })
})

test.skipIf(process.platform !== 'linux')(
  'a folder where none can be is an error, not an endless attempt',
  async () => {
    await expect(nodeDisk.makeDirectory('/proc/no-such-folder/deeper')).rejects.toBeInstanceOf(DiskError)
  },
)
