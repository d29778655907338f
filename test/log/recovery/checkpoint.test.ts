import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { DiskLogStore } from '../../../src/log/index.ts'
import { batchOf, defaultConfig } from '../support/batches.ts'
import { Folder, topicOf, WAL } from '../support/folder.ts'

const CHECKPOINT = '/data/checkpoint'
const COPY = '/data/wal/checkpoint'

const damages: Record<string, (folder: Folder, path: string) => unknown> = {
  missing: (folder, path) => folder.disk.remove(path),
  damaged: (folder, path) =>
    folder.disk.tamper(path, (bytes) => {
      bytes[bytes.length >> 1]! ^= 1
      return bytes
    }),
}

/** Records, a producer's window, a log start inside a segment, and a topic that is empty because all of it was deleted. */
async function fill(folder: Folder, store: DiskLogStore): Promise<void> {
  for (const value of ['a', 'b', 'c']) await folder.append(store, 'topic', value)
  const log = store.open(topicOf('topic'), defaultConfig)
  await log.deleteRecordsBefore(1n)
  const batches = batchOf(['p'], { producerId: 7n, producerEpoch: 0, baseSequence: 0 })
  assert.equal((await store.append([{ log, batches }], 'durable')).errorCode, 'NONE')
  await folder.append(store, 'empty', 'gone')
  await store.open(topicOf('empty'), defaultConfig).deleteRecordsBefore(1n)
}

async function contents(folder: Folder, store: DiskLogStore): Promise<unknown> {
  const log = store.open(topicOf('topic'), defaultConfig)
  const empty = store.open(topicOf('empty'), defaultConfig)
  return {
    records: await folder.records(store, 'topic'),
    producers: log.producers(),
    empty: [empty.logStartOffset, empty.highWatermark],
  }
}

function unproven(problem: string, left: string): string {
  return `/data/checkpoint is ${problem}, and so is its copy, so that nothing proves what was acknowledged; what is left is ${left}`
}

