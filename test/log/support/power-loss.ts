import assert from 'node:assert/strict'
import {
  type DiskLogStore,
  type FlushMode,
  type LogConfig,
  type LogIdentity,
  openDiskLogStore,
  type PartitionLog,
} from '../../../src/log/index.ts'
import { type Logger, silentLogger } from '../../../src/platform/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'
import { encodeBatch, iterateBatches, RecordCursor } from '../../../src/wire/index.ts'
import { defaultConfig, identityOf } from './batches.ts'
import { headersIn } from './keyed.ts'
import { Random } from './random.ts'
import { SimulatedDisk, type SimulatedDiskOptions } from './simulated-disk.ts'

/** A batch that was handed to `append`, whatever became of it. */
interface Sent {
  readonly index: number
  /** Of a tombstone a name: `~` and its number, which its timestamp tells. */
  readonly values: readonly string[]
  /** One a value in compacted topics, none in others. */
  readonly keys: readonly string[]
  readonly leaderEpoch: number
  readonly producer: { readonly producerId: bigint; readonly baseSequence: number } | undefined
}

/** What a partition must be after a crash. */
class PartitionModel {
  readonly identity: LogIdentity
  readonly sent: Sent[] = []
  readonly byValue = new Map<string, Sent>()
  /** Offset to value: acknowledged as durable, or seen by a consumer. */
  readonly kept = new Map<number, string>()
  logStartKept = 0
  logStartAsked = 0
  /** Lowest offset that a truncation without an answer may have cut to. */
  isTruncated = false
  hasBeenTruncated = false
  /** A truncation has been asked for and not answered by this process. */
  isTruncating = false
  drop: 'no' | 'asked' | 'done' = 'no'

  constructor(identity: LogIdentity) {
    this.identity = identity
  }

  send(sent: Omit<Sent, 'index'>): Sent {
    const entry = { ...sent, index: this.sent.length }
    this.sent.push(entry)
    for (const value of sent.values) this.byValue.set(value, entry)
    return entry
  }

  get isCompacted(): boolean {
    return COMPACTED.includes(this.identity.topic)
  }

  keep(offset: number, value: string): void {
    const before = this.kept.get(offset)
    assert.ok(
      before === undefined || before === value,
      `${this.name} had ${short(before)} at ${offset}, now ${short(value)}`,
    )
    this.kept.set(offset, value)
  }

  forgetFrom(offset: number): void {
    this.isTruncated = true
    this.hasBeenTruncated = true
    for (const known of [...this.kept.keys()]) if (known >= offset) this.kept.delete(known)
  }

  get name(): string {
    return `${this.identity.topic}-${this.identity.partition} (${this.identity.topicId})`
  }
}

/** What a run did, so that a test can see that it did something. */
export interface SimulationCounts {
  crashes: number
  records: number
  coldStarts: number
  cleanStops: number
  storageErrors: number
  cleanings: number
  damages: number
}

/** KOHORT_TRACE=1 with KOHORT_SEED tells what happened. */
const tracing = process.env.KOHORT_TRACE === '1'
const trace = (...what: unknown[]): void => {
  if (tracing) console.log(...what)
}
const traceLogger: Logger = {
  debug: (_, message) => trace('  ', message),
  info: (_, message) => trace('  ', message),
  warn: (_, message) => trace('  ', message),
  error: (fields, message) => trace('  ', message, fields),
}

function short(value: string | undefined): string | undefined {
  return value?.replace(/\.+$/, '')
}

const NAMES = ['a', 'b', 'c', 'd']
const COMPACTED = ['c', 'd']
const KEYS = ['k1', 'k2', 'k3', 'k4', 'k5']
const FIRST_MS = 1_700_000_000_000
const PRODUCERS = [1n, 2n, 3n]

const plainConfig: LogConfig = { ...defaultConfig, segmentBytes: 2000, indexIntervalBytes: 200, retentionMs: -1 }
const compactedConfig: LogConfig = {
  ...plainConfig,
  segmentBytes: 400,
  cleanupPolicy: ['compact'],
  minCleanableDirtyRatio: 0,
  deleteRetentionMs: 40_000,
  maxCompactionLagMs: 60_000,
}

