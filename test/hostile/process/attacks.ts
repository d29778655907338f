import { gzipSync } from 'node:zlib'
import * as wire from '../../../src/wire/index.ts'
import { fetchBody, produceBody } from '../../broker/data-plane/support/requests.ts'
import { isFullRun } from '../../interop/support/index.ts'
import { RawClient } from '../../support/raw-client.ts'
import type { Attack, AttackerStatus } from './attacker.ts'
import { openFilesMax } from './memory.ts'
import { frameOf, sizeOf } from './requests.ts'

/** One way to hurt a broker: what it needs, and what its peers do. */
export interface Plan {
  readonly name: string
  /** Broker configs. */
  readonly set?: Readonly<Record<string, string>>
  /** Topics that are there, as `--topic` says them. */
  readonly topics?: readonly string[]
  /** What an honest client does before. */
  prepare?(port: number): Promise<void>
  /** @param scale 1 in `npm test`; more in the soak run. */
  attacks(scale: number, pick: (below: number) => number): readonly Attack[]
  /** The attack lasts until this holds; default: until the neighbour has had its rounds. */
  until?(status: AttackerStatus): boolean
}

const MB = 1024 * 1024
/** Ten thousand where the system lets a process have so many files (`ulimit -Hn`, which Node takes by itself); a fifth in `npm test`. */
const IDLE_CONNECTIONS = Math.min(
  isFullRun || process.env.SOAK_SCALE !== undefined ? 10_000 : 2_000,
  openFilesMax() - 600,
)

export const plans: readonly Plan[] = [
  {
    name: 'garbage, framed and bare',
    attacks: (scale, pick) => [
      { count: 20 * scale, frames: garbage(400, pick), reconnect: true, repeat: 0 },
      { count: 20, frames: mutated(400, pick), reconnect: true, repeat: 0 },
    ],
  },
  {
    name: 'huge frames: announced, half sent, and whole ones of nothing useful',
    attacks: (scale) => [
      { count: 500 * scale, frames: [Buffer.concat([sizeOf(100 * MB), Buffer.from('zzzz')])] },
      { count: 6, frames: [framed(produceOf('neighbour', 60 * MB))], split: 40 * MB },
      {
        count: 2 * scale,
        frames: [framed(Buffer.concat([Buffer.from('7fff000000000001', 'hex'), Buffer.alloc(60 * MB)]))],
        reconnect: true,
      },
      { count: 5, frames: [sizeOf(2 ** 31 - 1), sizeOf(-1)], reconnect: true, repeat: 0 },
    ],
  },
  {
    name: 'slow senders, and half frames held open',
    attacks: (scale) => [
      { count: 500 * scale, frames: [metadataOf(100)], trickleMs: 25, repeat: 0 },
      { count: 1000 * scale, frames: [framed(produceOf('neighbour', MB))], split: 200 * 1024 },
    ],
  },
  {
    name: 'answers that nobody reads',
    topics: ['bulk:16'],
    prepare: (port) => fill(port, 'bulk', 16, 12),
    attacks: (scale) => [
      { count: 60 * scale, frames: [fetchAll('bulk', 16)], repeat: 100, read: false, reconnect: true },
    ],
  },
  {
    name: 'fetch sessions without end',
    topics: ['wide:500'],
    attacks: (scale) => [
      { count: 10 * scale, frames: [fetchSession('wide', 500)], repeat: 0, window: 1 },
      { count: 10, frames: sessionsOfLongNames(), repeat: 0, window: 1 },
      { count: 20, frames: [fetchSession('wide', 500)], repeat: 0, read: false, reconnect: true },
    ],
  },
  {
    name: 'topics, groups, members and producer ids without end',
    set: { 'group.max.size': '50' },
    attacks: (scale) => [
      { count: 1, frames: topicCreations(200), window: 1 },
      { count: 8 * scale, frames: joinsOfManyGroups(2000), window: 50, reconnect: true },
      { count: 4, frames: joinsOfOneGroup(2000), window: 50, reconnect: true },
      { count: 4, frames: commitsOfManyGroups(2000), window: 50 },
      {
        count: 4,
        frames: [frameOf(wire.initProducerIdRequest, 4, { transactionalId: null, transactionTimeoutMs: 1000 })],
        repeat: 5000,
        window: 50,
      },
      { count: 4, frames: producesOfManyProducers(3000), window: 50 },
    ],
  },
  {
    name: 'requests without end that nobody reads the answers of',
    attacks: (scale) => [
      {
        count: 50 * scale,
        frames: [metadataOf(50), frameOf(wire.apiVersionsRequest, 2, {})],
        repeat: 50_000,
        read: false,
      },
      { count: 10, frames: [waitingJoin(), metadataOf(1000)], repeat: 1000, read: false },
    ],
  },
  {
    name: 'requests that name 100,000 things',
    attacks: (scale) => [
      { count: 20 * scale, frames: [metadataOf(100_000)], repeat: 3, read: false },
      { count: 5 * scale, frames: [metadataOf(100_000), fetchOf(90_000), listOffsetsOf(90_000)], repeat: 2, window: 2 },
    ],
  },
  {
    name: 'giant metadata of groups and commits',
    set: { 'offset.metadata.max.bytes': '4096' },
    attacks: (scale) => [
      { count: 20 * scale, frames: [joinWithMetadata(20 * MB)], repeat: 2, window: 2 },
      { count: 5, frames: [commitOf(1, 32_000), commitOf(10_000, 4000)], repeat: 20, window: 2 },
    ],
  },
  {
    name: 'decompression bombs',
    topics: ['bombs:4'],
    prepare: (port) => makeCompacted(port, 'bombs'),
    attacks: (scale) => [
      { count: 5 * scale, frames: [bomb('bombs', 12_000), bomb('bombs', 120_000)], repeat: 20, window: 4 },
      { count: 5, frames: [bomb('bombs', 12_000)], repeat: 100, read: false },
    ],
  },
  {
    name: `${IDLE_CONNECTIONS} connections that say nothing any more`,
    attacks: () => [{ count: IDLE_CONNECTIONS, frames: [frameOf(wire.apiVersionsRequest, 2, {})] }],
    until: ({ open, answers }) => open === IDLE_CONNECTIONS && answers === IDLE_CONNECTIONS,
  },
  {
    name: 'connections without end',
    set: { 'max.connections': '400' },
    attacks: (scale) => [{ count: 1000 * scale, reconnect: true }],
  },
  {
    name: 'connections without end from one address',
    set: { 'max.connections.per.ip': '100' },
    attacks: (scale) => [{ count: 1000 * scale, reconnect: true, address: '127.0.0.2' }],
  },
]

