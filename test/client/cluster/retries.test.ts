import { expect, test } from 'vitest'
import { backoffMs } from '../../../src/client/backoff.ts'
import { delay, withRetries } from '../../../src/client/cluster/retries.ts'
import { KafkaError } from '../../../src/client/kafka-error.ts'
import { VirtualClock } from '../../../src/testing/index.ts'

const backoff = { initialMs: 100, maxMs: 1_000 }

test('waits double up to the maximum, and differ by a fifth at most', () => {
  const lowest = [0, 1, 2, 3, 4, 40].map((attempt) => backoffMs(backoff, attempt, () => 0))
  const middle = [0, 1, 2, 3, 4, 40].map((attempt) => backoffMs(backoff, attempt, () => 0.5))
  expect(lowest.map(Math.round)).toEqual([80, 160, 320, 640, 800, 800])
  expect(middle.map(Math.round)).toEqual([100, 200, 400, 800, 1000, 1000])
})

test('what may pass is tried again, with what is left of the time', async () => {
  const clock = new VirtualClock()
  const attempts: unknown[] = []
  const result = withRetries(
    { clock },
    { what: 'trying', backoff, timeoutMs: 1_000 },
    async ({ attempt, remainingMs }) => {
      attempts.push([attempt, remainingMs! <= 1_000])
      if (attempt < 2) throw new KafkaError('NOT_CONTROLLER')
      return 'done'
    },
  )
  await turns(() => clock.advance(100))
  expect(await result).toBe('done')
  expect(attempts).toEqual([
    [0, true],
    [1, true],
    [2, true],
  ])
})

test('what will not pass is not tried again', async () => {
  const clock = new VirtualClock()
  const error = new KafkaError('TOPIC_AUTHORIZATION_FAILED')
  let attempts = 0
  const result = withRetries({ clock }, { what: 'trying', backoff }, async () => {
    attempts++
    throw error
  })
  await expect(result).rejects.toBe(error)
  expect(attempts).toBe(1)
})

test('the deadline rejects with TIMEOUT and the last failure', async () => {
  const clock = new VirtualClock()
  const result = withRetries({ clock }, { what: 'committing', backoff, timeoutMs: 500 }, async () => {
    throw new KafkaError('NOT_COORDINATOR')
  })
  const failed = expect(result).rejects.toMatchObject({
    code: 'TIMEOUT',
    kind: 'retriable',
    message: expect.stringContaining('committing did not succeed within 500 ms') as string,
    cause: { code: 'NOT_COORDINATOR' },
  })
  await turns(() => clock.advance(100))
  await failed
})

test('an abort ends the wait with its reason, whatever failed', async () => {
  const clock = new VirtualClock()
  const controller = new AbortController()
  const result = withRetries({ clock }, { what: 'trying', backoff, signal: controller.signal }, async () => {
    throw new KafkaError('NOT_COORDINATOR')
  })
  const failed = expect(result).rejects.toBe('shutdown')
  await turns(() => {})
  controller.abort('shutdown')
  await failed
  await expect(delay(clock, 10, controller.signal)).rejects.toBe('shutdown')
})

async function turns(each: () => void): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    each()
  }
}
