import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Disk, DiskError, type DiskFile, nodeDisk } from '../../src/log/index.ts'
import { VirtualClock } from '../../src/testing/index.ts'
import * as wire from '../../src/wire/index.ts'
import { waitUntil } from '../interop/support/wait.ts'
import { RawClient } from '../support/raw-client.ts'
import { atEnd, HttpFixture } from './support/http-fixture.ts'

const topics = [{ name: 'orders', partitions: 1 }]

async function answers(http: HttpFixture): Promise<{ healthz: unknown; readyz: unknown }> {
  const of = async (path: string): Promise<unknown> => {
    const response = await http.get(path)
    const { status, state } = (await response.json()) as { status: string; state: string }
    expect(status).toBe(response.status === 200 ? 'ok' : 'unavailable')
    return [response.status, state]
  }
  return { healthz: await of('/healthz'), readyz: await of('/readyz') }
}

test('a broker is alive from the start, ready when it serves, and not any more as soon as it stops', async () => {
  const http = await HttpFixture.start({ broker: 'later' })
  expect(await answers(http)).toEqual({ healthz: [200, 'starting'], readyz: [503, 'starting'] })
  const broker = await http.startBroker()
  expect(await answers(http)).toEqual({ healthz: [200, 'ready'], readyz: [200, 'ready'] })
  http.isStopping = true
  expect(await answers(http)).toEqual({ healthz: [200, 'stopping'], readyz: [503, 'stopping'] })
  await broker.close()
  expect(await answers(http)).toEqual({ healthz: [200, 'stopping'], readyz: [503, 'stopping'] })
})

test('it is not ready while groups are being loaded', async () => {
  const folder = temporaryFolder()
  const { disk, hold, release } = heldDisk()
  const first = await HttpFixture.start({ broker: { dataDir: folder, topics } })
  await commit(first, 1n)
  await first.broker!.close()
  hold()
  const http = await HttpFixture.start({ broker: 'later' })
  await http.startBroker({ dataDir: folder, disk })
  expect(await answers(http)).toEqual({ healthz: [200, 'loading'], readyz: [503, 'loading'] })
  const { message } = (await (await http.get('/readyz')).json()) as { message: string }
  expect(message).toMatch(/^groups are being loaded: \d+ of 50 shards are left$/)
  release()
  await waitUntil('readiness', async () => (await http.get('/readyz')).status === 200)
})

test('a full disk makes it unready until there is space, a failed one dead', async () => {
  const clock = new VirtualClock()
  let failure: 'NO_SPACE' | 'IO' | undefined
  const disk = diskThat(() => {
    if (failure !== undefined) throw new DiskError(failure, 'wal', `the write fails: ${failure}`)
  })
  const http = await HttpFixture.start({ broker: { dataDir: temporaryFolder(), disk, topics, clock } })
  await commit(http, 1n, clock)
  failure = 'NO_SPACE'
  await tryCommit(http)
  expect(await answers(http)).toEqual({ healthz: [200, 'storage-full'], readyz: [503, 'storage-full'] })
  expect(await (await http.get('/metrics')).text()).toContain('\nkohort_storage_problem{kind="full"} 1\n')
  failure = undefined
  await commit(http, 2n, clock)
  clock.advance(20_000)
  expect(await answers(http)).toEqual({ healthz: [200, 'ready'], readyz: [200, 'ready'] })
  failure = 'IO'
  await tryCommit(http)
  await waitUntil('the end', async () => (await http.get('/healthz')).status === 503)
  expect(await answers(http)).toEqual({ healthz: [503, 'storage-failed'], readyz: [503, 'storage-failed'] })
  const metrics = await (await http.get('/metrics')).text()
  expect(metrics).toContain('\nkohort_storage_problem{kind="failed"} 1\n')
  expect(metrics).toContain('\nkohort_ready 0\n')
  // The process ends for it, and that is worth less than why.
  http.isStopping = true
  expect((await answers(http)).readyz).toEqual([503, 'storage-failed'])
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kohort-http-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function commit(http: HttpFixture, offset: bigint, clock?: VirtualClock): Promise<void> {
  await waitUntil('a commit to be taken', async () => {
    // A shard that could not write waits a moment before it reads its log anew.
    clock?.advance(100)
    return (await tryCommit(http, offset)) === 'NONE'
  })
}

async function tryCommit(http: HttpFixture, committedOffset = 9n): Promise<wire.ErrorName> {
  const client = await RawClient.connect({ port: http.broker!.listeners[0]!.port })
  try {
    await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 3, { key: 'g' })
    const { topics } = await client.call(wire.offsetCommitRequest, wire.offsetCommitResponse, 8, {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }],
    })
    return wire.errorName(topics[0]!.partitions[0]!.errorCode)
  } finally {
    client.close()
  }
}

function diskThat(beforeWrite: () => void, beforeRead: () => Promise<void> = async () => {}): Disk {
  const file = (real: DiskFile): DiskFile => ({
    path: real.path,
    size: () => real.size(),
    truncate: (size) => real.truncate(size),
    close: () => real.close(),
    datasync: () => real.datasync(),
    read: async (buffer, position) => {
      if (real.path.includes('__consumer_offsets')) await beforeRead()
      return real.read(buffer, position)
    },
    write: async (buffers, position) => {
      beforeWrite()
      await real.write(buffers, position)
    },
    writeNow: (buffers, position) => {
      beforeWrite()
      real.writeNow(buffers, position)
    },
  })
  return { ...nodeDisk, open: async (path, options) => file(await nodeDisk.open(path, options)) }
}

/** Reads of the group coordinator's segments wait while it is held. */
function heldDisk(): { readonly disk: Disk; hold(): void; release(): void } {
  let held: Promise<void> | undefined
  let release = (): void => {}
  return {
    disk: diskThat(
      () => {},
      async () => held,
    ),
    hold() {
      held = new Promise((resolve) => {
        release = resolve
      })
    },
    release: () => release(),
  }
}
