import { expect, test } from 'vitest'
import { SpaceWatch } from '../../../src/log/disk/space-watch.ts'
import { DiskError } from '../../../src/log/index.ts'
import { silentLogger } from '../../../src/platform/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'

test('a full disk is told once, again after a minute, and when nothing has been refused for a while', () => {
  const clock = new VirtualClock()
  const lines: string[] = []
  const log = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields, ['refusals', 'fullForMs'])}`)
  }
  const watch = new SpaceWatch({ clock, logger: { ...silentLogger, info: log, error: log } })
  const full = new DiskError('NO_SPACE', '/data/wal/00000000.wal', 'no space is left')
  expect(watch.isFull).toBe(false)
  for (let second = 0; second < 90; second++) {
    for (let i = 0; i < 100; i++) watch.refused(full)
    expect(watch.isFull).toBe(true)
    clock.advance(1_000)
  }
  clock.advance(20_000)
  expect(watch.isFull).toBe(false)
  expect(lines).toEqual([
    'the disk is full: writes are refused until it has space {}',
    'the disk is still full: writes are refused until it has space {"refusals":6000,"fullForMs":60000}',
    'no write was refused for 10 s: the disk has space again, or nobody writes {"refusals":9000,"fullForMs":100000}',
  ])
  watch.refused(full)
  expect(lines).toHaveLength(4)
  clock.advance(1_000)
  watch.written()
  expect(watch.isFull).toBe(true)
  clock.advance(1_000)
  watch.written()
  watch.written()
  expect(lines.slice(4)).toEqual(['the disk has space again: writes are accepted {"refusals":1,"fullForMs":2000}'])
  expect(watch.isFull).toBe(false)
  clock.advance(20_000)
  expect(clock.pendingTimers).toBe(0)
})
