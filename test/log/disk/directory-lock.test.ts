import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'vitest'
import { nodeDisk } from '../../../src/log/index.ts'

const directories: string[] = []

async function folder(name = 'kohort-lock-'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), name))
  directories.push(directory)
  return directory
}

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true })
})

test('a folder has one user at a time, and the next when it is released', async () => {
  const directory = await folder()
  const lock = await nodeDisk.lock(directory)
  await assert.rejects(nodeDisk.lock(directory), {
    code: 'LOCKED',
    message: `the data folder ${directory} is in use by another process`,
  })
  await lock.release()
  assert.deepEqual(await readdir(directory), [])
  await (await nodeDisk.lock(directory)).release()
})

test('folders with paths too long for a socket are locked too', { skip: process.platform !== 'linux' }, async () => {
  const directory = await folder(`kohort-${'long-'.repeat(30)}`)
  const lock = await nodeDisk.lock(directory)
  await assert.rejects(nodeDisk.lock(directory), { code: 'LOCKED' })
  await lock.release()
})

// As a process in another container, which sees the folder but not the abstract sockets of this one.
const HOLDER = `
  const [path] = process.argv.slice(1)
  const { renameSync } = require('node:fs')
  require('node:net').createServer((socket) => socket.destroy()).listen(path + '.1', () => {
    renameSync(path + '.1', path)
    console.log('locked')
  })`

test('a process in another container keeps its lock until it dies, be it by kill -9', async () => {
  const directory = await folder()
  const holder = spawn(process.execPath, ['-e', HOLDER, join(directory, '.lock')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  await assert.rejects(nodeDisk.lock(directory), { code: 'LOCKED' })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  assert.deepEqual(await readdir(directory), ['.lock'])
  const lock = await nodeDisk.lock(directory)
  await assert.rejects(nodeDisk.lock(directory), { code: 'LOCKED' })
  await lock.release()
})