function framed(bytes: Buffer): Buffer {
  return Buffer.concat([sizeOf(bytes.length), bytes])
}

function garbage(count: number, pick: (below: number) => number): Buffer[] {
  return Array.from({ length: count }, () => {
    const bytes = Buffer.from(Array.from({ length: 1 + pick(300) }, () => pick(256)))
    return pick(2) === 0 ? bytes : framed(bytes)
  })
}

/** Requests with some of their bytes changed. */
function mutated(count: number, pick: (below: number) => number): Buffer[] {
  const models = [
    metadataOf(20),
    fetchAll('neighbour', 5),
    joinWithMetadata(100),
    commitOf(5, 10),
    produceWhole('neighbour', 500),
  ]
  return Array.from({ length: count }, () => {
    const frame = Buffer.from(models[pick(models.length)]!)
    for (let n = pick(5); n >= 0; n--) frame[12 + pick(frame.length - 12)] = pick(256)
    return frame
  })
}

/** The body of a Produce request whose records are so long, zeros, and never valid. */
function produceOf(topic: string, bytes: number): Buffer {
  const frame = frameOf(
    wire.produceRequest,
    9,
    produceBody({ topic, partition: 0, records: Buffer.alloc(bytes), version: 9 }),
  )
  return frame.subarray(4)
}

function produceWhole(topic: string, bytes: number): Buffer {
  const records = wire.encodeBatch({ records: [{ timestamp: Date.now(), key: null, value: Buffer.alloc(bytes) }] })
  return frameOf(wire.produceRequest, 9, produceBody({ topic, partition: 0, records, version: 9 }))
}

function metadataOf(names: number): Buffer {
  const topics = Array.from({ length: names }, (_, i) => ({ name: `name-${i}` }))
  return frameOf(wire.metadataRequest, 8, { topics, allowAutoTopicCreation: false })
}

function fetchAll(topic: string, partitions: number): Buffer {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, maxBytes: 50 * MB }))
  return frameOf(wire.fetchRequest, 12, fetchBody(all))
}

function fetchSession(topic: string, partitions: number): Buffer {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  return frameOf(wire.fetchRequest, 12, fetchBody(all, { sessionEpoch: 0 }))
}

function sessionsOfLongNames(): Buffer[] {
  return Array.from({ length: 4 }, (_, i) => {
    const names = Array.from({ length: 200 }, (_name, n) => ({ topic: `${i}-${n}-${'x'.repeat(32_000)}` }))
    return frameOf(wire.fetchRequest, 12, fetchBody(names, { sessionEpoch: 0 }))
  })
}

