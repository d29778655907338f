import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunningBroker } from '../../../src/broker/index.ts'
import { type Disk, DiskError, type DiskFile, nodeDisk } from '../../../src/log/index.ts'
import { startTestBroker } from '../../../src/testing/index.ts'
import * as wire from '../../../src/wire/index.ts'
import { RawClient } from '../../support/raw-client.ts'
import { newTopic, until } from './support/target.ts'

let folder: string
let running: RunningBroker
let client: RawClient
let failure: 'NO_SPACE' | 'IO' | undefined
const fatal: Error[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kohort-full-'))
  failure = undefined
  fatal.length = 0
  running = await startTestBroker({ dataDir: folder, disk: fallible(), onFatal: (error) => fatal.push(error) })
  client = await RawClient.connect({ port: running.listeners[0]!.port })
})
afterEach(async () => {
  failure = undefined
  client.close()
  await running.close().catch(() => undefined)
  rmSync(folder, { recursive: true, force: true })
})

/** The disk of this machine, but for what the test lets fail. */
function fallible(): Disk {
  return { ...nodeDisk, open: async (path, options) => fallibleFile(await nodeDisk.open(path, options)) }
}

function fallibleFile(file: DiskFile): DiskFile {
  const mayFail = (): void => {
    if (failure !== undefined) throw new DiskError(failure, file.path, `writing ${file.path} fails: ${failure}`)
  }
  return {
    path: file.path,
    size: () => file.size(),
    read: (buffer, position) => file.read(buffer, position),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
    datasync: () => file.datasync(),
    write: async (buffers, position) => {
      mayFail()
      await file.write(buffers, position)
    },
    writeNow: (buffers, position) => {
      mayFail()
      file.writeNow(buffers, position)
    },
  }
}

async function createTopic(name: string): Promise<wire.ErrorName> {
  const body = { topics: [newTopic(name)], timeoutMs: 30_000 }
  const { topics } = await client.call(wire.createTopicsRequest, wire.createTopicsResponse, 7, body)
  return wire.errorName(topics[0]!.errorCode)
}

async function commit(committedOffset: bigint): Promise<wire.ErrorName> {
  const { topics } = await client.call(wire.offsetCommitRequest, wire.offsetCommitResponse, 9, {
    groupId: 'g',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }],
  })
  return wire.errorName(topics[0]!.partitions[0]!.errorCode)
}

async function committed(): Promise<bigint | undefined> {
  const { groups } = await client.call(wire.offsetFetchRequest, wire.offsetFetchResponse, 8, {
    groups: [{ groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] }],
  })
  return groups[0]!.topics[0]?.partitions[0]?.committedOffset
}

test('while the disk is full changes are refused and undone; when there is space again they are taken', async () => {
  expect(await createTopic('orders')).toBe('NONE')
  await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 3, { key: 'g' })
  await until(async () => (await commit(7n)) === 'NONE')

  failure = 'NO_SPACE'
  expect(await createTopic('too-much')).toBe('KAFKA_STORAGE_ERROR')
  // The shard drops what it could not write, and reads its log anew; until then clients are told to look for it again.
  expect(await commit(8n)).toMatch(/^(NOT_COORDINATOR|COORDINATOR_LOAD_IN_PROGRESS|KAFKA_STORAGE_ERROR)$/)
  const { topics } = await client.call(wire.metadataRequest, wire.metadataResponse, 9, { topics: null })
  expect(topics.map(({ name }) => name)).not.toContain('too-much')
  await until(async () => (await committed()) === 7n)

  failure = undefined
  await until(async () => (await createTopic('fits')) === 'NONE')
  await until(async () => (await commit(9n)) === 'NONE')
  expect(await committed()).toBe(9n)
  expect(fatal).toEqual([])
})

test('a disk that fails ends the process', async () => {
  failure = 'IO'
  expect(await createTopic('lost')).toBe('KAFKA_STORAGE_ERROR')
  await until(async () => fatal.length > 0)
  expect(fatal).toHaveLength(1)
})