/**
 * One random life of a data folder: several processes, one after another, each doing random work until it dies at some call of the disk
 * (or stops cleanly), and after each death everything that was promised is looked for.
 */
export async function simulatePowerLoss(seed: number): Promise<SimulationCounts> {
  return new Simulation(seed).run()
}

class Simulation {
  readonly #random: Random
  readonly #flush: FlushMode
  /** Some runs have one compacted partition alone, which is cleaned again and again. */
  readonly #isAboutCleaning: boolean
  readonly #clock = new VirtualClock()
  readonly #models = new Map<string, PartitionModel>()
  /** The present incarnation of each name. */
  readonly #topicNumbers = new Map<string, number>(NAMES.map((name, i) => [name, i + 1]))
  #nextTopicNumber = 100
  #leaderEpoch = 0
  #nextValue = 0
  #disk: SimulatedDisk
  /** One of the two checkpoints, until a start has mended it from the other. */
  #damagedCheckpoint: string | undefined
  readonly counts: SimulationCounts = {
    crashes: 0,
    records: 0,
    coldStarts: 0,
    cleanStops: 0,
    storageErrors: 0,
    cleanings: 0,
    damages: 0,
  }

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#flush = this.#random.chance(0.7) ? 'fsync' : this.#random.pick(['interval', 'none'])
    this.#isAboutCleaning = this.#random.chance(0.3)
    this.#disk = new SimulatedDisk(this.#diskOptions())
  }

  async run(): Promise<SimulationCounts> {
    const lives = 2 + this.#random.below(4)
    for (let life = 0; life < lives; life++) {
      await this.#live()
      // Under other modes than fsync a power cut may take what was promised; a killed process must lose nothing.
      const isPowerCut = this.#random.chance(0.7)
      trace(isPowerCut ? 'power cut' : 'process death', 'after', this.#disk.calls, 'calls, flush', this.#flush)
      this.#disk = isPowerCut ? this.#disk.powerCut(this.#diskOptions()) : this.#disk.processDeath(this.#diskOptions())
      if (isPowerCut && this.#flush !== 'fsync') for (const model of this.#models.values()) model.forgetFrom(0)
      if (isPowerCut && this.#flush !== 'fsync') this.#forgetPromises()
      await this.#damage()
    }
    this.#disk = this.#disk.processDeath({ random: this.#random })
    await this.#race(
      this.#disk,
      this.#open().then((store) => this.#check(store).then(() => store.close())),
    )
    return this.counts
  }

  /** What can be made anew while nothing runs: one of the two checkpoints is gone or has a flipped bit, or an index. */
  async #damage(): Promise<void> {
    if (this.#random.chance(0.7)) return
    const disk = this.#disk.processDeath({ random: this.#random })
    await this.#damageOn(disk)
    this.#disk = disk.processDeath(this.#diskOptions())
  }

  async #damageOn(disk: SimulatedDisk): Promise<void> {
    const folders = (await disk.list('/data')).filter((name) => /-\d+$/.test(name)).sort()
    const folder = folders.length === 0 ? '' : `/data/${this.#random.pick(folders)}`
    const indexes = (await disk.list(folder)).filter((name) => /index$/.test(name)).sort()
    const checkpoints = ['/data/checkpoint', '/data/wal/checkpoint']
    const isIndex = indexes.length > 0 && this.#random.chance(0.5)
    const path = isIndex ? `${folder}/${this.#random.pick(indexes)}` : this.#random.pick(checkpoints)
    // A process that died between the two, or made neither, leaves the other one nothing to be mended from.
    const sizes = await Promise.all((isIndex ? [path] : checkpoints).map((one) => disk.size(one)))
    if (sizes.some((size) => size === undefined || size === 0)) return
    if (!isIndex && this.#damagedCheckpoint !== undefined) return
    if (!isIndex) this.#damagedCheckpoint = path
    this.counts.damages++
    trace('damage', path)
    if (this.#random.chance(0.3)) {
      await disk.remove(path)
      // So that a power cut does not bring it back.
      await disk.syncDirectory(path.slice(0, path.lastIndexOf('/')))
      return
    }
    disk.tamper(path, (bytes) => {
      bytes[this.#random.below(bytes.length)]! ^= 1 << this.#random.below(8)
      return bytes
    })
  }

  #forgetPromises(): void {
    for (const model of this.#models.values()) {
      model.logStartKept = 0
      if (model.drop === 'done') model.drop = 'asked'
    }
  }

  #diskOptions(): SimulatedDiskOptions {
    const dieAtCall = this.#random.chance(0.9)
      ? 1 + this.#random.below(this.#random.pick(this.#isAboutCleaning ? [200, 1000, 3000] : [40, 200, 600]))
      : undefined
    return {
      random: this.#random,
      ...(dieAtCall === undefined ? {} : { dieAtCall }),
      noSpaceChance: this.#random.chance(0.3) ? 0.05 : 0,
      syncFailChance: this.#random.chance(0.1) ? 0.02 : 0,
    }
  }

  #open(): Promise<DiskLogStore> {
    const disk = this.#disk
    return openDiskLogStore({
      directory: '/data',
      disk,
      clock: this.#clock,
      logger: {
        ...(tracing ? traceLogger : silentLogger),
        info: (fields, message) => {
          if (message.startsWith('cleaned')) this.counts.cleanings++
          traceLogger.info(fields, message)
        },
      },
      cleaner: {
        backoffMs: this.#random.pick([50, 50, 5000]),
        dedupeBufferBytes: this.#random.pick([24 * 4, 100_000]),
        loadFactor: 0.9,
        ioBufferBytes: 1000,
        ioBytesPerSecondMax: Number.MAX_VALUE,
      },
      flush: this.#flush,
      onFatal: () => disk.die(),
      producerIdExpirationMs: Number.MAX_SAFE_INTEGER,
      limits: {
        walSegmentBytes: 4096,
        walGroupBytes: this.#random.pick([1000, 100_000]),
        walWriteNowBytes: this.#random.pick([0, 500, 100_000]),
        walCheckpointBytes: this.#random.pick([4096, 20_000, 1_000_000]),
        walBytesMax: 40_000,
        checkpointIntervalMs: this.#isAboutCleaning ? 100 : this.#random.pick([200, 30_000]),
        tailBytes: this.#random.pick([0, 1_000_000]),
        writeBehindBytes: this.#random.pick([0, 2000, 1_000_000]),
        dirtyBytesMax: 8000,
        openFiles: 4,
        cleanStopMs: this.#random.pick([2_500, 2_500, -1]),
      },
    })
  }

  /** One process: opens, checks, works, and ends by death or a clean stop. */
  async #live(): Promise<void> {
    const disk = this.#disk
    const opened = await this.#race(disk, this.#opened())
    if (opened === undefined) {
      this.counts.crashes++
      return
    }
    trace('opened')
    this.#damagedCheckpoint = undefined
    const checked = await this.#race(
      disk,
      this.#check(opened).then(() => true),
    )
    if (checked === undefined) {
      this.counts.crashes++
      return
    }
    this.#leaderEpoch++
    opened.setLeaderEpoch(this.#leaderEpoch)
    const actors = Array.from({ length: 1 + this.#random.below(5) }, () => this.#act(opened, disk))
    const finished = await this.#race(
      disk,
      Promise.all(actors).then(() => true),
    )
    if (finished === undefined || this.#random.chance(0.3)) {
      this.counts.crashes++
      return
    }
    await this.#race(disk, opened.close())
    trace('closed', !disk.isDead)
    if (!disk.isDead) this.counts.cleanStops++
  }

  /** Waits for `work` or death. While nothing happens time goes on, as it does; when that does not help either, something hangs. */
  async #race<T>(disk: SimulatedDisk, work: Promise<T>): Promise<T | undefined> {
    let isOver = false
    const watch = async (): Promise<never> => {
      let calls = -1
      for (let idleTurns = 0; idleTurns < 20_000; idleTurns++) {
        await new Promise((resolve) => setImmediate(resolve))
        if (isOver || disk.isDead) return new Promise<never>(() => {})
        if (disk.calls !== calls) idleTurns = 0
        calls = disk.calls
        if (idleTurns % 200 === 199) this.#clock.advance(1000)
      }
      throw new Error('everything hangs')
    }
    try {
      return await Promise.race([disk.died.then(() => undefined), work, watch()])
    } finally {
      isOver = true
    }
  }

  /** An injected fault may make the open itself fail: that is a death too. */
  async #opened(): Promise<DiskLogStore | undefined> {
    try {
      return await this.#open()
    } catch (error) {
      const { code } = error as { code?: string }
      assert.ok(code === 'NO_SPACE' || code === 'IO', `the store does not open: ${error}`)
      return undefined
    }
  }

  async #act(store: DiskLogStore, disk: SimulatedDisk): Promise<void> {
    const steps = 5 + this.#random.below(this.#isAboutCleaning ? 80 : 40)
    for (let step = 0; step < steps && !disk.isDead; step++) {
      let dice = this.#random.below(this.#isAboutCleaning ? 300 : 100)
      // What takes the log away is rare there.
      if (this.#isAboutCleaning && dice >= 78 && dice < 86 && this.#random.chance(0.9)) dice = 0
      if (dice < 60 || (dice >= 100 && dice < 250)) await this.#append(store)
      else if (dice < 78) await this.#read(store)
      else if (dice < 82) await this.#deleteRecords(store)
      else if (dice < 84) await this.#truncate(store)
      else if (dice < 86) await this.#recreate(store)
      else if (dice < 92 || dice >= 250) await this.#wait()
      else await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Time goes on, and sometimes what goes on in the background has the time for it. */
  async #wait(): Promise<void> {
    this.#clock.advance(this.#random.pick(this.#isAboutCleaning ? [100, 100, 10_000] : [100, 1000, 31_000]))
    if (!this.#random.chance(this.#isAboutCleaning ? 0.5 : 0.1)) return
    for (let turns = this.#random.below(60); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
  }

  #pick(store: DiskLogStore): { readonly model: PartitionModel; readonly log: PartitionLog } {
    const name = this.#isAboutCleaning ? COMPACTED[0]! : this.#random.pick(NAMES)
    const partition = this.#isAboutCleaning ? 0 : this.#random.below(2)
    const identity = identityOf(name, partition, this.#topicNumbers.get(name)!)
    const key = `${identity.topicId}:${identity.partition}`
    let model = this.#models.get(key)
    if (model === undefined) {
      model = new PartitionModel(identity)
      this.#models.set(key, model)
    }
    return {
      model,
      log: store.open(identity, model.isCompacted ? compactedConfig : plainConfig),
    }
  }

  async #append(store: DiskLogStore): Promise<void> {
    const first = this.#pick(store)
    const second = this.#pick(store)
    const targets = this.#random.chance(0.2) && second.model !== first.model ? [first, second] : [first]
    const sends = targets.map(({ model, log }) => ({ model, log, ...this.#batch(model, log) }))
    const ack = this.#random.chance(0.7) ? 'durable' : 'written'
    for (const { sent, model } of sends)
      trace('append', model.name, sent.values.map(short), sent.producer?.baseSequence)
    const outcome = await store.append(
      sends.map(({ log, batches }) => ({ log, batches })),
      ack,
    )
    if (outcome.errorCode !== 'NONE') {
      if (outcome.errorCode === 'KAFKA_STORAGE_ERROR') this.counts.storageErrors++
      return
    }
    trace(
      'appended',
      sends.map(({ sent }) => short(sent.values[0])),
      outcome.appended.map(({ baseOffset }) => baseOffset),
    )
    if (ack === 'written') return
    sends.forEach(({ model, sent }, i) => {
      const { baseOffset, duplicate } = outcome.appended[i]!
      assert.equal(duplicate, false)
      if (model.isTruncated) return
      sent.values.forEach((value, delta) => {
        model.keep(Number(baseOffset) + delta, value)
      })
    })
    // Sent again, the last of them must be known.
    const last = sends[sends.length - 1]!
    if (last.sent.producer === undefined || this.#random.chance(0.7)) return
    const again = await store.append([{ log: last.log, batches: last.again }], 'durable')
    if (again.errorCode !== 'NONE' || !again.appended[0]!.duplicate || last.model.isTruncated) return
    assert.equal(again.appended[0]!.baseOffset, outcome.appended[sends.length - 1]!.baseOffset)
  }

  #batch(
    model: PartitionModel,
    log: PartitionLog,
  ): { readonly sent: Sent; readonly batches: Buffer; readonly again: Buffer } {
    const size = this.#random.pick(model.isCompacted ? [5, 50] : [5, 50, 600])
    const ids = Array.from({ length: 1 + this.#random.below(3) }, () => this.#nextValue++)
    const keys = model.isCompacted ? ids.map(() => this.#random.pick(KEYS)) : []
    const values = ids.map((id) =>
      model.isCompacted && this.#random.chance(0.2) ? `~${id}` : `${id}`.padEnd(size, '.'),
    )
    const producerId = this.#random.chance(0.5) ? this.#random.pick(PRODUCERS) : undefined
    const known = log.producers().find((producer) => producer.producerId === producerId)
    const baseSequence = known === undefined ? 0 : known.lastSequence + 1
    const producer = producerId === undefined ? undefined : { producerId, baseSequence }
    const sent = model.send({ values, keys, leaderEpoch: this.#leaderEpoch, producer })
    const batch = (): Buffer =>
      encodeBatch({
        ...(producer === undefined ? {} : { ...producer, producerEpoch: 0 }),
        compression: keys.length > 1 && ids[0]! % 4 === 0 ? 'gzip' : 'none',
        records: values.map((value, i) => ({
          timestamp: FIRST_MS + (model.isCompacted ? ids[i]! : 0),
          key: keys[i] === undefined ? null : Buffer.from(keys[i]),
          value: value.startsWith('~') ? null : Buffer.from(value),
        })),
      })
    return { sent, batches: batch(), again: batch() }
  }

  async #read(store: DiskLogStore): Promise<void> {
    const { model, log } = this.#pick(store)
    const end = Number(log.highWatermark)
    const offset = this.#random.below(end + 1)
    const maxBytes = this.#random.pick([1, 300, 100_000])
    const outcome = await log.read({ offset: BigInt(offset), maxBytes, atLeastOneBatch: true, isolation: 0 })
    if (outcome.errorCode !== 'NONE') {
      const isGone = model.drop !== 'no' && outcome.errorCode === 'UNKNOWN_TOPIC_OR_PARTITION'
      const isBelow = BigInt(offset) < log.logStartOffset || model.isTruncated
      assert.ok(isGone || (isBelow && outcome.errorCode === 'OFFSET_OUT_OF_RANGE'), `${outcome.errorCode} at ${offset}`)
      return
    }
    if (model.isTruncated) return
    for (const [at, value] of valuesIn(outcome)) {
      assert.ok(at < end || at < Number(log.highWatermark), 'nothing above the high watermark is shown')
      model.keep(at, value)
    }
  }

  async #deleteRecords(store: DiskLogStore): Promise<void> {
    const { model, log } = this.#pick(store)
    const offset = this.#random.below(Number(log.highWatermark) + 1)
    model.logStartAsked = Math.max(model.logStartAsked, offset)
    const outcome = await log.deleteRecordsBefore(BigInt(offset))
    trace('delete records', model.name, offset, outcome)
    if (outcome.errorCode === 'NONE') model.logStartKept = Math.max(model.logStartKept, Number(outcome.logStartOffset))
  }

  async #truncate(store: DiskLogStore): Promise<void> {
    const { model, log } = this.#pick(store)
    // One at a time: another that is done first lets batches begin at other offsets than those looked up here.
    if (model.isTruncating) return
    model.isTruncating = true
    await this.#truncateAtBatch(model, log)
    model.isTruncating = false
  }

  async #truncateAtBatch(model: PartitionModel, log: PartitionLog): Promise<void> {
    const start = Number(log.logStartOffset)
    const inside = start + this.#random.below(Number(log.highWatermark) - start + 1)
    const outcome = await log.read({ offset: BigInt(inside), maxBytes: 1, atLeastOneBatch: true, isolation: 0 })
    // Where a batch begins: a cut through one would leave a gap, as in Kafka, and gaps could not be told from losses here.
    const first = headersIn(outcome)[0]
    const offset = first === undefined ? inside : Number(first.baseOffset)
    if (offset < Number(log.logStartOffset)) return
    // What replaced a value may be cut after the value has been cleaned away.
    model.forgetFrom(model.isCompacted ? 0 : offset)
    trace('truncate', model.name, offset)
    const { errorCode } = await log.truncateTo(BigInt(offset))
    trace('truncated', model.name, offset, errorCode)
  }

  async #recreate(store: DiskLogStore): Promise<void> {
    const { model, log } = this.#pick(store)
    model.drop = 'asked'
    const { topic } = model.identity
    this.#topicNumbers.set(topic, this.#nextTopicNumber++)
    const others = [...store.logs()].filter(
      ({ identity }) => identity.topicId === model.identity.topicId && identity.partition !== model.identity.partition,
    )
    for (const other of others) this.#modelOf(other).drop = 'asked'
    trace(
      'drop',
      [log, ...others].map(({ identity }) => this.#modelOf({ identity }).name),
    )
    const outcome = await store.drop([log, ...others])
    trace(
      'dropped',
      [log, ...others].map(({ identity }) => this.#modelOf({ identity }).name),
      outcome.errorCode,
    )
    if (outcome.errorCode !== 'NONE') {
      for (const { identity } of [log, ...others]) this.#modelOf({ identity }).drop = 'asked'
      return
    }
    for (const { identity } of [log, ...others]) this.#modelOf({ identity }).drop = 'done'
  }

  #modelOf({ identity }: { readonly identity: LogIdentity }): PartitionModel {
    return this.#models.get(`${identity.topicId}:${identity.partition}`)!
  }

  async #check(store: DiskLogStore): Promise<void> {
    this.counts.coldStarts++
    const logs = new Map([...store.logs()].map((log) => [`${log.identity.topicId}:${log.identity.partition}`, log]))
    for (const key of logs.keys()) assert.ok(this.#models.has(key), `a partition nobody made: ${key}`)
    for (const [key, model] of this.#models) {
      const log = logs.get(key)
      if (model.drop === 'done') assert.equal(log, undefined, `${model.name} was dropped`)
      if (log === undefined) this.#checkAbsent(key, model)
      else await this.#checkPresent(model, log)
    }
  }

  #checkAbsent(key: string, model: PartitionModel): void {
    if (model.drop === 'no') {
      assert.deepEqual([...model.kept], [], `${model.name} is gone`)
      assert.equal(model.logStartKept, 0, `${model.name} is gone with its log start`)
    }
    this.#models.delete(key)
  }

  async #checkPresent(model: PartitionModel, log: PartitionLog): Promise<void> {
    const start = Number(log.logStartOffset)
    const end = Number(log.highWatermark)
    assert.ok(
      start >= model.logStartKept && start <= Math.max(model.logStartAsked, model.logStartKept),
      `${model.name} starts at ${start}`,
    )
    const found = await readEverything(log)
    this.counts.records += found.size
    for (let offset = start; offset < end && !model.isCompacted; offset++)
      assert.ok(found.has(offset), `${model.name} has nothing at ${offset}`)
    for (const [offset, value] of model.kept) {
      assert.ok(offset < end, `${model.name} ends at ${end} and had ${offset}`)
      if (offset < start || (model.isCompacted && !found.has(offset))) continue
      assert.equal(found.get(offset), value, `${model.name} at ${offset}`)
    }
    if (model.isCompacted) checkLastValues(model, found, start)
    let lastIndex = -1
    for (const [offset, value] of found) {
      const sent = model.byValue.get(value)
      assert.ok(sent !== undefined, `${model.name} has a record nobody sent at ${offset}`)
      assert.ok(sent.index >= lastIndex, `${model.name} is out of order at ${offset}`)
      lastIndex = sent.index
      assert.equal(log.epochAt(BigInt(offset)), sent.leaderEpoch, `epoch of ${model.name} at ${offset}`)
    }
    checkProducers(model, log, found, start)
    model.kept.clear()
    model.isTruncated = false
    model.isTruncating = false
    // One that came back because its drop was not durable goes when the newer topic of its name is opened.
    model.drop =
      identityOf('', 0, this.#topicNumbers.get(model.identity.topic)!).topicId === model.identity.topicId
        ? 'no'
        : 'asked'
    model.logStartKept = start
    model.logStartAsked = start
    for (const [offset, value] of found) model.kept.set(offset, value)
  }
}

/** Windows are those of the batches that are there, and of those below the log start that were known to be there. */
function checkProducers(
  model: PartitionModel,
  log: PartitionLog,
  found: ReadonlyMap<number, string>,
  start: number,
): void {
  const present = new Set(found.values())
  // A truncation folds what is left anew, as Kafka's does: producers of whom nothing is left are forgotten.
  // One of an earlier life may be replayed again, behind a log start that came later.
  if (!model.hasBeenTruncated) for (const [offset, value] of model.kept) if (offset < start) present.add(value)
  for (const producerId of PRODUCERS) {
    const batches = model.sent.filter((sent) => sent.producer?.producerId === producerId)
    const last = batches.filter((sent) => sent.values.some((value) => present.has(value))).at(-1)
    if (last === undefined) continue
    const actual = log.producers().find((producer) => producer.producerId === producerId)?.lastSequence ?? -1
    const expected = last.producer!.baseSequence + last.values.length - 1
    assert.ok(
      start > 0 || model.isCompacted ? actual >= expected : actual === expected,
      `${model.name}: producer ${producerId} is at ${actual}, not ${expected}`,
    )
  }
}

/** Of what was kept of a key the last value must be there, unless a tombstone has come. */
function checkLastValues(model: PartitionModel, found: ReadonlyMap<number, string>, start: number): void {
  const last = new Map<string, { readonly offset: number; readonly value: string; readonly index: number }>()
  const tombstones = new Map<string, number>()
  for (const { index, values, keys } of model.sent) {
    values.forEach((value, i) => {
      if (value.startsWith('~')) tombstones.set(keys[i]!, index)
    })
  }
  for (const [offset, value] of [...model.kept, ...found]) {
    const sent = model.byValue.get(value)!
    const key = sent.keys[sent.values.indexOf(value)]!
    if (offset >= start && offset >= (last.get(key)?.offset ?? 0)) last.set(key, { offset, value, index: sent.index })
  }
  for (const [key, { offset, value, index }] of last) {
    if (found.has(offset) || (tombstones.get(key) ?? -1) >= index) continue
    assert.fail(`${model.name} has lost ${short(value)}, the last of ${key}, at ${offset}`)
  }
}

async function readEverything(log: PartitionLog): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  let offset = Number(log.logStartOffset)
  const end = Number(log.highWatermark)
  while (offset < end) {
    const outcome = await log.read({ offset: BigInt(offset), maxBytes: 10_000, atLeastOneBatch: true, isolation: 0 })
    assert.equal(outcome.errorCode, 'NONE', `${log.identity.topic}-${log.identity.partition} at ${offset}`)
    const headers = headersIn(outcome)
    // A truncation may have left a gap before the end, where batches had been cleaned away.
    if (headers.length === 0 && COMPACTED.includes(log.identity.topic)) return found
    assert.ok(headers.length > 0, `nothing at ${offset} below ${end}`)
    for (const [at, value] of valuesIn(outcome)) {
      if (at < offset) continue
      assert.ok(!found.has(at))
      found.set(at, value)
    }
    offset = Number(headers[headers.length - 1]!.lastOffset) + 1
  }
  return found
}

/** Offset and value of each record; of a tombstone its name. */
function valuesIn({ records }: { readonly records: readonly Buffer[] }): [number, string][] {
  const found: [number, string][] = []
  for (const slice of records) {
    for (const header of iterateBatches(slice)) {
      const cursor = new RecordCursor(slice, header.position)
      while (cursor.next())
        found.push([Number(cursor.offset), cursor.value?.toString() ?? `~${cursor.timestamp - FIRST_MS}`])
    }
  }
  return found
}
