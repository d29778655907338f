import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import * as wire from '../../src/wire/index.ts'
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
import { RawClient } from '../support/raw-client.ts'

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

/** One topic under load, with a group of its own that reads it. */
interface LoadedTopic {
  readonly topic: string
  readonly partitions: number
  readonly codec: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly recordsPerSecond: number
}

const loadedTopics: readonly LoadedTopic[] = [
  { topic: 'numbers', partitions: 6, codec: 'none', recordsPerSecond: 3_000 },
  { topic: 'single', partitions: 1, codec: 'zstd', recordsPerSecond: 500 },
  { topic: 'wide', partitions: 100, codec: 'lz4', recordsPerSecond: 1_000 },
]

/** The client side of one topic: see load/main.go. */
class Load {
  readonly child: Child

  constructor(bootstrap: string, { topic, partitions, codec, recordsPerSecond }: LoadedTopic) {
    const args = [bootstrap, topic, `readers-of-${topic}`, `${partitions}`, codec, `${recordsPerSecond}`]
    this.child = new Child({ command: program, args })
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
}

/** What all loads together know. */
async function askAll(loads: readonly Load[], command: 'status' | 'verify' | 'finish'): Promise<Answer> {
  const answers = await Promise.all(loads.map((load) => load.ask(command)))
  const sum = (of: (answer: Answer) => number): number => answers.reduce((total, answer) => total + of(answer), 0)
  return {
    acknowledged: sum(({ acknowledged }) => acknowledged),
    commits: sum(({ commits }) => commits),
    read: sum(({ read }) => read),
    violations: answers.flatMap(({ violations }) => violations),
  }
}

/** Waits until the broker has acknowledged so many records and commits more. */
async function advance(
  loads: readonly Load[],
  since: Answer,
  by: { readonly records: number; readonly commits: number },
): Promise<Answer> {
  let now = since
  await waitUntil(
    `${by.records} records and ${by.commits} commits more`,
    async () => {
      now = await askAll(loads, 'status')
      return now.acknowledged >= since.acknowledged + by.records && now.commits >= since.commits + by.commits
    },
    { details: () => JSON.stringify({ since, now, logs: loads.map(({ child }) => child.tail()) }) },
  )
  return now
}

/** Makes topics and deletes older ones while the broker dies and comes back; what fails is no promise. */
class Churn {
  readonly made = new Set<string>()
  readonly deleted = new Set<string>()
  readonly #port: number
  readonly #running: Promise<void>
  #isEnding = false

  constructor(port: number) {
    this.#port = port
    this.#running = this.#run()
  }

  /** Topics made are there, topics deleted are not. */
  async verify(): Promise<void> {
    const [made, deleted] = [[...this.made], [...this.deleted]]
    const client = await RawClient.connect({ port: this.#port })
    const metadata = { topics: null, allowAutoTopicCreation: false }
    const { topics } = await client.call(wire.metadataRequest, wire.metadataResponse, 5, metadata)
    client.close()
    const names = new Set(topics.map(({ name }) => name))
    const lost = made.filter((name) => !names.has(name) && this.made.has(name))
    const back = deleted.filter((name) => names.has(name))
    expect({ lost, back }, `seed ${seed}`).toEqual({ lost: [], back: [] })
  }

  async end(): Promise<void> {
    this.#isEnding = true
    await this.#running
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#isEnding; number++) {
      if (await this.#create(`churn-${number}`)) this.made.add(`churn-${number}`)
      const [oldest] = this.made
      if (this.made.size > 5 && oldest !== undefined) {
        this.made.delete(oldest)
        if (await this.#delete(oldest)) this.deleted.add(oldest)
      }
      await pause(20)
    }
  }

  #create(name: string): Promise<boolean> {
    const configs = [{ name: 'cleanup.policy', value: 'compact' }]
    const topic = { name, numPartitions: 3, replicationFactor: 1, assignments: [], configs }
    return this.#attempt(async (client) => {
      const body = { topics: [topic], timeoutMs: 10_000 }
      const { topics } = await client.call(wire.createTopicsRequest, wire.createTopicsResponse, 4, body)
      return topics[0]?.errorCode === 0
    })
  }

  #delete(name: string): Promise<boolean> {
    return this.#attempt(async (client) => {
      const body = { topicNames: [name], timeoutMs: 10_000 }
      const { responses } = await client.call(wire.deleteTopicsRequest, wire.deleteTopicsResponse, 3, body)
      return responses[0]?.errorCode === 0
    })
  }

  async #attempt(work: (client: RawClient) => Promise<boolean>): Promise<boolean> {
    let client: RawClient | undefined
    try {
      client = await RawClient.connect({ port: this.#port })
      return await work(client)
    } catch {
      return false
    } finally {
      client?.close()
    }
  }
}

describe.skipIf(!requireTool('go'))('a broker that is killed under load', () => {
  let broker: Broker
  let loads: Load[] = []
  let churn: Churn | undefined

  afterEach(async () => {
    await churn?.end()
    await Promise.all(loads.map(({ child }) => child.kill()))
    await broker?.stop()
  })

  test(
    `keeps, in ${rounds} rounds of kill -9, every record and every commit that it acknowledged`,
    async () => {
      const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
      await installOnce('crash', sources.join('\n'), async () => {
        await run('go', ['build', '-o', program, '.'], { cwd: folder })
      })
      const random = randomFrom(seed)
      broker = await startBroker()
      for (const { topic, partitions } of loadedTopics) await adminOf(broker.bootstrap).createTopic(topic, partitions)
      loads = loadedTopics.map((topic) => new Load(broker.bootstrap, topic))
      churn = new Churn(broker.port)
      let state: Answer = { acknowledged: 0, commits: 0, read: 0, violations: [] }
      for (let round = 1; round <= rounds; round++) {
        // Every fourth crash follows at once on the start: what a start recovers must survive the next crash as well.
        if (round % 4 !== 0) {
          state = await advance(loads, state, { records: 4_000, commits: 10 })
          await pause(random() * 300) // the moment is what the seed decides, no test depends on its length
        }
        await broker.kill9()
        state = await askAll(loads, 'status')
        await broker.restart()
        const verified = await askAll(loads, 'verify')
        await churn.verify()
        expect(verified.read, `round ${round}, seed ${seed}`).toBeGreaterThanOrEqual(state.acknowledged)
      }
      // And once in an orderly way, to see that what crashes left behind does not disturb a clean stop.
      expect(await broker.terminate()).toBe(broker.target === 'kafka' ? 143 : 0)
      await broker.restart()
      state = await advance(loads, state, { records: 1_000, commits: 3 })
      await churn.end()
      state = await askAll(loads, 'finish')
      expect(state.read, `seed ${seed}`).toBe(state.acknowledged)
      console.info(
        `${state.acknowledged} records and ${state.commits} commits survived ${rounds} crashes, ${churn.deleted.size} topics deleted, seed ${seed}`,
      )
    },
    rounds * 20_000 + 300_000,
  )
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
