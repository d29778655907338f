import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProcessedOffsets } from '../../../../src/client/consumer/commit/processed-offsets.ts'

test('a finished record never carries the commit past an unfinished one before it', () => {
  const offsets = new ProcessedOffsets({ offset: 10, leaderEpoch: 1 })
  const tickets = [11, 12, 15].map((end) => offsets.begin(end, 2))
  expect(offsets.done(tickets[1]!)).toBe(false)
  expect(offsets.position).toEqual({ offset: 10, leaderEpoch: 1 })
  expect(offsets.done(tickets[0]!)).toBe(true)
  expect(offsets.position).toEqual({ offset: 12, leaderEpoch: 2 })
  expect(offsets.unfinished).toBe(1)
  offsets.done(tickets[2]!)
  expect(offsets.position).toEqual({ offset: 15, leaderEpoch: 2 })
})

test('a record that is done twice counts once', () => {
  const offsets = new ProcessedOffsets({ offset: 0, leaderEpoch: -1 })
  const first = offsets.begin(1, 0)
  const second = offsets.begin(2, 0)
  offsets.done(first)
  expect(offsets.done(first)).toBe(false)
  expect(offsets.offset).toBe(1)
  offsets.done(second)
  expect(offsets.offset).toBe(2)
})

test('offsets without records are skipped when nothing is under way', () => {
  const offsets = new ProcessedOffsets({ offset: 5, leaderEpoch: 0 })
  const ticket = offsets.begin(6, 0)
  offsets.skipTo(9, 0)
  expect(offsets.offset).toBe(5)
  offsets.done(ticket)
  offsets.skipTo(9, 3)
  expect(offsets.position).toEqual({ offset: 9, leaderEpoch: 3 })
})

test('the position is the end of the contiguous prefix, in whatever order records are done', () => {
  const steps = fc.array(fc.oneof(fc.constant('begin' as const), fc.nat(40)), { maxLength: 300 })
  fc.assert(
    fc.property(steps, (plan) => {
      const offsets = new ProcessedOffsets({ offset: 0, leaderEpoch: 0 })
      const model: { ticket: number; end: number; isDone: boolean }[] = []
      let end = 0
      for (const step of plan) {
        if (step === 'begin') {
          end += 1 + (end % 3)
          model.push({ ticket: offsets.begin(end, 0), end, isDone: false })
        } else if (model.length > 0) {
          const record = model[step % model.length]!
          record.isDone = true
          offsets.done(record.ticket)
        }
        const firstOpen = model.findIndex(({ isDone }) => !isDone)
        const prefix = firstOpen === -1 ? model : model.slice(0, firstOpen)
        expect(offsets.offset).toBe(prefix.at(-1)?.end ?? 0)
        expect(offsets.unfinished).toBe(model.length - prefix.length)
      }
    }),
  )
})
