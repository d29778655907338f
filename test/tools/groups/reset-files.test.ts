import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { GroupOffset } from '../../../src/client/index.ts'
import {
  formatOffsetsFile,
  formatUndo,
  parseDateTime,
  parseDuration,
  parseOffsetsFile,
  parseUndo,
  planReset,
  planUndo,
  type ResetFacts,
  undoOf,
} from '../../../src/tools/groups/index.ts'

test.each([
  ['2026-03-01T12:00:00.000', Date.UTC(2026, 2, 1, 12)],
  ['2026-03-01T12:00:00.5', Date.UTC(2026, 2, 1, 12, 0, 0, 500)],
  ['2026-03-01T12:00:00Z', Date.UTC(2026, 2, 1, 12)],
  ['2026-03-01T12:00:00.000+01:30', Date.UTC(2026, 2, 1, 10, 30)],
  ['2026-03-01T12:00:00.000-0800', Date.UTC(2026, 2, 1, 20)],
  ['2026-02-30T12:00:00.000', undefined],
  ['2026-03-01T25:00:00.000', undefined],
  ['2026-03-01', undefined],
  ['yesterday', undefined],
])('the time %s is %s', (text, expected) => {
  expect(parseDateTime(text)).toBe(expected)
})

test.each([
  ['PT1H', 3_600_000],
  ['P1DT2H3M4.5S', 93_784_500],
  ['P2D', 172_800_000],
  ['-PT1M', -60_000],
  ['PT-1M', -60_000],
  ['pt90s', 90_000],
  ['PT0S', 0],
  ['P', undefined],
  ['PT', undefined],
  ['P1DT', undefined],
  ['1h', undefined],
])('the duration %s is %s ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected)
})

test('files of offsets have one group or several, as --export of Kafka writes them', () => {
  expect(parseOffsetsFile('orders,0,5\n\n# a comment\n"pay.ments",12,7\r\n')).toEqual([
    { groupId: undefined, topic: 'orders', partition: 0, offset: 5n },
    { groupId: undefined, topic: 'pay.ments', partition: 12, offset: 7n },
  ])
  const lines = parseOffsetsFile('billing,orders,0,5\n')
  expect(lines).toEqual([{ groupId: 'billing', topic: 'orders', partition: 0, offset: 5n }])
  expect(formatOffsetsFile(lines)).toBe('billing,orders,0,5\n')
})

test.each(['orders,0', 'orders,x,5', 'a,b,c,0,5', 'orders,0,5x'])('a line that is none is named: %s', (line) => {
  expect(() => parseOffsetsFile(`orders,0,1\n${line}\n`)).toThrow(/line 2 is not TOPIC,PARTITION,OFFSET/)
})

const before: readonly GroupOffset[] = [
  { topic: 'orders', partition: 0, offset: 50n, leaderEpoch: 3, metadata: 'note "x"', error: undefined },
]
const facts = (partition: number, committedOffset: bigint | undefined): ResetFacts => {
  return { topic: 'orders', partition, committedOffset, logStartOffset: 20n, logEndOffset: 100n }
}

test('an undo file puts back offsets with their epochs and metadata, and forgets what was not there', () => {
  const plan = planReset('billing', { to: 'earliest' }, [facts(0, 50n), facts(1, undefined)])
  const file = { clusterId: 'c', atMs: 7, groups: [undoOf(plan, before)] }
  const read = parseUndo(formatUndo(file))
  expect(read).toEqual(file)
  const after = new Map([
    ['orders-0', 20n],
    ['orders-1', 20n],
  ])
  expect(planUndo(read.groups[0]!, after)).toEqual({
    groupId: 'billing',
    restore: [{ topic: 'orders', partition: 0, offset: 50n, leaderEpoch: 3, metadata: 'note "x"' }],
    forget: [{ topic: 'orders', partition: 1 }],
    moved: [],
  })
})

test('an undo sees where somebody has committed since, and not what is put back already', () => {
  const undo = undoOf(planReset('billing', { to: 'earliest' }, [facts(0, 50n), facts(1, undefined)]), before)
  expect(planUndo(undo, new Map([['orders-0', 33n]])).moved).toEqual([
    { topic: 'orders', partition: 0, after: 20n, now: 33n },
  ])
  expect(planUndo(undo, new Map([['orders-0', 50n]])).moved).toEqual([])
})

test('every plan comes back from its undo file', () => {
  const offsets = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
  const partitions = fc.array(
    fc.tuple(fc.option(offsets, { nil: undefined }), fc.string(), fc.integer({ min: -1, max: 9 })),
  )
  fc.assert(
    fc.property(fc.string(), partitions, (groupId, all) => {
      const committed = all.flatMap(([offset, metadata, leaderEpoch], partition): GroupOffset[] =>
        offset === undefined ? [] : [{ topic: 't', partition, offset, leaderEpoch, metadata, error: undefined }],
      )
      const plan = planReset(
        groupId,
        { to: 'earliest' },
        all.map(([offset], partition) => facts(partition, offset)),
      )
      const file = {
        clusterId: null,
        atMs: 1,
        groups: [
          {
            ...undoOf(
              { ...plan },
              committed.map((one) => ({ ...one, topic: 'orders' })),
            ),
          },
        ],
      }
      expect(parseUndo(formatUndo(file))).toEqual(file)
    }),
  )
})

test.each(['{}', '[]', 'null', '{"format":"kohort-undo-1","groups":[{}]}'])('%s is no undo file', (text) => {
  expect(() => parseUndo(text)).toThrow(SyntaxError)
})
