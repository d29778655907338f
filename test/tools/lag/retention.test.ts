import { expect, test } from 'vitest'
import type { GroupPartitionSnapshot } from '../../../src/tools/index.ts'
import { retentionSeconds } from '../../../src/tools/lag/index.ts'

const NOW = 1_000_000

interface Facts {
  readonly lag: number
  readonly oldestTimestampMs?: number
  readonly retentionMs?: number
  readonly retentionBytes?: number
  readonly appendRate?: number
  readonly logBytes?: number
}

/** A log of 100 offsets, of 10 bytes each unless something else is said. */
function partition({
  lag,
  oldestTimestampMs = Number.NaN,
  retentionMs = Number.POSITIVE_INFINITY,
  retentionBytes = Number.POSITIVE_INFINITY,
  appendRate = 1,
  logBytes = 1_000,
}: Facts): GroupPartitionSnapshot {
  const topic = { name: 't', partitions: [], retentionMs, retentionBytes, cleanupPolicy: 'delete', logBytes }
  const place = { topic, partition: 0, logStartOffset: 900, logEndOffset: 1_000, appendRate, logBytes }
  return { lag, oldestTimestampMs, place } as unknown as GroupPartitionSnapshot
}

test.each<readonly [string, Facts, number]>([
  ['nothing is unread', { lag: 0, retentionMs: 1_000, retentionBytes: 1 }, Number.POSITIVE_INFINITY],
  ['nothing is taken', { lag: 5, oldestTimestampMs: NOW }, Number.POSITIVE_INFINITY],
  ['time takes it', { lag: 5, oldestTimestampMs: NOW - 40_000, retentionMs: 60_000 }, 20],
  ['time has taken it', { lag: 5, oldestTimestampMs: NOW - 70_000, retentionMs: 60_000 }, 0],
  ['its time is not known', { lag: 5, retentionMs: 60_000 }, Number.NaN],
  ['bytes take it: 700 more of them, 20 a second', { lag: 30, retentionBytes: 1_000, appendRate: 2 }, 35],
  ['so many have come behind it already', { lag: 60, retentionBytes: 500 }, 0],
  ['nothing is appended', { lag: 30, retentionBytes: 1_000, appendRate: 0 }, Number.POSITIVE_INFINITY],
  ['the size is not known', { lag: 30, retentionBytes: 1_000, logBytes: Number.NaN }, Number.NaN],
  [
    'time is sooner than bytes',
    { lag: 30, oldestTimestampMs: NOW, retentionMs: 10_000, retentionBytes: 1_000, appendRate: 2 },
    10,
  ],
  [
    'bytes are sooner than time',
    { lag: 30, oldestTimestampMs: NOW, retentionMs: 99_000, retentionBytes: 1_000, appendRate: 2 },
    35,
  ],
  [
    'only the time is known',
    { lag: 30, oldestTimestampMs: NOW, retentionMs: 10_000, retentionBytes: 1_000, logBytes: Number.NaN },
    10,
  ],
  ['only the bytes are known', { lag: 30, retentionMs: 10_000, retentionBytes: 1_000, appendRate: 2 }, 35],
])('until retention takes an unread record where %s', (_, facts, seconds) => {
  expect(retentionSeconds(partition(facts), NOW)).toBe(seconds)
})
