import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunningBroker } from '../../../src/broker/index.ts'
import { JumpingClock, startTestBroker } from '../../../src/testing/index.ts'
import * as wire from '../../../src/wire/index.ts'
import { RawClient } from '../../support/raw-client.ts'
import { until } from './support/target.ts'

const GROUPS = 4
const PARTITIONS = 50
const ROUNDS = 4
const COMMITS_A_ROUND = 80
const SEGMENT_BYTES = 64 * 1024

let folder: string
let running: RunningBroker
let client: RawClient
let clock: JumpingClock

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kohort-commits-'))
  clock = new JumpingClock()
  await start()
})
afterEach(async () => {
  await stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(): Promise<void> {
  const properties = {
    'offsets.topic.num.partitions': '1',
    'offsets.topic.segment.bytes': `${SEGMENT_BYTES}`,
    'log.cleaner.backoff.ms': '1000',
    'connections.max.idle.ms': '2147483647000',
  }
  running = await startTestBroker({ dataDir: folder, clock, properties })
  client = await RawClient.connect({ port: running.listeners[0]!.port })
  await until(async () => {
    const find = { key: 'group-0', keyType: 0 }
    const { errorCode } = await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 3, find)
    return errorCode === 0
  })
}

async function stop(): Promise<void> {
  client.close()
  await running.close()
}

async function commit(groupId: string, committedOffset: bigint): Promise<wire.ErrorName> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partitionIndex) => ({
    partitionIndex,
    committedOffset,
    committedLeaderEpoch: -1,
    committedMetadata: 'm'.repeat(50),
  }))
  const body = { groupId, generationIdOrMemberEpoch: -1, memberId: '', topics: [{ name: 'orders', partitions }] }
  const { topics } = await client.call(wire.offsetCommitRequest, wire.offsetCommitResponse, 6, body)
  return wire.errorName(topics[0]!.partitions[0]!.errorCode)
}

async function committed(groupId: string): Promise<bigint[]> {
  const body = { groupId, topics: null }
  const { topics } = await client.call(wire.offsetFetchRequest, wire.offsetFetchResponse, 5, body)
  return topics.flatMap(({ partitions }) => partitions.map(({ committedOffset }) => committedOffset))
}

function offsetsLog() {
  return running.metrics().logs.topics.find(({ topic }) => topic === '__consumer_offsets')!
}

function folderBytes(): number {
  const path = join(folder, '__consumer_offsets-0')
  if (!existsSync(path)) return 0
  return readdirSync(path).reduce(
    (sum, name) => sum + (statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

test('commits without end do not make the folder of __consumer_offsets grow', async () => {
  const topic = { name: 'orders', numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] }
  await client.call(wire.createTopicsRequest, wire.createTopicsResponse, 5, { topics: [topic], timeoutMs: 10_000 })
  await until(async () => (await commit('group-0', 0n)) === 'NONE')
  let last = 0n
  const sizes: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < COMMITS_A_ROUND; i++) {
      last++
      for (let group = 0; group < GROUPS; group++) expect(await commit(`group-${group}`, last)).toBe('NONE')
    }
    // What lives is 200 commits; the newest segment and one that is not dirty enough may stand beside it.
    await until(async () => {
      await clock.advance(31_000)
      await pause(20) // between two looks: what became due works with files
      return offsetsLog().sizeBytes < 3 * SEGMENT_BYTES && folderBytes() > 0
    })
    sizes.push(folderBytes())
    expect(sizes.at(-1)).toBeLessThan(4 * SEGMENT_BYTES)
  }
  const { appendedBytes } = offsetsLog()
  expect(appendedBytes).toBeGreaterThan(6 * 4 * SEGMENT_BYTES)
  const cleaner = running.metrics().logs.cleaner!
  expect(cleaner.cleanings).toBeGreaterThanOrEqual(ROUNDS / 2)
  expect(cleaner.readBytes).toBeGreaterThan(appendedBytes / 3)
  expect(cleaner.writtenBytes).toBeGreaterThan(0)
  expect(cleaner.droppedRecords).toBeGreaterThan(ROUNDS * PARTITIONS)
  expect(cleaner.dirtyBytes).toBeLessThan(4 * SEGMENT_BYTES)
  expect(cleaner.lastCompletedMs).toBeLessThanOrEqual(clock.wallMs())
  expect(cleaner).toMatchObject({ failures: 0, uncleanable: 0 })
  console.info(`${appendedBytes} bytes of commits, folder of ${sizes.join(', ')} bytes after each round`)
  await stop()
  await start()
  for (let group = 0; group < GROUPS; group++) {
    await until(async () => (await committed(`group-${group}`)).length === PARTITIONS)
    expect(new Set(await committed(`group-${group}`))).toEqual(new Set([last]))
  }
})
