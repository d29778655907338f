import { expect, test } from 'vitest'
import { DurationHistogram } from '../../src/platform/index.ts'

test('each duration is in the bucket of the first bound that is not below it, and all of them are in the sum', () => {
  const histogram = new DurationHistogram([1, 10, 100])
  for (const ms of [0, 0.5, 1, 1.001, 10, 99, 100, 101, 5_000]) histogram.observe(ms)
  const { boundsSeconds, counts, count, sumSeconds } = histogram.snapshot()
  expect(boundsSeconds).toEqual([0.001, 0.01, 0.1])
  expect(counts).toEqual([3, 2, 2, 2])
  expect(count).toBe(9)
  expect(sumSeconds).toBeCloseTo(5.312501, 9)
})

test('a snapshot stays as it was', () => {
  const histogram = new DurationHistogram([1])
  const before = histogram.snapshot()
  histogram.observe(0.5)
  expect(before.counts).toEqual([0, 0])
  expect(histogram.snapshot().counts).toEqual([1, 0])
})
