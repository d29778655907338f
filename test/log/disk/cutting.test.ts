import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { LogConfig } from '../../../src/log/index.ts'
import { loadCodecs } from '../../../src/wire/index.ts'
import { defaultConfig } from '../support/batches.ts'
import { Folder, topicOf } from '../support/folder.ts'
import { appendKeyed, readAll } from '../support/keyed.ts'
import type { SimulatedDisk } from '../support/simulated-disk.ts'

const compacted: LogConfig = {
  ...defaultConfig,
  cleanupPolicy: ['compact'],
  retentionMs: -1,
  segmentBytes: 300,
  minCleanableDirtyRatio: 0,
}

/** Lets reads of files that begin from now on wait, until what is returned is called. */
function hold(disk: SimulatedDisk): () => void {
  let goOn = (): void => {}
  disk.heldReads = new Promise((resolve) => {
    goOn = resolve
  })
  return goOn
}

test('a read that begins while all that a cleaned segment still has is being cut away finds no damage', async () => {
  await loadCodecs()
  const folder = new Folder()
  const store = await folder.open({ limits: { tailBytes: 0, writeBehindBytes: 0 } })
  const log = store.open(topicOf('topic'), compacted)
  for (let i = 0; i < 12; i++) {
    await appendKeyed(store, log, [{ key: 'key', value: `value ${i}`, timestamp: folder.clock.wallMs() }])
  }
  for (let round = 0; round < 4; round++) {
    folder.clock.advance(23_000)
    await folder.settled()
  }
  const first = (await readAll(log)).records[0]!.offset
  assert.ok(first > 2, `${first}`)
  folder.lines.length = 0
  const { disk } = folder
  const goOnCutting = hold(disk)
  const cut = log.truncateTo(BigInt(first))
  // It is looking which batches of the segment may stay.
  await folder.settled()
  const goOnReading = hold(disk)
  const reading = log.read({ offset: BigInt(first - 1), maxBytes: 1, atLeastOneBatch: true, isolation: 0 })
  await folder.settled()
  disk.heldReads = undefined
  goOnCutting()
  await folder.settled()
  goOnReading()
  assert.equal((await reading).errorCode, 'NONE')
  assert.deepEqual(folder.lines, [])
  assert.equal((await cut).errorCode, 'NONE')
  assert.equal(await appendKeyed(store, log, [{ key: 'key', value: 'again' }]), first)
  assert.deepEqual(
    (await readAll(log)).records.map(({ offset, value }) => [offset, value]),
    [[first, 'again']],
  )
  await store.close()
})
