import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'vitest'
import type { DiskLogStore } from '../../../src/log/index.ts'
import { defaultConfig } from '../support/batches.ts'
import { Folder, topicOf, WAL } from '../support/folder.ts'

const SEGMENT = '/data/topic-0/00000000000000000000.log'
/** Three batches of 600 bytes are a segment. */
const small = { ...defaultConfig, segmentBytes: 2100 }
const value = (name: string): string => name.padEnd(600, '.')

function wal(problem: string, where: string): { code: string; message: string } {
  const rest = `what was written since the last checkpoint may be lost, in ${where}, and partitions made since`
  return { code: 'CORRUPT', message: `the write-ahead log of /data is not whole: ${problem}; ${rest}` }
}

async function appendAll(folder: Folder, store: DiskLogStore, values: readonly string[]): Promise<void> {
  for (const one of values) assert.equal(await folder.append(store, 'topic', value(one), small), 'NONE')
}

async function found(folder: Folder, store: DiskLogStore): Promise<string[]> {
  return (await folder.records(store, 'topic')).map((record) => record.replace(/\.+$/, ''))
}

describe('a write-ahead log', () => {
  test('that is gone or cut off after kill -9 is missed; with recover truncate what was checkpointed remains', async () => {
    const folder = new Folder()
    const clean = await folder.open()
    await folder.append(clean, 'topic', 'a')
    await clean.close()
    const store = await folder.open()
    await folder.append(store, 'topic', 'b')
    folder.kill()
    const bytes = folder.disk.tamper(WAL, () => Buffer.alloc(0))
    assert.deepEqual(
      await folder.refusal(),
      wal(`${WAL} is cut off at byte 0 of ${bytes.length}`, 'topic-0 from offset 1'),
    )
    folder.disk.tamper(WAL, () => bytes.subarray(0, 100))
    assert.deepEqual(
      await folder.refusal(),
      wal(`${WAL} is cut off at byte 100 of ${bytes.length}`, 'topic-0 from offset 1'),
    )
    await folder.disk.remove(WAL)
    assert.deepEqual(await folder.refusal(), wal(`${WAL} is missing`, 'topic-0 from offset 1'))
    folder.lines.length = 0
    const cut = await folder.open({ recover: 'truncate' })
    const { message } = wal(`${WAL} is missing`, 'topic-0 from offset 1')
    assert.deepEqual(folder.lines, [`${message}; starting without it as asked`])
    assert.equal(cut.wasClean, false)
    assert.deepEqual(await folder.records(cut, 'topic'), ['0:a'])
    folder.kill()
    const again = await folder.open()
    await folder.append(again, 'topic', 'c')
    assert.deepEqual(await folder.records(again, 'topic'), ['0:a', '1:c'])
  })

  test('that is cut off behind its last frame has lost nothing, and the start says so', async () => {
    const folder = new Folder()
    const store = await folder.open()
    await folder.append(store, 'topic', 'a')
    folder.kill()
    const bytes = folder.disk.tamper(WAL, (all) => all.subarray(0, 1000))
    const again = await folder.open()
    const cut = `${WAL} is cut off at byte 1000 of ${bytes.length}, behind the last frame of the log`
    assert.deepEqual(folder.lines, [cut, 'no clean stop: replaying 1 frames of the write-ahead log'])
    for (const value of ['b', 'c', 'd', 'e', 'f', 'g']) await folder.append(again, 'topic', value.repeat(300))
    folder.kill()
    assert.equal((await folder.records(await folder.open(), 'topic')).length, 7)
  })

  test('is missed when the last of its files is gone, which no frame of the others tells of', async () => {
    const folder = new Folder()
    const store = await folder.open({ limits: { walSegmentBytes: 1024 } })
    await appendAll(folder, store, ['a', 'b', 'c'])
    folder.kill()
    const names = (await folder.disk.list('/data/wal')).filter((name) => name.endsWith('.wal')).sort()
    const last = `/data/wal/${names.at(-1)}`
    assert.ok(names.length > 2)
    await folder.disk.remove(last)
    assert.match(
      (await folder.refusal()).message,
      new RegExp(`not whole: ${last} is missing; .* in topic-0 from offset`),
    )
  })

  test('is not needed after a clean stop', async () => {
    const folder = new Folder()
    const store = await folder.open()
    await folder.append(store, 'topic', 'a')
    await store.close()
    await folder.disk.remove(WAL)
    const again = await folder.open()
    assert.deepEqual([again.wasClean, await folder.records(again, 'topic')], [true, ['0:a']])
  })

  test('is missed with the list of its files when that is damaged or gone', async () => {
    const folder = new Folder()
    const store = await folder.open()
    await folder.append(store, 'topic', 'a')
    folder.kill()
    const again = await folder.open()
    await folder.append(again, 'topic', 'b')
    await folder.settled()
    folder.kill()
    folder.disk.tamper('/data/wal-files', (bytes) => bytes.subarray(0, -1))
    assert.deepEqual(await folder.refusal(), { code: 'CORRUPT', message: '/data/wal-files is damaged' })
    await folder.disk.remove('/data/wal-files')
    assert.deepEqual(await folder.refusal(), wal('/data/wal-files is missing', 'topic-0 from offset 2'))
    const cut = await folder.open({ recover: 'truncate' })
    assert.deepEqual(await folder.records(cut, 'topic'), ['0:a', '1:b'])
    await folder.append(cut, 'topic', 'c')
    folder.kill()
    assert.deepEqual(await folder.records(await folder.open(), 'topic'), ['0:a', '1:b', '2:c'])
  })
})

