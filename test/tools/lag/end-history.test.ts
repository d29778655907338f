import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EndHistory } from '../../../src/tools/lag/end-history.ts'

test('an offset was appended between the last look that did not see it and the first that did', () => {
  const history = new EndHistory()
  history.note(100, 1_000)
  expect(history.appendTime(100)).toBeUndefined()
  history.note(100, 2_000)
  history.note(200, 3_000)
  expect(history.appendTime(100)).toEqual({ atMs: 2_000, errorMs: 1_000 })
  expect(history.appendTime(150)).toEqual({ atMs: 2_500, errorMs: 500 })
  expect(history.appendTime(99)).toBeUndefined()
  expect(history.appendTime(200)).toBeUndefined()
})

test('a log that begins anew has no history', () => {
  const history = new EndHistory()
  history.note(100, 1_000)
  history.note(200, 2_000)
  history.note(10, 3_000)
  expect(history.appendTime(150)).toBeUndefined()
})

test('whatever is appended and forgotten, the truth lies within the bounds', () => {
  const steps = fc.array(fc.record({ appended: fc.nat(50), waitMs: fc.integer({ min: 1, max: 1_000 }) }), {
    minLength: 2,
    maxLength: 80,
  })
  fc.assert(
    fc.property(steps, (looks) => {
      const history = new EndHistory()
      const appendedAt: { readonly earliestMs: number; readonly latestMs: number }[] = []
      let nowMs = 0
      history.note(0, 0)
      for (const { appended, waitMs } of looks) {
        for (let i = 0; i < appended; i++) appendedAt.push({ earliestMs: nowMs, latestMs: nowMs + waitMs })
        nowMs += waitMs
        history.note(appendedAt.length, nowMs)
      }
      for (const [offset, { earliestMs, latestMs }] of appendedAt.entries()) {
        const found = history.appendTime(offset)
        expect(found).toBeDefined()
        expect(found!.atMs - found!.errorMs).toBeLessThanOrEqual(earliestMs + 1e-6)
        expect(found!.atMs + found!.errorMs).toBeGreaterThanOrEqual(latestMs - 1e-6)
      }
    }),
  )
})
