import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Cluster } from '../../../src/client/cluster/cluster.ts'
import { metadataImage } from '../../../src/client/cluster/metadata-image.ts'
import type { Commits, OffsetToCommit } from '../../../src/client/consumer/commit/commits.ts'
import type { ConsumerRecord } from '../../../src/client/consumer/fetch/consumer-record.ts'
import { FetchQueue } from '../../../src/client/consumer/fetch/fetch-queue.ts'
import { readBatches } from '../../../src/client/consumer/fetch/read-batches.ts'
import { GroupHost, processedOffsets } from '../../../src/client/consumer/group-host.ts'
import { BatchIterator } from '../../../src/client/consumer/iterate/batches.ts'
import { Delivery } from '../../../src/client/consumer/iterate/delivery.ts'
import { PartitionStreams } from '../../../src/client/consumer/iterate/partition-streams.ts'
import { Poller } from '../../../src/client/consumer/iterate/poll.ts'
import { RecordIterator } from '../../../src/client/consumer/iterate/record-iterator.ts'
import { Runner } from '../../../src/client/consumer/iterate/run.ts'
import { skip } from '../../../src/client/consumer/on-error.ts'
import type { PartitionState } from '../../../src/client/consumer/partition-state.ts'
import { Subscription } from '../../../src/client/consumer/subscription.ts'
import { bytes, type Deserializer } from '../../../src/client/serdes/index.ts'
import { silentLogger } from '../../../src/platform/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'
import { encodeBatch } from '../../../src/wire/index.ts'

const TOPIC = 't'
const PARTITIONS = 3

/** Offsets that a partition's log has: compaction has left holes, also at the ends of batches. */
const LOG: readonly (readonly bigint[])[] = [
  [0n, 1n, 2n],
  [3n, 5n],
  [8n],
  [10n, 11n, 12n, 13n],
  [20n],
  [21n, 22n, 23n, 24n, 25n, 26n],
]
/** Cannot be decoded, and are left out by the policy: at the beginning, in the middle and at the end of batches. */
const POISON: ReadonlySet<bigint> = new Set([5n, 11n, 12n, 20n, 26n])
const OFFSETS = LOG.flat().filter((offset) => !POISON.has(offset))
const END = 30n
const BATCHES = LOG.map((offsets) =>
  encodeBatch({
    baseOffset: offsets[0]!,
    lastOffsetDelta: Number(offsets.at(-1)! - offsets[0]!) + (offsets.length === 2 ? 2 : 0),
    records: offsets.map((offset) => ({
      timestamp: 0,
      key: Buffer.from(String(offset % 3n)),
      value: null,
      offsetDelta: Number(offset - offsets[0]!),
    })),
  }),
)
const LAST_OFFSETS = BATCHES.map((batch) => batch.readBigInt64BE(0) + BigInt(batch.readInt32BE(23)))
const firstFrom = (offset: bigint): bigint | undefined => OFFSETS.find((one) => one >= offset)

/** Some fail at once, some later. */
const poisonous: Deserializer<Buffer | null> = {
  deserialize(bytes, { offset }) {
    if (!POISON.has(offset)) return offset % 4n === 0n ? later(offset).then(() => bytes) : bytes
    if (offset % 2n === 0n) throw new Error('poison')
    return later(offset).then(() => Promise.reject(new Error('poison')))
  },
}

