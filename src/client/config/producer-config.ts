import type { Partitioner } from '../producer/partitioner.ts'
import type { Serializer } from '../serdes/index.ts'
import { boolean, type Given, given, integer, isFunction, isObject, type Key, oneOf, type Resolved } from './keys.ts'
import { invalid } from './resolve.ts'

export type Acks = 'all' | -1 | 0 | 1

/** What a producer is. Kafka's names in camel case; Kafka's defaults, where nothing else is said. */
export interface ProducerConfig<K = string | Uint8Array | null, V = string | Uint8Array | null> {
  /** `all` (default): all in-sync replicas have a record before it counts; 1: the leader has; 0: nobody says so. */
  readonly acks?: Acks | undefined
  /** Each record once, and in order, whatever is repeated; default true where `acks`, `retries` and `maxInFlightRequestsPerConnection` allow it. */
  readonly enableIdempotence?: boolean | undefined
  /** Attempts after the first, within `deliveryTimeoutMs`; default 2 147 483 647. */
  readonly retries?: number | undefined
  /** To one node; default 5, and no more with idempotence. */
  readonly maxInFlightRequestsPerConnection?: number | undefined
  /** From `send` to its answer, in ms; default 120 000. At least `lingerMs` + `requestTimeoutMs`. */
  readonly deliveryTimeoutMs?: number | undefined
  /** Longest wait for the answer to a Produce request, in ms; default that of `new Kafka()`. The broker is told too. */
  readonly requestTimeoutMs?: number | undefined
  /**
   * How long records wait for others of their batch, in ms; default 5, and then only while a request to the node is under way: whoever
   * awaits each `send` does not wait for it. A value that is given is always waited for, as in Java.
   */
  readonly lingerMs?: number | undefined
  /**
   * Bytes of records in one batch of a partition; default 16 384, and up to 262 144 for what one `sendBatch` gives a partition. A value that is given is the limit for
   * both. A larger record goes alone.
   */
  readonly batchSize?: number | undefined
  /** Most bytes of records that wait or are under way; default 33 554 432. Beyond it `send` waits. */
  readonly bufferMemory?: number | undefined
  /** Longest wait of `send` for buffer memory and metadata, in ms; default 60 000. */
  readonly maxBlockMs?: number | undefined
  /** Most bytes of one record, and of one request; default 1 048 576. */
  readonly maxRequestSize?: number | undefined
  /** Default `none`. */
  readonly compressionType?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | undefined
  /** 1 to 9; default zlib's 6. */
  readonly compressionGzipLevel?: number | undefined
  /** -131 072 to 22; default 3. */
  readonly compressionZstdLevel?: number | undefined
  /** Whether records with a key go where those without one go; default false. */
  readonly partitionerIgnoreKeys?: boolean | undefined
  /** Whether records without a key prefer nodes that answer faster (KIP-794); default true. */
  readonly partitionerAdaptivePartitioningEnable?: boolean | undefined
  /** A node that has taken no batch for so long gets no records without a key, in ms; 0 = never (default). */
  readonly partitionerAvailabilityTimeoutMs?: number | undefined
  /** Topics that nothing was sent to for so long are forgotten, in ms; default 300 000. */
  readonly metadataMaxIdleMs?: number | undefined
  /** Ours: chooses partitions. Default: murmur2 of the key, as in Java; without a key, batch by batch. */
  readonly partitioner?: Partitioner | undefined
  /** Ours: encodes keys. Default: bytes as they are, text in UTF-8. */
  readonly key?: Serializer<K> | undefined
  /** Ours: encodes values. Default: bytes as they are, text in UTF-8. */
  readonly value?: Serializer<V> | undefined
}

