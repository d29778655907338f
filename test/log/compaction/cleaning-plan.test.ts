import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import {
  groupSegments,
  isDue,
  type LogToPlan,
  mustSeal,
  planCleaning,
} from '../../../src/log/compaction/cleaning-plan.ts'
import type { LogConfig } from '../../../src/log/index.ts'
import { Segment } from '../../../src/log/segment.ts'
import { defaultConfig } from '../support/batches.ts'

const NOW_MS = 1_000_000
const config: LogConfig = { ...defaultConfig, cleanupPolicy: ['compact'] }

/** A segment with offsets `from` to `to` - 1. */
function segment(from: number, to: number, sizeBytes = 100, timestampMs = NOW_MS - 1000): Segment {
  const made = new Segment(from, NOW_MS - 1000)
  return Object.assign(made, { sizeBytes, endOffset: to, maxTimestampMs: timestampMs, firstTimestampMs: timestampMs })
}

function log(changes: Partial<LogToPlan> = {}): LogToPlan {
  return {
    segments: [segment(0, 10), segment(10, 20), segment(20, 30)],
    safeEndOffset: 1000,
    logStartOffset: 0,
    lastStableOffset: 1000,
    cleanedOffset: -1,
    config,
    ...changes,
  }
}

describe('what can be cleaned of a log', () => {
  test('is every closed segment of one that was never cleaned', () => {
    assert.deepEqual(planCleaning(log(), NOW_MS), {
      firstDirtyOffset: 0,
      upperBoundOffset: 30,
      cleanBytes: 0,
      dirtyBytes: 300,
      dirtyRatio: 1,
      isOverdue: false,
    })
  })

  test('begins where the last cleaning ended, or where the log begins', () => {
    const plan = planCleaning(log({ cleanedOffset: 20 }), NOW_MS)
    assert.deepEqual([plan?.firstDirtyOffset, plan?.cleanBytes, plan?.dirtyBytes], [20, 200, 100])
    assert.equal(planCleaning(log({ cleanedOffset: 5, logStartOffset: 12 }), NOW_MS)?.firstDirtyOffset, 12)
  })

  test('counts a segment in which the last cleaning ended as dirty', () => {
    const plan = planCleaning(log({ cleanedOffset: 15 }), NOW_MS)
    assert.deepEqual([plan?.firstDirtyOffset, plan?.cleanBytes, plan?.dirtyBytes], [15, 100, 200])
  })

  test('ends before open transactions, before what is not safe, and before what is younger than min.compaction.lag.ms', () => {
    assert.equal(planCleaning(log({ lastStableOffset: 25 }), NOW_MS)?.upperBoundOffset, 20)
    assert.equal(planCleaning(log({ safeEndOffset: 19 }), NOW_MS)?.upperBoundOffset, 10)
    const segments = [segment(0, 10, 100, NOW_MS - 5000), segment(10, 20), segment(20, 30, 100, NOW_MS - 5000)]
    const lagging = planCleaning(log({ segments, config: { ...config, minCompactionLagMs: 2000 } }), NOW_MS)
    assert.equal(lagging?.upperBoundOffset, 10)
  })

  test('is nothing where nothing is dirty or the policy is another', () => {
    assert.equal(planCleaning(log({ cleanedOffset: 30 }), NOW_MS), undefined)
    assert.equal(planCleaning(log({ segments: [] }), NOW_MS), undefined)
    assert.equal(planCleaning(log({ config: { ...config, cleanupPolicy: ['delete'] } }), NOW_MS), undefined)
  })

  test('is due above min.cleanable.dirty.ratio, and whatever the ratio when something waits longer than max.compaction.lag.ms', () => {
    const half = planCleaning(log({ segments: [segment(0, 10), segment(10, 20)], cleanedOffset: 10 }), NOW_MS)!
    assert.equal(half.dirtyRatio, 0.5)
    assert.equal(isDue(half, { ...config, minCleanableDirtyRatio: 0.5 }), false)
    assert.equal(isDue(half, { ...config, minCleanableDirtyRatio: 0.4 }), true)
    const late = planCleaning(log({ cleanedOffset: 20, config: { ...config, maxCompactionLagMs: 500 } }), NOW_MS)!
    assert.equal(late.isOverdue, true)
    assert.equal(isDue(late, config), true)
  })
})

test('the segment that grows is closed when it is older than segment.ms or max.compaction.lag.ms, in compacted logs alone', () => {
  const growing = segment(0, 10)
  assert.equal(mustSeal(growing, config, NOW_MS), false)
  assert.equal(mustSeal(growing, { ...config, segmentMs: 500 }, NOW_MS), true)
  assert.equal(mustSeal(growing, { ...config, maxCompactionLagMs: 500 }, NOW_MS), true)
  assert.equal(mustSeal(growing, { ...config, maxCompactionLagMs: 500, cleanupPolicy: ['delete'] }, NOW_MS), false)
  assert.equal(mustSeal(segment(0, 0, 0), { ...config, segmentMs: 500 }, NOW_MS), false)
})

describe('groups of segments', () => {
  const bounds = (groups: readonly Segment[][]) => groups.map((group) => group.map(({ baseOffset }) => baseOffset))
  const limited = { ...config, segmentBytes: 250 }

  test('are neighbours that fit into one segment', () => {
    const segments = [segment(0, 10), segment(10, 20), segment(20, 30), segment(30, 40, 300), segment(40, 50)]
    assert.deepEqual(bounds(groupSegments(segments, limited)), [[0, 10], [20], [30], [40]])
  })

  test('keep to the size of the indexes', () => {
    const indexed = [0, 10, 20].map((from) =>
      Object.assign(segment(from, from + 10, 1), { indexBytes: 40, timeIndexBytes: 12 }),
    )
    assert.deepEqual(bounds(groupSegments(indexed, { ...config, segmentIndexBytes: 80 })), [[0, 10], [20]])
    const timed = [0, 10, 20].map((from) =>
      Object.assign(segment(from, from + 10, 1), { indexBytes: 8, timeIndexBytes: 60 }),
    )
    assert.deepEqual(bounds(groupSegments(timed, { ...config, segmentIndexBytes: 120 })), [[0, 10], [20]])
  })

  test('keep to the offsets that a segment can name', () => {
    const segments = [segment(0, 10), segment(10, 2 ** 31), segment(2 ** 31, 2 ** 31 + 1)]
    assert.deepEqual(bounds(groupSegments(segments, config)), [[0, 10], [2 ** 31]])
  })
})
