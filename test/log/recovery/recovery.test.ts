import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { createWalSegment } from '../../../src/log/wal/wal-segment.ts'
import { defaultConfig } from '../support/batches.ts'
import { Folder, frames, lastFrame, topicOf, WAL } from '../support/folder.ts'

describe('a start', () => {
  test('after a clean stop replays nothing and says that it was clean, until something is appended', async () => {
    const folder = new Folder()
    const first = await folder.open()
    assert.equal(first.wasClean, true)
    await folder.append(first, 'topic', 'a')
    await first.close()
    const second = await folder.open()
    assert.deepEqual([second.wasClean, await folder.records(second, 'topic')], [true, ['0:a']])
    folder.kill()
    const third = await folder.open()
    assert.equal(third.wasClean, true)
    await folder.append(third, 'topic', 'b')
    folder.kill()
    const fourth = await folder.open()
    assert.deepEqual([fourth.wasClean, await folder.records(fourth, 'topic')], [false, ['0:a', '1:b']])
  })

  test('after a stop that might not take so long replays what it has left, and the next clean stop ends that', async () => {
    const folder = new Folder()
    const first = await folder.open({ limits: { cleanStopMs: -1 } })
    for (const topic of ['x', 'y', 'z']) await folder.append(first, topic, 'a')
    await first.close()
    assert.deepEqual(folder.lines, [
      'too many partitions have changed for a quick stop: the next start replays the write-ahead log',
    ])
    folder.powerCut()
    const second = await folder.open()
    assert.equal(folder.lines[1], 'no clean stop: replaying 3 frames of the write-ahead log')
    for (const topic of ['x', 'y', 'z']) assert.deepEqual(await folder.records(second, topic), ['0:a'])
    await second.close()
    const third = await folder.open()
    assert.equal(third.wasClean, true)
    for (const topic of ['x', 'y', 'z']) assert.deepEqual(await folder.records(third, topic), ['0:a'])
  })

  for (const [what, damage] of [
    ['torn', (bytes: Buffer, last: number) => bytes.fill(0, last + 70, last + 80)],
    ['truncated', (bytes: Buffer, last: number) => bytes.fill(0, last + 70)],
    ['bit-flipped', (bytes: Buffer, last: number) => bytes.fill(bytes[last + 70]! ^ 4, last + 70, last + 71)],
  ] as const) {
    test(`cuts a ${what} tail and says so in one line`, async () => {
      const folder = new Folder()
      const store = await folder.open()
      for (const value of ['a', 'b', 'c']) await folder.append(store, 'topic', value)
      folder.kill()
      const last = lastFrame(folder)
      folder.disk.tamper(WAL, (bytes) => damage(bytes, last))
      const again = await folder.open()
      assert.deepEqual(await folder.records(again, 'topic'), ['0:a', '1:b'])
      assert.deepEqual(folder.lines, [
        `no clean stop: replaying 2 frames of the write-ahead log, cut a tail that was not flushed at ${WAL}:${last} (0 whole frames in it)`,
      ])
      assert.equal(await folder.append(again, 'topic', 'd'), 'NONE')
      assert.deepEqual(await folder.records(again, 'topic'), ['0:a', '1:b', '2:d'])
    })
  }

  test('does not take up again what it has cut, should it come to stand there after all', async () => {
    for (const isFirst of [true, false]) {
      const folder = new Folder()
      const store = await folder.open()
      if (!isFirst) await folder.append(store, 'topic', 'a')
      await folder.append(store, 'topic', 'torn')
      folder.kill()
      const last = lastFrame(folder)
      const whole = folder.disk.tamper(WAL, (bytes) => bytes.fill(0, last + 70, last + 80))
      const again = await folder.open()
      assert.match(folder.lines.at(-1)!, new RegExp(`cut a tail that was not flushed at ${WAL}:${last}`))
      assert.equal(again.wasClean, false)
      folder.kill()
      folder.disk.tamper(WAL, () => whole)
      assert.deepEqual(await folder.records(await folder.open(), 'topic'), isFirst ? [] : ['0:a'])
    }
  })

  test('refuses damage before flushed frames, naming partitions and offsets; with recover truncate it cuts there', async () => {
    const folder = new Folder()
    const store = await folder.open()
    for (const [topic, value] of [
      ['x', 'a'],
      ['y', 'b'],
      ['x', 'c'],
      ['y', 'd'],
      ['x', 'e'],
      ['y', 'f'],
    ] as const) {
      await folder.append(store, topic, value)
    }
    folder.kill()
    const third = frames(folder)[2]!
    folder.disk.tamper(WAL, (bytes) => {
      bytes[third + 100]! ^= 1
      return bytes
    })
    assert.deepEqual(await folder.refusal(), {
      code: 'CORRUPT',
      message: `flushed data in the write-ahead log of /data is damaged at ${WAL}:${third}, in x-0 from offset 1 to 1`,
    })
    const cut = await folder.open({ recover: 'truncate' })
    assert.deepEqual([await folder.records(cut, 'x'), await folder.records(cut, 'y')], [['0:a'], ['0:b']])
    assert.equal(await folder.append(cut, 'x', 'again'), 'NONE')
    folder.kill()
    assert.deepEqual(await folder.records(await folder.open(), 'x'), ['0:a', '1:again'])
  })

  test('refuses a folder of a newer format, of another program, or without its meta.properties, its checkpoint or a partition', async () => {
    const folder = new Folder()
    const store = await folder.open()
    await folder.append(store, 'topic', 'a')
    await store.close()
    const meta = folder.disk.tamper('/data/meta.properties', () => Buffer.from('kohort.format.version=2\n'))
    assert.deepEqual(await folder.refusal(), {
      code: 'NEWER_FORMAT',
      message: '/data was written by a newer kohort (format 2; this one knows up to 1)',
    })
    folder.disk.tamper('/data/meta.properties', () => Buffer.from('version=1\nnode.id=1\n'))
    assert.equal((await folder.refusal()).code, 'FOREIGN_FOLDER')
    await folder.disk.rename('/data/meta.properties', '/data/meta.old')
    assert.deepEqual(await folder.refusal(), {
      code: 'CORRUPT',
      message: '/data has partitions but no meta.properties: it is not a whole data folder',
    })
    await folder.disk.rename('/data/meta.old', '/data/meta.properties')
    folder.disk.tamper('/data/meta.properties', () => meta)
    await folder.disk.rename('/data/topic-0', '/data/elsewhere')
    assert.deepEqual(await folder.refusal(), {
      code: 'CORRUPT',
      message: 'the folder /data/topic-0 with offsets 0 to 0 is missing',
    })
    await folder.disk.rename('/data/elsewhere', '/data/topic-0')
  })

  test('finds large batches, small ones and both in one append intact', async () => {
    const folder = new Folder()
    const store = await folder.open({ limits: { walSegmentBytes: 1_000_000 } })
    const values = ['x'.repeat(20_000), 'a', 'y'.repeat(100_000), 'z'.repeat(300_000), 'b']
    const sent = values.map((value) => folder.append(store, 'topic', value))
    assert.deepEqual(new Set(await Promise.all(sent)), new Set(['NONE']))
    folder.kill()
    const again = await folder.open()
    assert.deepEqual(
      await folder.records(again, 'topic'),
      values.map((value, i) => `${i}:${value}`),
    )
  })

  test('finds the index files that were made after their segment had been flushed', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const folder = new Folder(seed)
      const store = await folder.open()
      await folder.append(store, 'topic', 'a'.repeat(5000))
      folder.clock.advance(30_000)
      await folder.settled()
      const segment = '/data/topic-0/00000000000000000000'
      assert.deepEqual(
        [await folder.disk.size(`${segment}.log`), await folder.disk.size(`${segment}.index`)],
        [5070, undefined],
      )
      await folder.append(store, 'topic', 'b')
      await store.close()
      folder.powerCut()
      assert.deepEqual(
        [await folder.disk.size(`${segment}.index`), await folder.disk.size(`${segment}.timeindex`)],
        [8, 12],
      )
    }
  })

  test('keeps thousands of batches of many partitions in bounded memory while it replays', async () => {
    const folder = new Folder()
    const limits = { dirtyBytesMax: 20_000, writeBehindBytes: 10_000, tailBytes: 20_000, openFiles: 3 }
    const store = await folder.open({ limits })
    const sent = Array.from({ length: 400 }, (_, i) => folder.append(store, `t${i % 20}`, `${i}`.padEnd(500, '.')))
    assert.deepEqual(new Set(await Promise.all(sent)), new Set(['NONE']))
    folder.kill()
    const again = await folder.open({ limits })
    for (let i = 0; i < 20; i++) assert.equal((await folder.records(again, `t${i}`)).length, 20)
  })
})

