import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { joinSignals } from '../../src/client/join-signals.ts'

test('joined signals abort with the first of them, and its reason', () => {
  for (const aborts of [0, 1]) {
    const both = [new AbortController(), new AbortController()] as const
    const joined = joinSignals(both[0].signal, both[1].signal)
    expect(joined.signal.aborted).toBe(false)
    both[aborts]!.abort('this one')
    both[1 - aborts]!.abort('too late')
    expect(joined.signal.reason).toBe('this one')
    const later = joinSignals(both[0].signal, both[1].signal)
    expect(later.signal.reason).toBe(both[0].signal.reason)
  }
})

test('signals that are joined again and again do not collect what followed them', () => {
  const [first, second] = [new AbortController(), new AbortController()]
  let aborted = 0
  for (let i = 0; i < 100; i++) {
    const joined = joinSignals(first.signal, second.signal)
    joined.signal.addEventListener('abort', () => aborted++)
    joined.forget()
  }
  expect(getEventListeners(first.signal, 'abort')).toHaveLength(1)
  second.abort()
  expect(aborted).toBe(0)
})
