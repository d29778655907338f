import { expect, test } from 'vitest'
import { MemoryTurns } from '../../../src/client/producer/memory-turns.ts'
import { VirtualClock } from '../../../src/testing/index.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function start(freeBytes: number) {
  const clock = new VirtualClock()
  const state = { freeBytes, urged: 0, taken: [] as string[] }
  const turns = new MemoryTurns({ clock, bufferMemory: 10, maxBlockMs: 1_000, onWait: () => void state.urged++ })
  const take = (name: string, bytes: number, signal?: AbortSignal) => {
    const attempt = async () => {
      if (bytes > state.freeBytes) return undefined
      state.freeBytes -= bytes
      state.taken.push(name)
      return name
    }
    const taken = turns.take(attempt, { deadlineMs: clock.monotonicMs() + 1_000, signal })
    taken.catch(() => {})
    return taken
  }
  const free = async (bytes: number) => {
    state.freeBytes += bytes
    turns.freed()
    await turn()
  }
  return { clock, state, turns, take, free }
}

test('a small one does not take what a large one waits for', async () => {
  const { state, turns, take, free } = start(2)
  const both = [take('large', 6), take('small', 1)]
  await turn()
  expect([state.taken, turns.isTaken, turns.needsRoom, state.urged]).toEqual([[], true, true, 1])
  await free(2)
  expect(state.taken).toEqual([])
  await free(3)
  expect(await Promise.all(both)).toEqual(['large', 'small'])
  expect([state.taken, turns.isTaken, turns.needsRoom]).toEqual([['large', 'small'], false, false])
})

test('who gives up lets the next one have its turn, and those before it keep theirs', async () => {
  const { state, take, free } = start(0)
  const gone = new AbortController()
  const first = take('first', 5)
  const second = take('second', 5, gone.signal)
  const third = take('third', 1)
  await turn()
  gone.abort(new Error('enough'))
  await expect(second).rejects.toThrow('enough')
  await free(1)
  expect(state.taken).toEqual([]) // the third still stands behind the first
  await free(5)
  expect(await Promise.all([first, third])).toEqual(['first', 'third'])
})

test('the wait ends at its deadline, with the limit in its words', async () => {
  const { clock, take, turns } = start(0)
  const waiting = take('one', 5)
  await turn()
  clock.advance(1_000)
  await expect(waiting).rejects.toMatchObject({
    code: 'TIMEOUT',
    message: 'no buffer memory (10 bytes) within 1000 ms',
  })
  expect([turns.isTaken, turns.needsRoom]).toEqual([false, false])
})