describe('a failing disk', () => {
  test('that cannot flush answers KAFKA_STORAGE_ERROR, ends the store once, and the next start replays', async () => {
    const folder = new Folder()
    const store = await folder.open()
    await folder.append(store, 'topic', 'a')
    folder.disk.failNextSync = true
    const answers = await Promise.all([folder.append(store, 'topic', 'b'), folder.append(store, 'topic', 'c')])
    assert.deepEqual(answers, ['KAFKA_STORAGE_ERROR', 'KAFKA_STORAGE_ERROR'])
    assert.equal(await folder.append(store, 'topic', 'd'), 'KAFKA_STORAGE_ERROR')
    assert.deepEqual(folder.fatal, ['a simulated flush has failed'])
    assert.equal(store.problem()?.kind, 'failed')
    await store.close()
    const again = await folder.open()
    assert.equal((await folder.records(again, 'topic'))[0], '0:a')
  })

  test('that is full refuses what it cannot take and accepts again when space is back', async () => {
    const folder = new Folder()
    const limits = { walSegmentBytes: 4096, walBytesMax: 20_000, dirtyBytesMax: 10_000, writeBehindBytes: 5000 }
    const store = await folder.open({ limits })
    await folder.append(store, 'topic', 'first')
    folder.disk.isFull = true
    let taken = 1
    while ((await folder.append(store, 'topic', 'x'.repeat(1000))) === 'NONE') taken++
    assert.equal(await folder.append(store, 'topic', 'y'), 'KAFKA_STORAGE_ERROR')
    assert.equal(store.problem()?.kind, 'full')
    folder.disk.isFull = false
    assert.equal(await folder.append(store, 'topic', 'last'), 'NONE')
    // A small one may find a place where a large one does not, so it is over when none was refused for a while.
    assert.equal(store.problem()?.kind, 'full')
    folder.clock.advance(2_000)
    assert.equal(await folder.append(store, 'topic', 'after a while'), 'NONE')
    assert.equal(store.problem(), undefined)
    // However many writes were refused.
    assert.deepEqual(
      folder.lines.filter((line) => /disk/.test(line)),
      ['the disk is full: writes are refused until it has space', 'the disk has space again: writes are accepted'],
    )
    const records = await folder.records(store, 'topic')
    assert.deepEqual([records.length, records.at(-1)], [taken + 2, `${taken + 1}:after a while`])
    folder.kill()
    assert.deepEqual(await folder.records(await folder.open(), 'topic'), records)
    assert.deepEqual(folder.fatal, [])
  })

  test('that is full gets back what a segment of the write-ahead log in the making took', async () => {
    const { disk } = new Folder()
    await disk.makeDirectory('/data/wal')
    const file = await disk.open(WAL, { create: true })
    await file.close()
    disk.isFull = true
    const making = createWalSegment(disk, '/data/wal', { slot: 0, sizeBytes: 10_000_000, mayFill: () => true })
    await assert.rejects(making, { code: 'NO_SPACE' })
    assert.equal(await disk.size(WAL), 0)
  })

  test('that is full while a topic is dropped keeps its files, whatever becomes of a newer topic of the name', async () => {
    const folder = new Folder()
    const store = await folder.open()
    await folder.append(store, 'topic', 'a')
    await store.close()
    const again = await folder.open()
    const older = again.open(topicOf('topic'), defaultConfig)
    folder.disk.isFull = true
    assert.equal((await again.drop([older])).errorCode, 'KAFKA_STORAGE_ERROR')
    // Its name is taken, so its drop is tried again, in vain; the next time is after a while.
    const newer = again.open({ ...topicOf('newer'), topic: 'topic' }, defaultConfig)
    await folder.settled()
    folder.disk.isFull = false
    assert.equal((await again.drop([newer])).errorCode, 'NONE')
    await folder.settled()
    folder.kill()
    assert.deepEqual(await folder.records(await folder.open(), 'topic'), ['0:a'])
  })
})