/** Some long enough for other commands to come in between. */
async function later(offset: bigint): Promise<void> {
  if (offset % 3n !== 0n) for (let i = 0; i < 8; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}

type Command =
  | { readonly do: 'ask' | 'break' | 'commit' | 'crash' | 'revive' }
  | {
      readonly do: 'fetch' | 'pause' | 'resume' | 'revoke' | 'lose' | 'assign'
      readonly partition: number
      readonly count: number
    }
  | { readonly do: 'answer' | 'finish'; readonly index: number }
  | { readonly do: 'seek'; readonly partition: number; readonly offset: bigint }

const partition = fc.nat(PARTITIONS - 1)
const onPartition = fc.record({
  do: fc.constantFrom(
    'fetch',
    'fetch',
    'fetch',
    'fetch',
    'pause',
    'resume',
    'resume',
    'revoke',
    'lose',
    'assign',
    'assign',
  ),
  partition,
  count: fc.integer({ min: 1, max: 3 }),
})
const command = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('ask') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('break') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('commit') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash') }) },
  { weight: 12, arbitrary: onPartition },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('answer', 'finish'), index: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('seek'), partition, offset: fc.bigInt({ min: 0n, max: END }) }) },
) as fc.Arbitrary<Command>

interface InFlight {
  readonly state: PartitionState
  readonly seeks: number
  readonly fetchOffset: bigint
  readonly records: Buffer
}

/** The application's view of one partition, kept beside the consumer. */
interface Told {
  /** Everything the log has from here on is to come, but for `early`. */
  next: bigint
  /** With concurrency: came before one of a smaller offset that waits for its key. */
  readonly early: Set<bigint>
  /** Given and not processed. */
  readonly inHand: Set<bigint>
  revoking: boolean
  readonly lost: AbortController
  seeks: number
}

/** What the application has of one partition, given together. */
interface Current {
  readonly partition: number
  readonly offsets: readonly bigint[]
  readonly told: Told
}

/** A loop of the application: asks for records, has some, asks again. */
interface Loop {
  next(): Promise<readonly ConsumerRecord[] | undefined>
  /** Leaves what it has unprocessed, and begins anew; undefined where a way to consume has nothing of the kind. */
  readonly restart: (() => Promise<void>) | undefined
  current: readonly Current[]
  isAsking: boolean
}

type FaceName = 'records' | 'batches' | 'partitions' | 'poll' | 'run'

/** One consumer without its network: queue, delivery, rebalances and one face; commits survive its crash. */
class World {
  readonly committed = new Map<number, bigint>()
  readonly clock = new VirtualClock()
  readonly problems: string[] = []
  #told = new Map<number, Told>()
  #subscription!: Subscription
  #queue!: FetchQueue<Buffer | null, Buffer | null>
  #delivery!: Delivery<Buffer | null, Buffer | null>
  #host!: GroupHost
  #inFlight: InFlight[] = []
  #handlers: (() => void)[] = []
  #life = 0
  #loops: Loop[] = []
  #turn = 0
  readonly #face: FaceName

  constructor(face: FaceName) {
    this.#face = face
    this.begin()
  }

