import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { AnswerBudget, type AnswerHolder } from '../../src/net/answer-budget.ts'
import { VirtualClock } from '../../src/testing/index.ts'

class Peer implements AnswerHolder {
  readonly #fixture: Fixture
  readonly name: string
  pendingResponseBytes = 0
  pendingSinceMs = 0

  constructor(fixture: Fixture, name: string) {
    this.#fixture = fixture
    this.name = name
  }

  owed(bytes: number): void {
    if (this.pendingResponseBytes === 0) this.pendingSinceMs = this.#fixture.clock.monotonicMs()
    this.pendingResponseBytes += bytes
    this.#fixture.budget.held(bytes)
  }

  takes(bytes: number): void {
    this.pendingSinceMs = this.#fixture.clock.monotonicMs()
    this.pendingResponseBytes -= bytes
    this.#fixture.budget.held(-bytes)
  }

  destroy(): void {
    this.#fixture.ended.push(this.name)
    this.takes(this.pendingResponseBytes)
  }
}

class Fixture {
  readonly clock = new VirtualClock()
  readonly peers: Peer[] = []
  readonly ended: string[] = []
  readonly budget: AnswerBudget

  constructor(maxBytes: number) {
    const { clock } = this
    this.budget = new AnswerBudget({
      maxBytes: () => maxBytes,
      nowMs: () => clock.monotonicMs(),
      after: (delayMs, fn) => clock.at(clock.monotonicMs() + delayMs, fn),
      holders: () => this.peers,
    })
  }

  peer(name: string): Peer {
    const peer = new Peer(this, name)
    this.peers.push(peer)
    return peer
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('the memory for answers', () => {
  test('is kept by ending the peers that have taken nothing for the longest time, and no more of them than needed', async () => {
    const fixture = new Fixture(1000)
    const [a, b, c] = ['a', 'b', 'c'].map((name) => fixture.peer(name))
    a!.owed(400)
    fixture.clock.advance(10)
    b!.owed(400)
    fixture.clock.advance(10)
    a!.takes(100)
    c!.owed(400)
    assert.deepEqual(fixture.ended, [])
    await turn()
    assert.deepEqual(fixture.ended, ['b'])
    assert.equal(fixture.budget.heldBytes, 700)
  })

  test('is not kept from a peer that takes all of it in the same turn', async () => {
    const fixture = new Fixture(1000)
    const peer = fixture.peer('a')
    peer.owed(5000)
    peer.takes(5000)
    await turn()
    assert.deepEqual(fixture.ended, [])
  })

  test('nearly used up ends only peers that have taken nothing for five seconds', async () => {
    const fixture = new Fixture(1000)
    const deaf = fixture.peer('deaf')
    const slow = fixture.peer('slow')
    deaf.owed(450)
    slow.owed(450)
    for (let second = 0; second < 4; second++) {
      fixture.clock.advance(1000)
      slow.takes(1)
      slow.owed(1)
    }
    assert.deepEqual(fixture.ended, [])
    fixture.clock.advance(2000)
    assert.deepEqual(fixture.ended, ['deaf'])
    fixture.clock.advance(60_000)
    assert.deepEqual(fixture.ended, ['deaf'])
  })

  test('with room left ends nobody, however long they take nothing', () => {
    const fixture = new Fixture(1000)
    fixture.peer('deaf').owed(800)
    fixture.clock.advance(3_600_000)
    assert.deepEqual(fixture.ended, [])
  })

  test('is given to those who wait in the order in which they came', async () => {
    const fixture = new Fixture(1000)
    const holder = fixture.peer('holder')
    const called: string[] = []
    holder.owed(900)
    fixture.budget.whenFree(500, () => {
      called.push('first')
      fixture.budget.reserve(500)
    })
    fixture.budget.whenFree(300, () => called.push('second'))
    const forget = fixture.budget.whenFree(1, () => called.push('forgotten'))
    forget()
    fixture.budget.whenFree(50, () => called.push('third'))
    await turn()
    assert.deepEqual(called, [])
    holder.takes(500)
    await turn()
    assert.deepEqual(called, ['first'])
    await turn()
    assert.equal(fixture.budget.freeBytes, 100)
    assert.deepEqual(called, ['first'])
    fixture.budget.release(500)
    await turn()
    await turn()
    await turn()
    assert.deepEqual(called, ['first', 'second', 'third'])
  })

  test('that somebody waits for is taken from peers that have taken nothing for five seconds', async () => {
    const fixture = new Fixture(1000)
    const called: string[] = []
    fixture.peer('deaf').owed(800)
    fixture.budget.whenFree(250, () => called.push('waiting'))
    fixture.clock.advance(4000)
    await turn()
    assert.deepEqual([fixture.ended, called], [[], []])
    fixture.clock.advance(2000)
    await turn()
    assert.deepEqual([fixture.ended, called], [['deaf'], ['waiting']])
  })
})
