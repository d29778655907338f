import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BroadcastChannel } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apis } from '../../src/wire/index.ts'
import { type ReadyBroker, startReady, stop } from '../cli/support.ts'
import { TestMember } from '../client/consumer/membership/group-harness.ts'
import { distUrl } from './support.ts'

const SESSION_MS = 1_000
let heartbeatWorkerFile: URL
let broker: ReadyBroker
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kohort-blocked-'))
  heartbeatWorkerFile = bornFile()
  broker = await startReady(['--listen', '127.0.0.1:0', '--data-dir', folder, '--topic', 't:2'], {
    KOHORT_GROUP_MIN_SESSION_TIMEOUT_MS: '500',
    KOHORT_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KOHORT_GROUP_CONSUMER_MIN_SESSION_TIMEOUT_MS: '500',
    KOHORT_GROUP_CONSUMER_SESSION_TIMEOUT_MS: String(SESSION_MS),
    KOHORT_GROUP_CONSUMER_MIN_HEARTBEAT_INTERVAL_MS: '100',
    KOHORT_GROUP_CONSUMER_HEARTBEAT_INTERVAL_MS: '200',
  })
})
afterAll(async () => {
  await stop(broker)
  rmSync(folder, { recursive: true, force: true })
})

let groups = 0
const member = (groupProtocol: 'classic' | 'consumer', heartbeat: 'worker' | 'inline', maxPollIntervalMs = 300_000) =>
  TestMember.start({
    bootstrapServers: `127.0.0.1:${broker.port}`,
    config: { groupId: `g${++groups}`, groupProtocol, heartbeat, maxPollIntervalMs, sessionTimeoutMs: SESSION_MS },
    subscription: { topics: ['t'] },
    heartbeatWorkerFile,
  })

/** A handler that computes, and lets nothing else in. */
function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

for (const protocol of ['classic', 'consumer'] as const) {
  test(`${protocol}: a handler that blocks the event loop for three sessions loses nothing`, async () => {
    await using a = member(protocol, 'worker')
    await thread(a)
    await heartbeat(a)
    const before = a.membership.groupMetadata()
    block(3 * SESSION_MS)
    await heartbeat(a)
    expect(a.told).toEqual(['+ t0 t1'])
    expect(a.membership.groupMetadata()).toEqual(before)
  })

  test(`${protocol}: with heartbeats inline it does`, async () => {
    await using a = member(protocol, 'inline')
    await a.untilHas('t0 t1')
    block(3 * SESSION_MS)
    await a.until(() => a.told.length > 1)
    expect(a.told[1]).toBe('! t0 t1')
  })

  test(`${protocol}: one that blocks it for longer than maxPollIntervalMs is put out while it does`, async () => {
    await using a = member(protocol, 'worker', 2_000)
    await thread(a)
    await using b = TestMember.start({
      bootstrapServers: `127.0.0.1:${broker.port}`,
      config: { groupId: `g${groups}`, groupProtocol: protocol, heartbeat: 'worker', sessionTimeoutMs: SESSION_MS },
      subscription: { topics: ['t'] },
      heartbeatWorkerFile,
    })
    await b.until(() => b.owned().length === 1)
    // Its session would end too, and the rebalance after that, told to both, would be heard of first.
    b.membership.mayBlock()
    a.membership.polled()
    block(4_000)
    await a.until(() => a.told.at(-1)?.startsWith('!') === true)
    expect(a.membership.describe().state).toBe('evicted')
    await b.untilHas('t0 t1')
  })
}

test('classic: what a rebalance was heard of before that, it is told after', async () => {
  await using a = member('classic', 'worker', 2_000)
  await thread(a)
  await heartbeat(a)
  a.membership.polled()
  const { groupId } = a.membership.groupMetadata()
  const join = a.cluster.call({ coordinator: 'group', key: groupId }, apis.JoinGroup, {
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    reason: null,
  })
  join.catch(() => {})
  await heartbeat(a)
  block(4_000)
  await a.until(() => a.told.length > 1)
  expect(a.told[1]).toBe('! t0 t1')
})

/** The built thread, but that it says so when it is there. */
function bornFile(): URL {
  const file = join(folder, 'born.mjs')
  const tells = "new BroadcastChannel('kohort-test-birth').postMessage('now')"
  writeFileSync(file, `import ${JSON.stringify(distUrl('lib/heartbeat-worker.js'))}\n${tells}\n`)
  return pathToFileURL(file)
}

/** Until the thread is there, which is asked for as the consumer does it before it calls what is the application's: on a busy machine it takes longer than a session here. */
async function thread(a: TestMember): Promise<void> {
  const births = new BroadcastChannel('kohort-test-birth')
  const isBorn = new Promise((resolve) => {
    births.onmessage = resolve
  })
  await a.untilHas('t0 t1')
  a.membership.mayBlock()
  await isBorn
  births.close()
}

/** Until the thread has been at work: whatever it wants to say has been said. */
async function heartbeat(a: TestMember): Promise<void> {
  const { groupId } = a.membership.groupMetadata()
  const target = { coordinator: 'group', key: groupId } as const
  const body = { groups: [groupId], includeAuthorizedOperations: false }
  await a.cluster.call(target, apis.DescribeGroups, body)
  await new Promise((resolve) => setImmediate(resolve))
}