function fetchOf(partitions: number): Buffer {
  const all = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    fetchOffset: 0n,
    partitionMaxBytes: 1,
  }))
  return frameOf(wire.fetchRequest, 11, {
    ...fetchBody([], { version: 11, sessionEpoch: 0 }),
    topics: [{ topic: 'nowhere', partitions: all }],
  })
}

function listOffsetsOf(partitions: number): Buffer {
  const all = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }))
  return frameOf(wire.listOffsetsRequest, 5, { replicaId: -1, topics: [{ name: 'neighbour', partitions: all }] })
}

function topicCreations(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) =>
    frameOf(wire.createTopicsRequest, 5, {
      topics: [{ name: `attack-${i}`, numPartitions: 500, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 10_000,
    }),
  )
}

function joinOf(groupId: string, metadata: Buffer, version = 3): Buffer {
  return frameOf(wire.joinGroupRequest, version, {
    groupId,
    sessionTimeoutMs: 1_800_000,
    rebalanceTimeoutMs: 1_800_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata }],
  })
}

function joinsOfManyGroups(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => joinOf(`attack-${i}-${'x'.repeat(200)}`, Buffer.alloc(1000)))
}

/** Half of them are told an id and never come back (KIP-394). */
function joinsOfOneGroup(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => joinOf('attacked', Buffer.alloc(1000), i % 2 === 0 ? 3 : 5))
}

function waitingJoin(): Buffer {
  return joinOf('waiting', Buffer.alloc(10))
}

function joinWithMetadata(bytes: number): Buffer {
  return joinOf('giant', Buffer.alloc(bytes))
}

function commitsOfManyGroups(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => commitFor(`commits-${i}`, 100, 100))
}

function commitOf(partitions: number, metadataBytes: number): Buffer {
  return commitFor('commits', partitions, metadataBytes)
}

function commitFor(groupId: string, partitions: number, metadataBytes: number): Buffer {
  return frameOf(wire.offsetCommitRequest, 6, {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [
      {
        name: 'neighbour',
        partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
          partitionIndex,
          committedOffset: 1n,
          committedLeaderEpoch: -1,
          committedMetadata: 'm'.repeat(metadataBytes),
        })),
      },
    ],
  })
}

function producesOfManyProducers(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => {
    const records = wire.encodeBatch({
      producerId: BigInt(1_000_000 + i),
      producerEpoch: 0,
      baseSequence: 0,
      records: [{ timestamp: Date.now(), key: null, value: Buffer.from('x') }],
    })
    return frameOf(wire.produceRequest, 9, produceBody({ topic: 'neighbour', partition: 0, records, version: 9 }))
  })
}

/** A batch of gzip that is so long, and a thousand times as long unpacked. */
function bomb(topic: string, bytes: number): Buffer {
  const packed = gzipSync(Buffer.alloc(bytes * 1000), { level: 9 })
  const batch = wire.encodeBatch({
    records: [{ timestamp: Date.now(), key: Buffer.from('k'), value: Buffer.alloc(1) }],
  })
  const { records, attributes, batchLength } = wire.batchLayout
  const whole = Buffer.concat([batch.subarray(0, records), packed])
  whole.writeInt16BE(1, attributes)
  whole.writeInt32BE(whole.length - 12, batchLength)
  wire.writeCrc(whole, 0)
  return frameOf(wire.produceRequest, 9, produceBody({ topic, partition: 0, records: whole, version: 9 }))
}

/** Batches of 900 kB, so many MB in each partition. */
async function fill(port: number, topic: string, partitions: number, mbEach: number): Promise<void> {
  const client = await RawClient.connect({ port })
  const records = wire.encodeBatch({
    records: [{ timestamp: Date.now(), key: null, value: Buffer.alloc(900_000, 'x') }],
  })
  for (let partition = 0; partition < partitions; partition++) {
    for (let i = 0; i < mbEach; i++) {
      const body = produceBody({ topic, partition, records, version: 9 })
      await client.call(wire.produceRequest, wire.produceResponse, 9, body)
    }
  }
  client.close()
}

async function makeCompacted(port: number, topic: string): Promise<void> {
  const client = await RawClient.connect({ port })
  const configs = [{ name: 'cleanup.policy', configOperation: 0, value: 'compact' }]
  const resources = [{ resourceType: 2, resourceName: topic, configs }]
  const { responses } = await client.call(
    wire.incrementalAlterConfigsRequest,
    wire.incrementalAlterConfigsResponse,
    0,
    {
      resources,
      validateOnly: false,
    },
  )
  if (responses[0]?.errorCode !== 0)
    throw new Error(`${topic} could not be made compacted: ${responses[0]?.errorMessage}`)
  client.close()
}
