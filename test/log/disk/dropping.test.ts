import assert from 'node:assert/strict'
import { test } from 'vitest'
import { batchOf, defaultConfig, identityOf } from '../support/batches.ts'
import { Folder } from '../support/folder.ts'

const PARTITIONS = 200

test('partitions dropped at once leave two at a time, and a stop leaves the rest to the next start', async () => {
  const folder = new Folder()
  const store = await folder.open({ limits: { writeBehindBytes: 0, walSegmentBytes: 1_000_000 } })
  const logs = Array.from({ length: PARTITIONS }, (_, partition) =>
    store.open(identityOf('many', partition), defaultConfig),
  )
  await store.append(
    logs.map((log) => ({ log, batches: batchOf(['v']) })),
    'durable',
  )
  await folder.settled()
  assert.equal((await folder.disk.list('/data')).filter((name) => name.startsWith('many-')).length, PARTITIONS)
  const atOnce = { rename: 0, removeDirectory: 0 }
  const most = { rename: 0, removeDirectory: 0 }
  const { disk } = folder
  for (const call of ['rename', 'removeDirectory'] as const) {
    const original = disk[call].bind(disk) as (...paths: string[]) => Promise<void>
    disk[call] = async (...paths: string[]) => {
      most[call] = Math.max(most[call], ++atOnce[call])
      await original(...paths).finally(() => atOnce[call]--)
    }
  }
  assert.equal((await store.drop(logs)).errorCode, 'NONE')
  await store.close()
  assert.ok(most.rename === 2 && most.removeDirectory <= 1, JSON.stringify(most))
  const left = (await disk.list('/data')).filter((name) => /-\d+(-delete)?$/.test(name))
  assert.ok(left.length > 0 && left.every((name) => name.endsWith('-delete')), left.join())
  await folder.open()
  assert.deepEqual(
    (await disk.list('/data')).filter((name) => /-(\d+|delete)$/.test(name)),
    [],
  )
})
