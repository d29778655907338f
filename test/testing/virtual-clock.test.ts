import assert from 'node:assert/strict'
import { test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'

test('timers fire in the order of their deadlines, each at its own time, those that they set included', () => {
  const clock = new VirtualClock()
  const fired: string[] = []
  const note = (name: string) => () => fired.push(`${name} at ${clock.monotonicMs()}`)
  clock.at(20, note('second'))
  clock.at(10, () => {
    note('first')()
    clock.at(15, note('set within'))
  })
  clock.at(20, note('third'))
  clock.at(31, note('too late'))
  clock.advance(30)
  assert.deepEqual(fired, ['first at 10', 'set within at 15', 'second at 20', 'third at 20'])
  assert.equal(clock.monotonicMs(), 30)
  assert.equal(clock.nextTimerMs, 31)
})

test('a cancelled timer does not fire, and a dead process fires none', () => {
  const clock = new VirtualClock()
  const process = clock.forProcess()
  let fired = 0
  clock.at(10, () => fired++).cancel()
  process.at(10, () => fired++)
  process.kill()
  clock.advance(10)
  assert.equal(fired, 0)
  assert.equal(clock.pendingTimers, 0)
})

test('during a pause nothing fires; afterwards it fires late', () => {
  const clock = new VirtualClock()
  const fired: number[] = []
  clock.at(10, () => fired.push(clock.monotonicMs()))
  clock.pause(500)
  assert.deepEqual(fired, [])
  clock.advance(0)
  assert.deepEqual(fired, [500])
})

test('somebody who sets the wall clock does not move the monotonic one', () => {
  const clock = new VirtualClock(1_000)
  clock.advance(5)
  clock.setWall(99)
  assert.equal(clock.monotonicMs(), 5)
  assert.equal(clock.wallMs(), 99)
  clock.advance(1)
  assert.equal(clock.wallMs(), 100)
})