describe('a checkpoint', () => {
  for (const [problem, damage] of Object.entries(damages)) {
    for (const path of [CHECKPOINT, COPY]) {
      test(`of which ${path} is ${problem} is the other one, after a clean stop and after a crash`, async () => {
        const folder = new Folder()
        const store = await folder.open()
        await fill(folder, store)
        const before = await contents(folder, store)
        await store.close()
        await damage(folder, path)
        folder.lines.length = 0
        const again = await folder.open()
        assert.deepEqual(folder.lines, [
          `${path} is ${problem}: the other copy of the checkpoint is used, and it is made anew`,
        ])
        assert.equal(again.wasClean, true)
        assert.deepEqual(await contents(folder, again), before)
        await folder.settled()
        assert.deepEqual(
          await folder.disk.readFile(path),
          await folder.disk.readFile(path === COPY ? CHECKPOINT : COPY),
        )
        await folder.append(again, 'topic', 'd')
        folder.kill()
        await damage(folder, path)
        const crashed = await folder.open()
        assert.equal(crashed.wasClean, false)
        assert.deepEqual(await folder.records(crashed, 'topic'), ['1:b', '2:c', '3:p', '4:d'])
      })
    }
  }

  test('of an earlier stop is not taken for that of the last', async () => {
    for (const path of [CHECKPOINT, COPY]) {
      const folder = new Folder()
      const store = await folder.open()
      await folder.append(store, 'topic', 'a')
      await store.close()
      const old = await folder.disk.readFile(path)
      const again = await folder.open()
      await folder.append(again, 'topic', 'b')
      await again.close()
      await folder.disk.remove(WAL)
      folder.disk.tamper(path, () => old!)
      folder.lines.length = 0
      assert.deepEqual(await folder.records(await folder.open(), 'topic'), ['0:a', '1:b'])
      assert.deepEqual(folder.lines, [
        `${path} is older: the other copy of the checkpoint is used, and it is made anew`,
      ])
    }
  })

  test('is made anew with its copy from a write-ahead log that has everything since the beginning', async () => {
    for (const isCleanStop of [true, false]) {
      const folder = new Folder()
      const store = await folder.open()
      await fill(folder, store)
      const before = await contents(folder, store)
      if (isCleanStop) await store.close()
      else folder.kill()
      await damages.missing!(folder, CHECKPOINT)
      await damages.damaged!(folder, COPY)
      folder.lines.length = 0
      const again = await folder.open()
      assert.equal(
        folder.lines[0],
        '/data/checkpoint is missing: made anew from the write-ahead log, which has everything',
      )
      assert.equal(again.wasClean, false)
      assert.deepEqual(await contents(folder, again), before)
      folder.kill()
      assert.deepEqual(await contents(folder, await folder.open()), before)
    }
  })

  test('that is missing is not taken for that of a new folder, even when nothing but partitions is there', async () => {
    const folder = new Folder()
    const store = await folder.open()
    await folder.append(store, 'topic', 'a')
    await store.close()
    for (const path of [CHECKPOINT, COPY, '/data/wal-files', WAL]) await folder.disk.remove(path)
    assert.deepEqual(await folder.refusal(), {
      code: 'CORRUPT',
      message: unproven('missing', 'topic-0 (offsets 0 to 0)'),
    })
    assert.ok((await folder.disk.list('/data')).includes('topic-0'))
    const rebuilt = await folder.open({ recover: 'truncate' })
    assert.deepEqual(await folder.records(rebuilt, 'topic'), ['0:a'])
    await folder.append(rebuilt, 'topic', 'b')
    folder.kill()
    assert.deepEqual(await folder.records(await folder.open(), 'topic'), ['0:a', '1:b'])
  })

  test('is written as a whole or not at all when the disk is full between it and its copy', async () => {
    const folder = new Folder()
    const store = await folder.open()
    await folder.append(store, 'topic', 'a')
    await store.close()
    const old = await folder.disk.readFile(COPY)
    const again = await folder.open()
    await folder.append(again, 'topic', 'b')
    await again.close()
    const full = await folder.disk.readFile(CHECKPOINT)
    folder.disk.tamper(COPY, () => old!)
    folder.disk.isFull = true
    const third = await folder.open()
    assert.deepEqual(await folder.records(third, 'topic'), ['0:a', '1:b'])
    assert.deepEqual(await folder.disk.readFile(CHECKPOINT), full)
    assert.equal(await folder.disk.readFile(COPY), undefined)
    folder.kill()
  })

  test('and its copy gone, with recover truncate everything is made anew from the folders and the frames that are left', async () => {
    for (const isCleanStop of [true, false]) {
      const folder = new Folder()
      const limits = { walSegmentBytes: 4096, walCheckpointBytes: 8192, writeBehindBytes: 2000 }
      const store = await folder.open({ limits })
      const config = { ...defaultConfig, segmentBytes: 3000, indexIntervalBytes: 500 }
      const values = Array.from({ length: 250 }, (_, i) => `${i}`.padEnd(400, '.'))
      const log = store.open(topicOf('topic'), config)
      for (const [i, value] of values.entries()) {
        const producer = { producerId: 7n, producerEpoch: 0, baseSequence: i }
        const batches = batchOf([value], { ...producer, timestamps: [1000 + i] })
        assert.equal((await store.append([{ log, batches }], 'durable')).errorCode, 'NONE')
        // So that checkpoints let the files of the write-ahead log be used again.
        if (i % 20 === 0) await folder.settled()
        if (i === 240) await folder.append(store, 'late', 'l')
      }
      await folder.settled()
      const before = { records: await folder.records(store, 'topic'), producers: log.producers() }
      const gone = store.open(topicOf('gone'), config)
      await folder.append(store, 'gone', 'g')
      await store.drop([gone])
      if (isCleanStop) await store.close()
      else folder.kill()
      await damages.damaged!(folder, CHECKPOINT)
      await damages.missing!(folder, COPY)
      assert.deepEqual(await folder.refusal(), {
        code: 'CORRUPT',
        message: unproven('damaged', 'late-0 (offsets 0 to 0), topic-0 (offsets 0 to 249)'),
      })
      const again = await folder.open({ recover: 'truncate', limits })
      assert.equal(again.wasClean, false)
      const found = again.open(topicOf('topic'), config)
      assert.deepEqual({ records: await folder.records(again, 'topic'), producers: found.producers() }, before)
      assert.deepEqual(await folder.records(again, 'late'), ['0:l'])
      assert.deepEqual([...again.logs()].map(({ identity }) => identity.topic).sort(), ['late', 'topic'])
      assert.deepEqual(await found.offsetForTimestamp(1025n, 0), { timestampMs: 1025n, offset: 25n, leaderEpoch: 0 })
      await folder.append(again, 'topic', 'more', config)
      folder.kill()
      assert.equal((await folder.records(await folder.open(), 'topic')).length, 251)
    }
  })

  test('and its copy gone, what is missing or damaged in the folders is named', async () => {
    const folder = new Folder()
    const store = await folder.open()
    const config = { ...defaultConfig, segmentBytes: 2100 }
    for (const value of 'abcdefghi') await folder.append(store, 'topic', value.padEnd(600, '.'), config)
    await store.close()
    for (const path of [CHECKPOINT, COPY, WAL]) await folder.disk.remove(path)
    const middle = '/data/topic-0/00000000000000000003.log'
    const last = '/data/topic-0/00000000000000000006.log'
    await folder.disk.remove(middle)
    folder.disk.tamper(last, (bytes) => {
      bytes[bytes.length - 5]! ^= 1
      return bytes
    })
    const problems = [`${last} is torn or damaged from offset 8 on`, '/data/topic-0 has nothing at offsets 3 to 5']
    assert.deepEqual(await folder.refusal(), {
      code: 'CORRUPT',
      message: `${unproven('missing', 'topic-0 (offsets 0 to 7)')}; ${problems.join(', ')}`,
    })
    const cut = await folder.open({ recover: 'truncate' })
    const records = (await folder.records(cut, 'topic')).map((record) => record.replace(/\.+$/, ''))
    assert.deepEqual(records, ['0:a', '1:b', '2:c', '6:g', '7:h'])
  })
})
