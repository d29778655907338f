import assert from 'node:assert/strict'
import { test } from 'vitest'
import { FairTurns, type Worker } from '../../src/net/fair-turns.ts'

/** Connections with requests that take some milliseconds each, on a clock that their work moves. */
class Fixture {
  nowMs = 1000
  readonly done: string[] = []
  readonly turns = new FairTurns(() => this.nowMs)

  worker(name: string, options: { readonly requests: number; readonly ms: number; readonly isSlow: boolean }): Worker {
    let { requests } = options
    const worker = {
      isSlow: options.isSlow,
      resume: (): void => {
        const startMs = this.nowMs
        while (requests > 0 && this.turns.mayWork(worker, this.nowMs - startMs)) {
          const beforeMs = this.nowMs
          this.nowMs += options.ms
          this.turns.worked(beforeMs, this.nowMs)
          requests--
          this.done.push(name)
        }
      },
    }
    return worker
  }

  async untilDone(count: number): Promise<void> {
    while (this.done.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
}

test('slow requests that come together are served one a turn, and a quick one does not wait for them', async () => {
  const fixture = new Fixture()
  for (const name of ['a', 'b', 'c', 'd']) fixture.worker(name, { requests: 1, ms: 100, isSlow: true }).resume()
  fixture.worker('quick', { requests: 3, ms: 0, isSlow: false }).resume()
  assert.deepEqual(fixture.done, ['a', 'quick', 'quick', 'quick'])
  await fixture.untilDone(5)
  fixture.worker('quick', { requests: 1, ms: 0, isSlow: false }).resume()
  assert.deepEqual(fixture.done.slice(4), ['b', 'quick'])
  await fixture.untilDone(8)
  assert.deepEqual(fixture.done.slice(6), ['c', 'd'])
})

test('a connection with many requests gives way to others after five milliseconds of a long turn, and loses none', async () => {
  const fixture = new Fixture()
  for (const name of ['a', 'b', 'c']) fixture.worker(name, { requests: 12, ms: 1, isSlow: false }).resume()
  assert.deepEqual(fixture.done.join(''), 'aaaaaaaaaaabbbbbccccc')
  await fixture.untilDone(36)
  assert.equal(fixture.done.join('').slice(21), 'abbbbbcccccbbcc')
})

test("work with pauses in between is nobody's burden: slow requests are served as they come", () => {
  const fixture = new Fixture()
  for (const name of ['a', 'b', 'c']) {
    fixture.worker(name, { requests: 1, ms: 100, isSlow: true }).resume()
    fixture.nowMs += 50
  }
  assert.deepEqual(fixture.done, ['a', 'b', 'c'])
})

test('one that has gone is not called', async () => {
  const fixture = new Fixture()
  const workers = ['a', 'b', 'c'].map((name) => fixture.worker(name, { requests: 1, ms: 100, isSlow: true }))
  for (const worker of workers) worker.resume()
  fixture.turns.forget(workers[1]!)
  await fixture.untilDone(2)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(fixture.done, ['a', 'c'])
})