describe('a segment file', () => {
  /** Segments 0 to 2, 3 to 5 and 6 to 7. */
  async function threeSegments(): Promise<Folder> {
    const folder = new Folder()
    const store = await folder.open()
    await appendAll(folder, store, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
    await folder.append(store, 'other', 'o')
    await store.close()
    return folder
  }

  test('that is cut off is missed; with recover truncate its whole batches stay, and offsets are not given twice', async () => {
    const folder = await threeSegments()
    const middle = '/data/topic-0/00000000000000000003.log'
    const bytes = folder.disk.tamper(middle, (all) => all.subarray(0, all.length - 1))
    const message = `${middle} with offsets 3 to 5 is cut off at byte ${bytes.length - 1} of ${bytes.length}`
    assert.deepEqual(await folder.refusal(), { code: 'CORRUPT', message })
    folder.lines.length = 0
    const cut = await folder.open({ recover: 'truncate' })
    assert.deepEqual(folder.lines, [`${message}; starting with what is there as asked`])
    assert.deepEqual([cut.wasClean, cut.open(topicOf('topic'), small).highWatermark], [false, 8n])
    assert.deepEqual(await found(folder, cut), ['0:a', '1:b', '2:c', '3:d', '4:e', '6:g', '7:h'])
    await appendAll(folder, cut, ['i'])
    folder.kill()
    const again = await folder.open()
    assert.deepEqual(await found(folder, again), ['0:a', '1:b', '2:c', '3:d', '4:e', '6:g', '7:h', '8:i'])
    assert.deepEqual(await folder.records(again, 'other'), ['0:o'])
  })

  test('that is missing is missed; with recover truncate the log begins behind it, or ends before it', async () => {
    const first = await threeSegments()
    await first.disk.remove(SEGMENT)
    const message = `${SEGMENT} with offsets 0 to 2 is missing or empty`
    assert.deepEqual(await first.refusal(), { code: 'CORRUPT', message })
    const behind = await first.open({ recover: 'truncate' })
    assert.equal(behind.open(topicOf('topic'), small).logStartOffset, 3n)
    assert.deepEqual(await found(first, behind), ['3:d', '4:e', '5:f', '6:g', '7:h'])

    const last = await threeSegments()
    await last.disk.remove('/data/topic-0/00000000000000000006.log')
    const before = await last.open({ recover: 'truncate' })
    assert.deepEqual(await found(last, before), ['0:a', '1:b', '2:c', '3:d', '4:e', '5:f'])
    await appendAll(last, before, ['i'])
    last.kill()
    assert.deepEqual((await found(last, await last.open())).slice(-2), ['5:f', '6:i'])
  })

  test('that is missing while the write-ahead log goes on behind it leaves a gap', async () => {
    const folder = await threeSegments()
    const store = await folder.open()
    await appendAll(folder, store, ['i', 'j', 'k'])
    folder.kill()
    await folder.disk.remove('/data/topic-0/00000000000000000006.log')
    const cut = await folder.open({ recover: 'truncate' })
    assert.deepEqual((await found(folder, cut)).slice(-4), ['5:f', '8:i', '9:j', '10:k'])
    await cut.close()
    assert.deepEqual((await found(folder, await folder.open())).slice(-4), ['5:f', '8:i', '9:j', '10:k'])
  })

  test('with its whole folder missing leaves an empty log that ends where it did', async () => {
    const folder = await threeSegments()
    await folder.disk.removeDirectory('/data/topic-0')
    assert.deepEqual(await folder.refusal(), {
      code: 'CORRUPT',
      message: 'the folder /data/topic-0 with offsets 0 to 7 is missing',
    })
    const cut = await folder.open({ recover: 'truncate' })
    const log = cut.open(topicOf('topic'), small)
    assert.deepEqual([log.logStartOffset, log.highWatermark], [8n, 8n])
    await appendAll(folder, cut, ['i'])
    folder.kill()
    const again = await folder.open()
    assert.deepEqual([await found(folder, again), await folder.records(again, 'other')], [['8:i'], ['0:o']])
  })

  test('that a truncation has cut, and records before it deleted, is not missed after a crash', async () => {
    const folder = await threeSegments()
    const store = await folder.open()
    const log = store.open(topicOf('topic'), small)
    assert.equal((await log.truncateTo(4n)).errorCode, 'NONE')
    assert.equal((await log.deleteRecordsBefore(4n)).errorCode, 'NONE')
    await folder.settled()
    assert.deepEqual(
      (await folder.disk.list('/data/topic-0')).filter((name) => name.endsWith('.log')),
      [],
    )
    folder.kill()
    const again = await folder.open()
    assert.deepEqual(await found(folder, again), [])
    await appendAll(folder, again, ['i'])
    assert.deepEqual(await found(folder, again), ['4:i'])
  })
})
