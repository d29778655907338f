import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import { Deadline, Deadlines } from '../../src/coordinator/deadlines.ts'

test('deadlines fire in their order, those of one moment in the order in which they were set', () => {
  const deadlines = new Deadlines<string>()
  for (const [name, atMs] of [
    ['late', 30],
    ['first', 10],
    ['second', 10],
    ['third', 10],
  ] as const) {
    deadlines.set(new Deadline(name), atMs)
  }
  assert.equal(deadlines.nextMs(), 10)
  assert.deepEqual(drain(deadlines, 29), ['first', 'second', 'third'])
  assert.equal(deadlines.nextMs(), 30)
})

test('a deadline that is set again moves, and one that is cleared never fires', () => {
  const deadlines = new Deadlines<string>()
  const moved = new Deadline('moved')
  const cleared = new Deadline('cleared')
  deadlines.set(moved, 10)
  deadlines.set(cleared, 20)
  deadlines.set(moved, 40)
  deadlines.clear(cleared)
  deadlines.clear(cleared)
  assert.deepEqual(drain(deadlines, 39), [])
  assert.deepEqual(drain(deadlines, 40), ['moved'])
  assert.equal(deadlines.nextMs(), Number.POSITIVE_INFINITY)
})

test('whatever is set, moved and cleared, the heap agrees with a sorted list', () => {
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), which: fc.nat(9), atMs: fc.nat(20) }),
    fc.record({ kind: fc.constant('clear' as const), which: fc.nat(9), atMs: fc.constant(0) }),
    fc.record({ kind: fc.constant('take' as const), which: fc.constant(0), atMs: fc.nat(20) }),
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const deadlines = new Deadlines<number>()
      const all = Array.from({ length: 10 }, (_, which) => new Deadline(which))
      let model: { which: number; atMs: number }[] = []
      for (const { kind, which, atMs } of operations) {
        if (kind !== 'take') model = model.filter((entry) => entry.which !== which)
        if (kind === 'set') {
          deadlines.set(all[which]!, atMs)
          model.push({ which, atMs })
        } else if (kind === 'clear') {
          deadlines.clear(all[which]!)
        } else {
          const due = model.filter((entry) => entry.atMs <= atMs).sort((a, b) => a.atMs - b.atMs)
          assert.deepEqual(
            drain(deadlines, atMs),
            due.map((entry) => entry.which),
          )
          model = model.filter((entry) => entry.atMs > atMs)
        }
        assert.equal(deadlines.size, model.length)
        assert.equal(deadlines.nextMs(), Math.min(Number.POSITIVE_INFINITY, ...model.map((entry) => entry.atMs)))
      }
    }),
  )
})

function drain<T>(deadlines: Deadlines<T>, nowMs: number): T[] {
  const due: T[] = []
  for (let owner = deadlines.takeDue(nowMs); owner !== undefined; owner = deadlines.takeDue(nowMs)) due.push(owner)
  return due
}
