import { apis, type FetchResponse, loadCodecs, RecordCursor, readBatchHeader } from '../../wire/index.ts'
import { readBatches } from '../consumer/fetch/read-batches.ts'
import { errorOfCode, KafkaError } from '../kafka-error.ts'
import {
  type AdminCallOptions,
  type AdminContext,
  byLeader,
  byTopic,
  fanOut,
  type Part,
  type Results,
} from './fan-out.ts'
import { withTopics } from './offsets.ts'

/** Where to look. */
export interface PlaceToPeek {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Where to stop; default: as far as the bytes reach. */
  readonly to?: bigint | undefined
}

export interface PeekRecordsOptions extends AdminCallOptions {
  /** `read_committed`: aborted records do not count, and nothing is seen behind the last stable offset. Default read_uncommitted. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed' | undefined
  /** How far to look, in bytes a place; a first batch that is larger comes whole. Default 16 KB. */
  readonly maxBytes?: number | undefined
}

/** What lies behind an offset, as far as the bytes reached. */
export interface PeekedRecords {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** The first record at or behind the offset; undefined where none was seen: there are none, or only markers as far as was read. */
  readonly first: { readonly offset: bigint; readonly timestamp: number } | undefined
  /** Records in [offset, seenTo): exact. Control records, what compaction took, and with `read_committed` aborted records are none. */
  readonly records: number
  /** Offset up to which the batches prove that. */
  readonly seenTo: bigint
  readonly logStartOffset: bigint
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly leaderEpoch: number
}

/** The last version that names topics. */
const NAMES_VERSION = 12
const PLACE_BYTES = 16 * 1024
/** An answer is held in memory as a whole. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024
const PLACES_MAX = 1_000

/**
 * Looks at what lies behind offsets, without a consumer: the first record's timestamp, and how many records there are. One Fetch a leader as a rule;
 * places that the answer had no room for are asked for again. Several places of one partition go in requests of their own.
 */
export async function peekRecords(
  context: AdminContext,
  places: readonly PlaceToPeek[],
  options: PeekRecordsOptions,
): Promise<Results<PeekedRecords>> {
  const { isolationLevel = 'read_uncommitted', maxBytes = PLACE_BYTES } = options
  const leaders = byLeader<PlaceToPeek>(context)
  const turns = turnsOf(places)
  return await withTopics(context, places, options, (left) =>
    fanOut<PlaceToPeek, PeekedRecords>(
      context,
      {
        what: 'looking at records',
        items: places,
        keyOf: placeKey,
        route(place) {
          const { together, target } = leaders.route(place)
          return { together: `${together}/${turns.get(placeKey(place))}`, target }
        },
        onRetry: leaders.onRetry,
        isFinal: leaders.isFinal,
        ask: (part) => ask(context, part, { isCommitted: isolationLevel === 'read_committed', maxBytes }),
      },
      left,
    ),
  )
}

/** A request has each partition once. */
function turnsOf(places: readonly PlaceToPeek[]): ReadonlyMap<string, number> {
  const seen = new Map<string, number>()
  const inTurn = new Map<number, number>()
  const turns = new Map<string, number>()
  for (const place of places) {
    const partition = `${place.topic}-${place.partition}`
    const turn = seen.get(partition) ?? 0
    seen.set(partition, turn + 1)
    const before = inTurn.get(turn) ?? 0
    inTurn.set(turn, before + 1)
    turns.set(placeKey(place), turn * 1_000_000 + Math.floor(before / PLACES_MAX))
  }
  return turns
}

export function placeKey({ topic, partition, offset }: PlaceToPeek): string {
  return `${topic}-${partition}@${offset}`
}

type Found = Map<string, PeekedRecords | KafkaError>
type AnsweredPartition = FetchResponse['responses'][number]['partitions'][number]

async function ask(
  context: AdminContext,
  { target, items, options, remainingMs }: Part<PlaceToPeek>,
  { isCommitted, maxBytes }: { readonly isCommitted: boolean; readonly maxBytes: number },
): Promise<Found> {
  const { clock } = context.cluster
  const deadlineMs = clock.monotonicMs() + remainingMs
  const found: Found = new Map()
  let left = [...items]
  while (left.length > 0) {
    const body = {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: ANSWER_BYTES_MAX,
      isolationLevel: isCommitted ? 1 : 0,
      topics: byTopic(left, ({ partition, offset }) => ({
        partition,
        fetchOffset: offset,
        partitionMaxBytes: maxBytes,
      })).map(({ name, partitions }) => ({ topic: name, partitions })),
      forgottenTopicsData: [],
    }
    const limits = { ...options, maxVersion: NAMES_VERSION, purpose: 'fetch' as const }
    const { body: answer } = await context.cluster.call(target, apis.Fetch, body, limits)
    const error = errorOfCode(answer.errorCode, { what: 'looking at records' })
    if (error !== undefined) throw error
    const starved = await read(left, answer, found, isCommitted)
    // A leader that answers nothing of all is asked again by the fan-out, with a pause.
    if (starved.length === left.length || clock.monotonicMs() >= deadlineMs) {
      for (const place of starved) found.set(placeKey(place), nothingGiven(place))
      break
    }
    left = starved
  }
  return found
}

