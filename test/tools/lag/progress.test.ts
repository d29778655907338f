import { describe, expect, test } from 'vitest'
import { defaultRules } from '../../../src/tools/index.ts'
import { catchUpSeconds, PartitionProgress } from '../../../src/tools/lag/index.ts'

const MINUTE = 60_000

/** Looks once a minute; each is [committedOffset, lag]. Answers the judgement after each. */
function judge(looks: readonly (readonly [number, number])[], isOwned = true): readonly (string | undefined)[] {
  const progress = new PartitionProgress()
  return looks.map(([committedOffset, lag], minute) => {
    progress.observe({ atMs: minute * MINUTE, committedOffset, lag }, defaultRules)
    return progress.evaluate(minute * MINUTE, isOwned, defaultRules)
  })
}
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

describe('a partition is judged', () => {
  test('OK while nothing is unread, however long nothing is committed', () => {
    expect(judge(times(20, () => [7, 0]))).toEqual(times(20, () => 'OK'))
  })

  test('STALLED when a member has it and the offset has not moved for a window, though there was something to read', () => {
    expect(judge(times(7, () => [7, 1]))).toEqual(['OK', 'OK', 'OK', 'OK', 'OK', 'STALLED', 'STALLED'])
  })

  test('STOPPED when nobody has it', () => {
    expect(
      judge(
        times(6, () => [7, 1]),
        false,
      ).at(-1),
    ).toBe('STOPPED')
  })

  test('from the moment on when there was something to read, not from the last commit', () => {
    const looks = [...times(10, () => [7, 0] as const), ...times(6, () => [7, 3] as const)]
    expect(judge(looks).slice(10)).toEqual(['OK', 'OK', 'OK', 'OK', 'OK', 'STALLED'])
  })

  test('OK again with the first offset that moves, and when the lag is gone', () => {
    expect(judge([...times(6, () => [7, 9] as const), [8, 8]]).at(-1)).toBe('OK')
    expect(judge([...times(6, () => [7, 9] as const), [16, 0]]).at(-1)).toBe('OK')
  })

  test('WARN when it is read, and its least lag grows from half window to half window', () => {
    const looks = times(12, (i) => [i * 10, 100 + i * 5] as const)
    expect(judge(looks).slice(-3)).toEqual(['WARN', 'WARN', 'WARN'])
  })

  test('not WARN where a lag that goes up and down comes down to the same again', () => {
    expect(new Set(judge(times(30, (i) => [i * 10, 1 + (i % 3) * 50])))).toEqual(new Set(['OK']))
  })

  test('not WARN where it was caught up within the window', () => {
    const looks = times(12, (i) => [i * 10, i === 10 ? 0 : 100 + i * 5] as const)
    expect(judge(looks).at(-1)).toBe('OK')
  })

  test('REWIND while a committed offset that went back has not come up, at most for a window', () => {
    expect(
      judge([
        [50, 0],
        [10, 40],
        [30, 20],
        [50, 0],
      ]),
    ).toEqual(['OK', 'REWIND', 'REWIND', 'OK'])
    const slow = judge([[50, 0], ...times(7, (i) => [10 + i, 40 - i] as const)])
    expect(slow).toEqual(['OK', 'REWIND', 'REWIND', 'REWIND', 'REWIND', 'REWIND', 'OK', 'OK'])
  })

  test('not at all where the lag is not known', () => {
    expect(judge([[7, Number.NaN]])).toEqual([undefined])
  })

  test('anew after looks were missing for longer than a window', () => {
    const progress = new PartitionProgress()
    progress.observe({ atMs: 0, committedOffset: 7, lag: 1 }, defaultRules)
    progress.observe({ atMs: 60 * MINUTE, committedOffset: 7, lag: 1 }, defaultRules)
    expect(progress.evaluate(60 * MINUTE, true, defaultRules)).toBe('OK')
    expect(progress.commitRate).toBeNaN()
  })
})

describe('a log that is not what it was', () => {
  test('is no rewind, and its window begins anew', () => {
    const progress = new PartitionProgress()
    const look = (minute: number, committedOffset: number, lag: number) => {
      progress.observe({ atMs: minute * MINUTE, committedOffset, lag }, defaultRules)
      return progress.evaluate(minute * MINUTE, false, defaultRules)
    }
    expect(look(0, 50, 10)).toBe('OK')
    progress.forget()
    expect(progress.evaluate(MINUTE, false, defaultRules)).toBeUndefined()
    expect(progress.commitRate).toBeNaN()
    expect([look(2, 3, 4), look(6, 3, 4), look(7, 3, 4)]).toEqual(['OK', 'OK', 'STOPPED'])
  })
})

describe('rates', () => {
  test('follow what is committed, and fall to nothing when nothing is', () => {
    const progress = new PartitionProgress()
    for (let second = 0; second <= 600; second += 10) {
      progress.observe({ atMs: second * 1_000, committedOffset: second * 5, lag: 10 }, defaultRules)
    }
    expect(progress.commitRate).toBeCloseTo(5, 5)
    for (let second = 610; second <= 850; second += 10) {
      progress.observe({ atMs: second * 1_000, committedOffset: 3_000, lag: 10 }, defaultRules)
    }
    expect(progress.commitRate).toBeLessThan(0.1)
  })

  test('tell when a lag will be gone, if they stay', () => {
    expect(catchUpSeconds(100, 30, 10)).toBe(5)
    expect(catchUpSeconds(100, 10, 10)).toBe(Number.POSITIVE_INFINITY)
    expect(catchUpSeconds(0, Number.NaN, Number.NaN)).toBe(0)
    expect(catchUpSeconds(5, Number.NaN, 1)).toBeNaN()
  })
})
