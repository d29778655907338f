import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  type CompressionType,
  decodeRecords,
  encodeBatch,
  fetchRequest,
  fetchResponse,
  iterateBatches,
  loadCodecs,
  type RecordToEncode,
} from '../../../src/wire/index.ts'
import { fetchBody, produceTo } from '../../broker/data-plane/support/requests.ts'
import { Random } from '../../log/support/random.ts'
import { RawClient } from '../../support/raw-client.ts'
import { adminOf, type Broker, isFullRun, requireTool, startBroker, type Target, waitUntil } from '../support/index.ts'
import { KafkaTools } from './tools.ts'

const TOPIC = 'tables'
const SEED = Number(process.env.KOHORT_SEED ?? 42)
const BATCHES = 900
/** Fixed: what is sent must be the same each time. */
const START_MS = 1_760_000_000_000

const ends: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** A batch as it is kept, but for what Kafka may choose: its bytes when compressed, and what timestamps are relative to. */
interface Kept {
  readonly offsets: string
  readonly producer: string
  readonly codec: string
  readonly hasHorizon: boolean
  readonly records: readonly string[]
}

/** Keyed records of some 5 MB: values, tombstones, every codec, an idempotent producer that goes on and one that stops. */
function workload(): Buffer[] {
  const random = new Random(SEED)
  const codecs: readonly CompressionType[] = ['none', 'none', 'gzip', 'snappy', 'lz4', 'zstd']
  const sequences = new Map<bigint, number>()
  return Array.from({ length: BATCHES }, (_, i) => {
    const records = Array.from({ length: 1 + random.below(8) }, (): RecordToEncode => {
      const key = Buffer.from(`key-${random.below(300)}`)
      const value = random.chance(0.15) ? null : Buffer.from(`${i}-`.padEnd(random.below(1600), `${random.next()}`))
      return { timestamp: START_MS + i * 10 + random.below(30), key, value }
    })
    const compression = random.pick(codecs)
    const producerId = random.chance(0.3) ? (i < BATCHES / 3 && random.chance(0.5) ? 7001n : 7002n) : undefined
    if (producerId === undefined) return encodeBatch({ records, compression })
    const baseSequence = sequences.get(producerId) ?? 0
    sequences.set(producerId, baseSequence + records.length)
    return encodeBatch({ records, compression, producerId, producerEpoch: 0, baseSequence })
  })
}

async function filled(target: Target, batches: readonly Buffer[]): Promise<{ broker: Broker; client: RawClient }> {
  const broker = await startBroker({ target, set: { 'log.cleaner.backoff.ms': '500' } })
  ends.push(() => broker.stop())
  await adminOf(broker.bootstrap).createTopic(TOPIC, 1, {
    'cleanup.policy': 'compact',
    'segment.bytes': '1048576',
    'min.cleanable.dirty.ratio': '0',
    'index.interval.bytes': '512',
  })
  let client = await RawClient.connect({ port: broker.port })
  for (const batch of batches) await produceTo(client, TOPIC, 0, Buffer.from(batch))
  client.close()
  // Closed segments are cleaned when a checkpoint covers them; a clean stop makes one at once.
  if (target === 'kohort') await broker.restart()
  client = await RawClient.connect({ port: broker.port })
  ends.push(async () => void client.close())
  return { broker, client }
}

async function keptBy(client: RawClient): Promise<Kept[]> {
  const kept: Kept[] = []
  let offset = 0n
  while (true) {
    const body = fetchBody([{ topic: TOPIC, offset, maxBytes: 1_000_000 }])
    const answer = await client.call(fetchRequest, fetchResponse, 12, { ...body, maxWaitMs: 0 })
    const records = answer.responses[0]?.partitions[0]?.records
    if (records === undefined || records === null || records.length === 0) return kept
    for (const header of iterateBatches(records)) {
      offset = header.lastOffset + 1n
      kept.push({
        offsets: `${header.baseOffset}-${header.lastOffset}`,
        producer: `${header.producerId}/${header.producerEpoch}/${header.baseSequence}`,
        codec: header.compression ?? 'unknown',
        hasHorizon: header.deleteHorizonMs !== undefined,
        records: decodeRecords(records, header.position).map(
          (record) => `${record.offset} ${record.timestamp} ${record.key} ${record.value ?? 'tombstone'}`,
        ),
      })
    }
  }
}

const recordsIn = (kept: readonly Kept[]): number => kept.reduce((sum, { records }) => sum + records.length, 0)

test.skipIf(!requireTool('java', 'javac', 'mvn'))(
  'cleaned segments are read by kafka-dump-log without complaint, and keep what Apache Kafka keeps',
  { timeout: 400_000 },
  async () => {
    await loadCodecs()
    const batches = workload()
    const sent = batches.reduce((sum, batch) => sum + decodeRecords(batch).length, 0)
    const ours = await filled('kohort', batches)
    await waitUntil(
      'the cleaning of ours',
      () => ours.broker.logs.some((line) => line.includes(`cleaned ${TOPIC}-0`)),
      {
        deadlineMs: 60_000,
        details: () => ours.broker.logs.join('\n'),
      },
    )
    const kept = await keptBy(ours.client)
    console.log(`seed ${SEED}: of ${sent} records ${recordsIn(kept)} are kept, in ${kept.length} of ${BATCHES} batches`)
    expect(recordsIn(kept)).toBeLessThan(sent / 2)
    if (isFullRun) {
      const theirs = await filled('kafka', batches)
      await waitUntil(
        'the same in Kafka',
        async () => JSON.stringify(await keptBy(theirs.client)) === JSON.stringify(kept),
        { deadlineMs: 60_000, details: () => 'still different' },
      ).catch(async () => expect(await keptBy(theirs.client)).toEqual(kept))
      console.log(`Apache Kafka keeps the same ${recordsIn(kept)} records`)
    }
    await ours.broker.terminate()
    const folder = join(ours.broker.dataDir, `${TOPIC}-0`)
    const files = readdirSync(folder).filter((name) => /^\d{20}\./.test(name))
    expect(files.filter((name) => !/\.(log|index|timeindex)$/.test(name))).toEqual([])
    const tools = await KafkaTools.start()
    ends.push(() => tools.stop())
    for (const name of files) {
      const how = name.endsWith('.log') ? ['--deep-iteration'] : name.endsWith('.index') ? ['--index-sanity-check'] : []
      const { exitCode, output } = await tools.run('kafka-dump-log', ['--files', join(folder, name), ...how], {
        stdin: '',
      })
      expect(exitCode, output).toBe(0)
      // Gaps are what cleaning leaves, in Kafka's own files too.
      expect(output.replace(/^Non-consecutive[^\n]*(\n\s+\d+[^\n]*)*/gm, ''), name).not.toMatch(
        /mismatch|corrupt|found|exception|invalid/i,
      )
    }
  },
)