  begin(): void {
    const life = ++this.#life
    this.#told = new Map()
    this.#inFlight = []
    this.#handlers = []
    this.#loops = []
    this.#subscription = new Subscription()
    this.#subscription.subscribe(TOPIC)
    this.#queue = new FetchQueue(
      { key: bytes(), value: poisonous },
      { readable: () => this.#delivery.notify(), drained: () => {} },
    )
    const group = { clientId: 'c', groupId: 'g', maxPollIntervalMs: 1e9 }
    const host = { polled() {}, waiting() {}, producer: () => undefined as never, ...group }
    this.#delivery = new Delivery({ clock: this.clock, subscription: this.#subscription, queue: this.#queue, host })
    const commits = {
      startAutoCommit() {},
      autoCommitNow: async (partitions: readonly PartitionState[]) => {
        if (life === this.#life) this.#commit(processedOffsets(this.#delivery, partitions))
      },
    } as unknown as Commits
    this.#host = new GroupHost({
      cluster: { metadata: metadataImage({}), logger: silentLogger, clock: this.clock } as unknown as Cluster,
      subscription: this.#subscription,
      delivery: this.#delivery,
      commits: () => commits,
      commit: async () => {},
      groupId: 'g',
      maxPollIntervalMs: 1e9,
      listener: () => undefined,
      tools: {} as never,
      assignmentChanged: () => this.#delivery.notify(),
      mayBlock() {},
      quietMs: () => 1e9,
    })
    this.#open()
  }

  async do(command: Command): Promise<void> {
    switch (command.do) {
      case 'ask':
        this.#ask()
        break
      case 'break':
        await this.#break()
        break
      case 'commit':
        this.#commit(processedOffsets(this.#delivery, this.#subscription))
        break
      case 'crash':
      case 'revive':
        this.begin()
        break
      case 'fetch':
        this.#fetch(command.partition, command.count)
        break
      case 'answer':
        this.#answer(command.index)
        break
      case 'finish':
        this.#handlers.splice(command.index % Math.max(1, this.#handlers.length), 1)[0]?.()
        break
      case 'seek':
        this.#seek(command.partition, command.offset)
        break
      case 'pause':
        this.#subscription.get(TOPIC, command.partition)?.pause()
        break
      case 'resume':
        this.#subscription.get(TOPIC, command.partition)?.resume()
        this.#delivery.notify()
        break
      case 'revoke':
      case 'lose':
        this.#revoke(command.partition, command.do)
        break
      case 'assign':
        await this.#assign(command.partition)
        break
    }
    for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve))
    this.#check()
  }

  /** What must hold after each command. */
  #check(): void {
    for (const { topic: _topic, partition, offset } of processedOffsets(this.#delivery, this.#subscription)) {
      const told = this.#told.get(partition)
      if (told !== undefined) this.#checkOffset('would be committed', partition, offset, told)
    }
  }

  #checkOffset(what: string, partition: number, offset: bigint, { next, inHand }: Told): void {
    const unprocessed = [...inHand, firstFrom(next) ?? END].reduce((a, b) => (a < b ? a : b))
    if (offset > unprocessed) this.problems.push(`${partition}: ${offset} ${what}, and ${unprocessed} is not processed`)
  }

  #open(): void {
    switch (this.#face) {
      case 'records':
        return this.#openRecords()
      case 'batches':
        return this.#openBatches()
      case 'partitions':
        return this.#openPartitions()
      case 'poll':
        return this.#openPoll()
      case 'run':
        return this.#openRun()
    }
  }

  #loop(next: Loop['next'], restart?: Loop['restart']): Loop {
    const loop = { next, restart, current: [], isAsking: false }
    this.#loops.push(loop)
    return loop
  }

  #openRecords(): void {
    let records = new RecordIterator(this.#delivery, skip(), undefined)
    const next = async () => [(await records.next()).value]
    this.#loop(next, async () => {
      await records.return()
      records = new RecordIterator(this.#delivery, skip(), undefined)
    })
  }

  #openBatches(): void {
    const open = () => new BatchIterator(this.#delivery, skip(), undefined, async () => {})
    let batches = open()
    const next = async () => (await batches.next()).value.records
    this.#loop(next, async () => {
      await batches.return()
      batches = open()
    })
  }

  #openPoll(): void {
    const poller = new Poller(this.#delivery)
    this.#loop(() => poller.poll({ timeoutMs: 1e9, max: 5, policy: skip(), signal: undefined }))
  }

  /** A loop for each stream; some take records, some batches. */
  #openPartitions(): void {
    const life = this.#life
    const common = { delivery: this.#delivery, policy: skip(), signal: undefined, commit: async () => {} }
    const streams = new PartitionStreams(common)
    const follow = async (): Promise<void> => {
      for await (const stream of streams) {
        if (life !== this.#life) return
        const isByRecord = stream.partition !== 1
        const open = () => (isByRecord ? stream.records() : stream.batches())
        let reader = open()
        const next = async (): Promise<readonly ConsumerRecord[] | undefined> => {
          const { value, done } = await reader.next()
          if (done !== true) return 'records' in value ? value.records : [value]
          this.#loops = this.#loops.filter((one) => one !== loop)
          return undefined
        }
        const loop = this.#loop(next, async () => {
          await reader.return!()
          reader = open()
        })
      }
    }
    follow().catch((error) => this.problems.push(String(error)))
  }

  #openRun(): void {
    const delivery = this.#delivery
    const life = this.#life
    const runner = new Runner(delivery, skip(), {
      concurrency: 3,
      order: 'key',
      handler: (record) =>
        new Promise<void>((resolve) => {
          if (life !== this.#life) return resolve()
          this.#given(record.partition, [record.offset])
          const told = this.#told.get(record.partition)
          const seeks = told?.seeks
          this.#handlers.push(() => {
            if (told?.seeks === seeks) told?.inHand.delete(record.offset)
            resolve()
          })
        }),
    })
    runner.run().catch((error) => this.problems.push(String(error)))
  }

  /** The application has done with what one of its loops has, and asks for more. */
  #ask(): void {
    const loop = this.#loops[this.#turn++ % Math.max(1, this.#loops.length)]
    if (loop === undefined || loop.isAsking) return
    for (const { offsets, told } of loop.current) for (const offset of offsets) told.inHand.delete(offset)
    loop.current = []
    loop.isAsking = true
    const life = this.#life
    loop.next().then(
      (records = []) => {
        if (life !== this.#life) return
        loop.isAsking = false
        const byPartition = new Map<number, bigint[]>()
        for (const { partition, offset } of records)
          byPartition.set(partition, [...(byPartition.get(partition) ?? []), offset])
        loop.current = Array.from(byPartition, ([partition, offsets]) => {
          const told = this.#given(partition, offsets)
          return told === undefined ? [] : [{ partition, offsets, told }]
        }).flat()
      },
      (error) => this.problems.push(String(error)),
    )
  }

  async #break(): Promise<void> {
    const loop = this.#loops[this.#turn++ % Math.max(1, this.#loops.length)]
    if (loop?.restart === undefined || loop.isAsking) return
    for (const { offsets, told } of loop.current) {
      if (told.inHand.size > 0) told.next = offsets[0]!
      told.inHand.clear()
    }
    loop.current = []
    await loop.restart()
  }

  #given(partition: number, offsets: readonly bigint[]): Told | undefined {
    const told = this.#told.get(partition)
    if (told === undefined) {
      this.problems.push(`${partition}: ${offsets} although it is not assigned`)
      return undefined
    }
    if (told.revoking) this.problems.push(`${partition}: ${offsets} although it is being revoked`)
    for (const offset of offsets) {
      const wanted = firstFrom(told.next)
      told.inHand.add(offset)
      if (offset !== wanted) {
        if (this.#face !== 'run') this.problems.push(`${partition}: ${offset} came, and ${wanted} was next`)
        if (told.early.has(offset) || offset < told.next) this.problems.push(`${partition}: ${offset} came twice`)
        told.early.add(offset)
        continue
      }
      told.next = offset + 1n
      for (
        let next = firstFrom(told.next);
        next !== undefined && told.early.delete(next);
        next = firstFrom(told.next)
      ) {
        told.next = next + 1n
      }
    }
    return told
  }

  #commit(offsets: readonly OffsetToCommit[]): void {
    for (const { partition, offset } of offsets) {
      const told = this.#told.get(partition)
      if (told !== undefined) this.#checkOffset('was committed', partition, offset, told)
      this.committed.set(partition, offset)
    }
  }

  #fetch(partition: number, count: number): void {
    const state = this.#subscription.get(TOPIC, partition)
    if (state === undefined || !state.isFetchable || this.#inFlight.some((fetch) => fetch.state === state)) return
    const fetchOffset = this.#queue.buffer(state).nextFetchOffset!
    const first = LAST_OFFSETS.findIndex((last) => last >= fetchOffset)
    if (first < 0) return
    const records = Buffer.concat(BATCHES.slice(first, first + count))
    this.#inFlight.push({ state, seeks: state.seeks, fetchOffset, records })
  }

  /** As the fetcher deals with answers. */
  #answer(index: number): void {
    const [fetch] = this.#inFlight.splice(index % Math.max(1, this.#inFlight.length), 1)
    if (fetch === undefined) return
    const { state, seeks, fetchOffset, records } = fetch
    if (!this.#subscription.has(state) || state.seeks !== seeks) return
    if (this.#queue.buffer(state).nextFetchOffset !== fetchOffset) return
    const fetched = readBatches(records, { fetchOffset, aborted: null, checkCrcs: true })
    if (fetched.nextOffset > fetchOffset) this.#queue.append(state, fetched, records.length)
  }

  #seek(partition: number, offset: bigint): void {
    const told = this.#told.get(partition)
    const state = this.#subscription.get(TOPIC, partition)
    if (told === undefined || told.revoking || state === undefined) return
    for (const loop of this.#loops) loop.current = loop.current.filter((one) => one.partition !== partition)
    told.inHand.clear()
    told.early.clear()
    told.next = offset
    told.seeks++
    state.seek(offset)
    this.#delivery.notify()
  }

  #revoke(partition: number, how: 'revoke' | 'lose'): void {
    const told = this.#told.get(partition)
    // Whoever waits for a handler before it gives up can be put out meanwhile.
    if (how === 'lose') told?.lost.abort('test')
    if (told === undefined || told.revoking) return
    told.revoking = true
    const life = this.#life
    const list = [{ topic: TOPIC, partition }]
    const done = how === 'revoke' ? this.#host.revoked(list, 'test', told.lost.signal) : this.#host.lost(list, 'test')
    done.then(
      () => {
        if (life === this.#life) this.#told.delete(partition)
      },
      (error) => this.problems.push(String(error)),
    )
  }

  async #assign(partition: number): Promise<void> {
    if (this.#told.has(partition)) return
    const start = this.committed.get(partition) ?? 0n
    this.#told.set(partition, {
      next: start,
      early: new Set(),
      inHand: new Set(),
      revoking: false,
      seeks: 0,
      lost: new AbortController(),
    })
    await this.#host.assigned([{ topic: TOPIC, partition }])
    this.#subscription.get(TOPIC, partition)!.seek(start)
    this.#delivery.notify()
  }
}

