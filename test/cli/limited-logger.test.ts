import { expect, test } from 'vitest'
import { errorFields } from '../../src/cli/error-fields.ts'
import { limitedLogger } from '../../src/cli/limited-logger.ts'
import { DiskError } from '../../src/log/index.ts'
import type { Logger } from '../../src/platform/index.ts'
import { VirtualClock } from '../../src/testing/index.ts'

function recorder(): { readonly lines: string[]; readonly logger: Logger } {
  const lines: string[] = []
  const at = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  }
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

test('of lines that differ in numbers only ten are written in ten seconds, and then one that says how many more there were', () => {
  const { lines, logger } = recorder()
  const clock = new VirtualClock()
  const limited = limitedLogger(logger, clock)
  for (let i = 1; i <= 100; i++) limited.warn({ shard: i }, `shard ${i} is fenced`)
  limited.warn({}, 'something else')
  limited.error({}, 'shard 1 is fenced')
  expect(lines).toHaveLength(12)
  expect(lines[9]).toBe('warn shard 10 is fenced {"shard":10}')
  clock.advance(10_000)
  expect(lines.slice(12)).toEqual([
    'warn shard 100 is fenced (the last of 90 lines like this that are left out here, in 10 s) {"shard":100,"leftOut":90}',
  ])
  limited.warn({ shard: 101 }, 'shard 101 is fenced')
  expect(lines).toHaveLength(14)
})

test('of all lines of a level five hundred are written in ten seconds', () => {
  const { lines, logger } = recorder()
  const clock = new VirtualClock()
  const limited = limitedLogger(logger, clock)
  const name = (i: number) => String.fromCharCode(97 + (i % 26), 97 + ((i / 26) % 26), 97 + ((i / 676) % 26))
  for (let i = 0; i < 2_000; i++) limited.info({}, `topic ${name(i)} created`)
  limited.error({}, 'an error')
  expect(lines).toHaveLength(501)
  clock.advance(10_000)
  expect(lines.slice(500)).toEqual([
    'error an error {}',
    `info topic ${name(1_999)} created (the last of 1500 lines that are left out here, in 10 s) {"leftOut":1500}`,
  ])
})

test('debug lines are all written, and no timer runs while nothing is', () => {
  const { lines, logger } = recorder()
  const clock = new VirtualClock()
  const limited = limitedLogger(logger, clock)
  for (let i = 0; i < 1_000; i++) limited.debug({}, 'a detail')
  expect(lines).toHaveLength(1_000)
  expect(clock.pendingTimers).toBe(0)
  limited.info({}, 'a line')
  clock.advance(10_000)
  expect(clock.pendingTimers).toBe(0)
})

test('an error that has a code is written without its stack, a mistake of ours with it', () => {
  const cause = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  const full = new DiskError('NO_SPACE', '/data/wal/00000001.wal', 'no space is left', { cause })
  expect(errorFields(full)).toEqual({
    type: 'DiskError',
    code: 'NO_SPACE',
    message: 'no space is left',
    path: '/data/wal/00000001.wal',
    cause: { type: 'Error', code: 'ENOSPC', message: 'ENOSPC: no space left on device, write' },
  })
  expect(errorFields(new TypeError('a bug'))).toMatchObject({
    type: 'TypeError',
    stack: expect.stringContaining('at '),
  })
  expect(errorFields('a text')).toBe('a text')
})
