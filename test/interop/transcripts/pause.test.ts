import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'vitest'
import type { HeartbeatResponse, JoinGroupResponse, SyncGroupResponse } from '../../../src/wire/index.ts'
import { errorName } from '../../../src/wire/index.ts'
import { parseRequest } from '../../scenarios/support/requests.ts'
import { Caller } from '../../scenarios/support/tcp.ts'
import { Child } from '../support/child.ts'
import { freePort } from '../support/ports.ts'
import { projectRoot } from '../support/toolchain.ts'
import { waitUntil } from '../support/wait.ts'

const SESSION_MS = 1_000

test('a broker that was stopped for several sessions evicts nobody whose heartbeats came in meanwhile', async () => {
  const port = await freePort()
  const dataDir = mkdtempSync(join(tmpdir(), 'paused-kohort-'))
  const set = [
    'group.min.session.timeout.ms=100',
    'group.initial.rebalance.delay.ms=0',
    'offsets.topic.num.partitions=4',
  ]
  const broker = new Child({
    command: process.execPath,
    args: [
      process.env.KOHORT_BIN ?? join(projectRoot, 'bin/kohort.js'),
      ...['--listen', `127.0.0.1:${port}`, '--data-dir', dataDir],
      ...set.flatMap((item) => ['--set', item]),
    ],
  })
  await waitUntil('the line "kohort ready"', () => broker.stdout.some((line) => line.startsWith('kohort ready')), {
    details: () => broker.tail(),
  })
  const caller = new Caller(port, 'paused')
  const ask = <T>(line: string): Promise<T> => {
    const { api, version, body } = parseRequest(line)
    return caller.call<T>(api, version, body)
  }
  try {
    // Creates the coordinator's topic.
    await caller.call('FindCoordinator', 1, { key: 'g', keyType: 0 })
    const line = `JoinGroup v3 session=${SESSION_MS} rebalance=10000 protocols=range()`
    const joined = await waitUntil('a place in the group', async () => {
      const response = await ask<JoinGroupResponse>(line)
      return response.errorCode === 0 && response
    })
    const member = `gen=${joined.generationId} member=${joined.memberId}`
    const synced = await ask<SyncGroupResponse>(`SyncGroup v3 ${member} assign=${joined.memberId}=>all`)
    assert.equal(errorName(synced.errorCode), 'NONE')

    broker.signal('SIGSTOP')
    const heartbeats: Promise<HeartbeatResponse>[] = []
    for (let i = 0; i < 10; i++) {
      heartbeats.push(ask<HeartbeatResponse>(`Heartbeat v3 ${member}`))
      await sleep(SESSION_MS / 3)
    }
    broker.signal('SIGCONT')
    for (const heartbeat of await Promise.all(heartbeats)) assert.equal(errorName(heartbeat.errorCode), 'NONE')
    // Nothing was decided behind its back either.
    assert.equal(errorName((await ask<HeartbeatResponse>(`Heartbeat v3 ${member}`)).errorCode), 'NONE')
  } finally {
    broker.signal('SIGCONT')
    caller.close()
    await broker.kill()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