/** As from a broker that throttles this client (KIP-219): its answer has no partitions. */
function nothingGiven({ topic, partition, offset }: PlaceToPeek): KafkaError {
  const sentence = `the leader gave nothing of ${topic}-${partition} at ${offset}`
  return new KafkaError('UNKNOWN_SERVER_ERROR', sentence, { kind: 'retriable' })
}

/** Notes what the answer has; returns the places that it had no room for. */
async function read(
  places: readonly PlaceToPeek[],
  answer: FetchResponse,
  found: Found,
  isCommitted: boolean,
): Promise<PlaceToPeek[]> {
  const answered = new Map<string, AnsweredPartition>()
  for (const { topic, partitions } of answer.responses)
    for (const partition of partitions) answered.set(`${topic}-${partition.partitionIndex}`, partition)
  const starved: PlaceToPeek[] = []
  for (const place of places) {
    const partition = answered.get(`${place.topic}-${place.partition}`)
    if (partition === undefined) {
      starved.push(place)
      continue
    }
    const error = errorOfCode(partition.errorCode)
    if (error !== undefined) {
      found.set(placeKey(place), error)
      continue
    }
    const end = isCommitted ? partition.lastStableOffset : partition.highWatermark
    const peeked = await peek(place, partition, isCommitted)
    // Empty though there is something: others took the room.
    if (!(peeked instanceof KafkaError) && peeked.seenTo === place.offset && place.offset < end) starved.push(place)
    else found.set(placeKey(place), peeked)
  }
  return starved
}

async function peek(
  place: PlaceToPeek,
  answered: AnsweredPartition,
  isCommitted: boolean,
): Promise<PeekedRecords | KafkaError> {
  const { topic, partition, offset, to } = place
  const records = answered.records ?? Buffer.alloc(0)
  const aborted = isCommitted ? (answered.abortedTransactions ?? []) : null
  const fetched = readBatches(records, { fetchOffset: offset, aborted, checkCrcs: false })
  let first: PeekedRecords['first']
  let count = 0
  try {
    if (fetched.batches.some(({ compression }) => compression === 'zstd')) await loadCodecs()
    for (const batch of fetched.batches) {
      if (batch.failure !== undefined) throw batch.failure
      if (to !== undefined && batch.baseOffset >= to) break
      const isWhole = batch.baseOffset >= offset && (to === undefined || batch.nextOffset <= to)
      if (isWhole && first !== undefined) count += batch.recordCount
      else {
        const within = recordsWithin(records, batch.baseOffset, offset, to)
        count += within.count
        first ??= within.first
      }
    }
  } catch (error) {
    const message = `${topic}-${partition} at ${offset}: ${error instanceof Error ? error.message : String(error)}`
    return new KafkaError('CORRUPT_MESSAGE', message, { cause: error, kind: 'invalid' })
  }
  const { logStartOffset, highWatermark, lastStableOffset } = answered
  return {
    topic,
    partition,
    offset,
    first,
    records: count,
    seenTo: to !== undefined && to < fetched.nextOffset ? to : fetched.nextOffset,
    logStartOffset,
    highWatermark,
    lastStableOffset,
    leaderEpoch: fetched.leaderEpoch,
  }
}

/** Of the batch that begins at `baseOffset`: its first record in [offset, to), and how many there are. */
function recordsWithin(
  records: Buffer,
  baseOffset: bigint,
  offset: bigint,
  to: bigint | undefined,
): { readonly first: PeekedRecords['first']; readonly count: number } {
  let at = 0
  for (;;) {
    const header = readBatchHeader(records, at)
    if (header.baseOffset === baseOffset) break
    at += header.totalBytes
  }
  const cursor = new RecordCursor(records, at)
  let first: PeekedRecords['first']
  let count = 0
  while (cursor.next()) {
    if (cursor.offset < offset || (to !== undefined && cursor.offset >= to)) continue
    count++
    first ??= { offset: cursor.offset, timestamp: cursor.timestamp }
  }
  return { first, count }
}