test.each([
  'records',
  'batches',
  'partitions',
  'poll',
  'run',
] as const)('whatever comes between, %s skips no record, gives none of a revoked partition, and commits nothing unprocessed', async (face) => {
  const seed = Number(process.env.SEED ?? Math.trunc(Math.random() * 2 ** 31))
  const runs = process.env.KOHORT_FULL === '1' ? 3000 : 300
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 80, size: 'max' }), async (commands) => {
      const world = new World(face)
      for (const one of commands) {
        await world.do(one)
        expect(world.problems).toEqual([])
      }
    }),
    { seed, numRuns: runs },
  )
}, 120_000)

test.each([
  'records',
  'batches',
  'partitions',
  'poll',
  'run',
] as const)('%s: a seek counts that comes while a record is decoded that then fails', async (face) => {
  const world = new World(face)
  const commands: Command[] = [
    { do: 'assign', partition: 1, count: 1 },
    { do: 'seek', partition: 1, offset: 5n },
    { do: 'fetch', partition: 1, count: 1 },
    { do: 'answer', index: 0 },
    { do: 'ask' },
    { do: 'seek', partition: 1, offset: 0n },
    ...Array<Command>(4).fill({ do: 'resume', partition: 1, count: 1 }),
    { do: 'fetch', partition: 1, count: 3 },
    { do: 'answer', index: 0 },
    { do: 'ask' },
  ]
  for (const one of commands) await world.do(one)
  expect(world.problems).toEqual([])
})