export const producerKeys = {
  acks: acks(),
  enableIdempotence: boolean(undefined),
  retries: integer(2 ** 31 - 1),
  maxInFlightRequestsPerConnection: integer(5, { min: 1 }),
  deliveryTimeoutMs: integer(120_000),
  requestTimeoutMs: integer(undefined, { min: 1 }),
  lingerMs: integer(undefined),
  batchSize: integer(undefined),
  bufferMemory: integer(33_554_432, { min: 1, max: Number.MAX_SAFE_INTEGER }),
  maxBlockMs: integer(60_000),
  maxRequestSize: integer(1_048_576, { min: 1 }),
  compressionType: oneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'none'),
  compressionGzipLevel: integer(undefined, { min: 1, max: 9 }),
  compressionZstdLevel: integer(undefined, { min: -131_072, max: 22 }),
  partitionerIgnoreKeys: boolean(false),
  partitionerAdaptivePartitioningEnable: boolean(true),
  partitionerAvailabilityTimeoutMs: integer(0),
  metadataMaxIdleMs: integer(300_000, { min: 5_000 }),
  partitioner: given<Partitioner>('a function that gives a partition', isFunction),
  key: given<Serializer<unknown>>('an object with serialize()', isSerializer),
  value: given<Serializer<unknown>>('an object with serialize()', isSerializer),
} as const

export type ResolvedProducerConfig = Resolved<typeof producerKeys>

const DEFAULT_LINGER_MS = 5
const DEFAULT_BATCH_SIZE = 16_384
/** Of one call's records there is nothing to wait for: as many as a request can carry for some partitions go together, and a request saved is a round trip saved. */
const DEFAULT_CALL_BATCH_SIZE = 262_144

/** What the producer goes by, when all keys are known. */
export interface ProducerSettings {
  /** As the wire says it. */
  readonly acks: -1 | 0 | 1
  readonly isIdempotent: boolean
  readonly lingerMs: number
  /** Whether records wait for `lingerMs` even when nothing is under way. */
  readonly alwaysLingers: boolean
  /** Bytes of a batch that collects records of several calls. */
  readonly batchSize: number
  /** Bytes of a batch while it is filled by one call. */
  readonly callBatchSize: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
}

/** Kafka's rules for keys together. @throws KafkaError INVALID_CONFIG */
export function producerSettings(
  config: ResolvedProducerConfig,
  common: { readonly requestTimeoutMs: number },
): ProducerSettings {
  const acksNumber = config.acks === 'all' ? -1 : config.acks
  const problem =
    acksNumber !== -1
      ? "acks: 'all'"
      : config.retries === 0
        ? 'retries above 0'
        : config.maxInFlightRequestsPerConnection > 5
          ? 'maxInFlightRequestsPerConnection of at most 5'
          : undefined
  if (config.enableIdempotence === true && problem !== undefined) throw invalid(`enableIdempotence needs ${problem}`)
  const lingerMs = config.lingerMs ?? DEFAULT_LINGER_MS
  const requestTimeoutMs = config.requestTimeoutMs ?? common.requestTimeoutMs
  if (config.deliveryTimeoutMs < lingerMs + requestTimeoutMs) {
    throw invalid(
      `deliveryTimeoutMs must be at least lingerMs + requestTimeoutMs, which is ${lingerMs + requestTimeoutMs}`,
    )
  }
  return {
    acks: acksNumber,
    isIdempotent: config.enableIdempotence ?? problem === undefined,
    lingerMs,
    alwaysLingers: config.lingerMs !== undefined,
    batchSize: config.batchSize ?? DEFAULT_BATCH_SIZE,
    callBatchSize:
      config.batchSize ?? Math.min(DEFAULT_CALL_BATCH_SIZE, Math.max(DEFAULT_BATCH_SIZE, config.maxRequestSize)),
    requestTimeoutMs,
    deliveryTimeoutMs: config.deliveryTimeoutMs,
  }
}

function acks(): Key<Acks, 'all'> {
  const values: readonly unknown[] = ['all', -1, 0, 1]
  return {
    default: 'all',
    expected: "'all', -1, 1 or 0",
    accepts: (value) => values.includes(value),
    parse: (value) => (value.toLowerCase() === 'all' ? 'all' : (values.find((one) => String(one) === value) as Acks)),
  }
}

function isSerializer(value: unknown): boolean {
  return isObject(value) && isFunction((value as { serialize?: unknown }).serialize)
}

type Same<A, B> = [A, B] extends [B, A] ? true : never
const isSame: Same<Required<ProducerConfig<unknown, unknown>>, Required<Given<typeof producerKeys>>> = true
void isSame
