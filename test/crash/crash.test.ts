import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import {
  adminOf,
  type Broker,
  Child,
  installOnce,
  interopCache,
  isFullRun,
  requireTool,
  run,
  startBroker,
  waitUntil,
} from '../interop/support/index.ts'

const folder = join(import.meta.dirname, 'load')
const program = join(interopCache, 'crash/load')
const rounds = Number(process.env.CRASH_ROUNDS ?? (isFullRun ? 60 : 20))
const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31))

interface Answer {
  readonly acknowledged: number
  readonly commits: number
  readonly read: number
  readonly violations: readonly string[]
}

/** The client side: see load/main.go. */
class Load {
  readonly child: Child

  constructor(bootstrap: string) {
    this.child = new Child({ command: program, args: [bootstrap, 'numbers', 'readers', '6'] })
  }

  async ask(command: 'status' | 'verify' | 'finish'): Promise<Answer> {
    const count = this.child.stdout.length
    this.child.write(`${command}\n`)
    await waitUntil(
      `the answer to ${command}`,
      () => {
        if (this.child.stdout.length > count) return true
        if (this.child.hasEnded) throw new Error(`the load ended with ${this.child.exitCode}\n${this.child.tail()}`)
        return false
      },
      { deadlineMs: 120_000, details: () => this.child.tail() },
    )
    const answer = JSON.parse(this.child.stdout[count] ?? '') as Answer
    expect(answer.violations, `seed ${seed}`).toEqual([])
    return answer
  }

  /** Waits until the broker has acknowledged so many records and commits more. */
  async advances(since: Answer, by: { readonly records: number; readonly commits: number }): Promise<Answer> {
    let now = since
    await waitUntil(
      `${by.records} records and ${by.commits} commits more`,
      async () => {
        now = await this.ask('status')
        return now.acknowledged >= since.acknowledged + by.records && now.commits >= since.commits + by.commits
      },
      { details: () => JSON.stringify({ since, now, log: this.child.tail() }) },
    )
    return now
  }
}

describe.skipIf(!requireTool('go'))('a broker that is killed under load', () => {
  let broker: Broker
  let load: Load

  afterEach(async () => {
    await load?.child.kill()
    await broker?.stop()
  })

  test(`keeps, in ${rounds} rounds of kill -9, every record and every commit that it acknowledged`, async () => {
    const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
    await installOnce('crash', sources.join('\n'), async () => {
      await run('go', ['build', '-o', program, '.'], { cwd: folder })
    })
    const random = randomFrom(seed)
    broker = await startBroker()
    await adminOf(broker.bootstrap).createTopic('numbers', 6)
    load = new Load(broker.bootstrap)
    let state: Answer = { acknowledged: 0, commits: 0, read: 0, violations: [] }
    for (let round = 1; round <= rounds; round++) {
      // Every fourth crash follows at once on the start: what a start recovers must survive the next crash as well.
      if (round % 4 !== 0) {
        state = await load.advances(state, { records: 4_000, commits: 10 })
        await pause(random() * 300) // the moment is what the seed decides, no test depends on its length
      }
      await broker.kill9()
      state = await load.ask('status')
      await broker.restart()
      const verified = await load.ask('verify')
      expect(verified.read, `round ${round}, seed ${seed}`).toBeGreaterThanOrEqual(state.acknowledged)
    }
    // And once in an orderly way, to see that what crashes left behind does not disturb a clean stop.
    expect(await broker.terminate()).toBe(broker.target === 'kafka' ? 143 : 0)
    await broker.restart()
    state = await load.advances(state, { records: 1_000, commits: 3 })
    state = await load.ask('finish')
    expect(state.read, `seed ${seed}`).toBe(state.acknowledged)
    console.info(`${state.acknowledged} records and ${state.commits} commits survived, seed ${seed}`)
  }, 600_000)
})

/** mulberry32: numbers from 0 to 1 that a seed decides. */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
