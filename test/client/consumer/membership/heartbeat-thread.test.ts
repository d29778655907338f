import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { BroadcastChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import type { MembershipConfig } from '../../../../src/client/consumer/membership/membership.ts'
import { silentLogger } from '../../../../src/platform/index.ts'
import { startBroker, type TestBroker } from '../../../../src/testing/index.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../../../src/wire/index.ts'
import { TestMember } from './group-harness.ts'
import { heartbeatWorkerFile } from './worker-file.ts'

const file = await heartbeatWorkerFile()
const properties = {
  'group.consumer.heartbeat.interval.ms': '50',
  'group.consumer.min.heartbeat.interval.ms': '50',
}

/** The same thread, but that it ends with an error when it is told to. */
function mortalFile(): URL {
  const mortal = new URL('mortal.mjs', file)
  const dies = "new BroadcastChannel('kohort-test-death').onmessage = () => process.exit(1)"
  writeFileSync(mortal, `import ${JSON.stringify(file.href)}\n${dies}\n`)
  return mortal
}

/** The same thread, but that it says so when it is there. */
function bornFile(): URL {
  const born = new URL('born.mjs', file)
  const tells = "new BroadcastChannel('kohort-test-birth').postMessage('now')"
  writeFileSync(born, `import ${JSON.stringify(file.href)}\n${tells}\n`)
  return born
}

const start = (broker: TestBroker, config: Partial<MembershipConfig>): TestMember =>
  TestMember.start({
    bootstrapServers: broker.bootstrapServers,
    config: { heartbeat: 'worker', ...config },
    subscription: { topics: ['t'] },
    heartbeatWorkerFile: file,
  })

for (const groupProtocol of ['classic', 'consumer'] as const) {
  const config = { groupProtocol, partitionAssignmentStrategy: ['cooperative-sticky'] }

  test(`${groupProtocol}: two members share a topic with heartbeats from a thread, and each leaves`, async () => {
    await using broker = await startBroker({ topics: { t: 4 }, properties })
    await using a = start(broker, config)
    await a.untilHas('t0 t1 t2 t3')
    expect(a.membership.describe().heartbeats).toBe('thread')
    const b = start(broker, config)
    await b.until(() => b.owned().length === 2)
    await a.until(() => a.owned().length === 2)
    await b.close()
    await a.untilHas('t0 t1 t2 t3')
  })

  test(`${groupProtocol}: a coordinator that says it is none is found again by the thread`, async () => {
    await using broker = await startBroker({ topics: { t: 1 }, properties })
    await using a = start(broker, config)
    await a.untilHas('t0')
    const api = groupProtocol === 'classic' ? 'Heartbeat' : 'ConsumerGroupHeartbeat'
    const refused = broker.fault({ api, times: 1 }).error('NOT_COORDINATOR')
    const asked = broker.fault({ api: 'FindCoordinator', times: 1 }).delay(1)
    await refused.hit
    await asked.hit
    const beat = broker.fault({ api, times: 1 }).delay(1)
    await beat.hit
    expect(a.told).toEqual(['+ t0'])
  })

  test(`${groupProtocol}: a goodbye is said to the end, also when the thread is needed meanwhile`, async () => {
    await using broker = await startBroker({ topics: { t: 1 } })
    const a = start(broker, config)
    await a.untilHas('t0')
    const api = groupProtocol === 'classic' ? 'LeaveGroup' : 'ConsumerGroupHeartbeat'
    const goodbye = broker.fault({ api, times: 1 }).delay(50)
    const left = a.membership.leave('the consumer is being closed')
    await goodbye.hit
    a.membership.mayBlock()
    await left
    await broker.group('g').untilMembers(0)
    await a.close()
  })

  test(`${groupProtocol}: the thread evicts an application that asks for nothing`, async () => {
    await using broker = await startBroker({ topics: { t: 1 }, properties })
    await using a = start(broker, { ...config, maxPollIntervalMs: 300 })
    await a.until(() => a.told.length === 2)
    await broker.group('g').untilMembers(0)
    a.membership.waiting(true)
    await a.untilHas('t0')
    expect(a.told).toEqual(['+ t0', '! t0', '+ t0'])
  })

  test(`${groupProtocol}: when the thread dies, the member stays what it is, and its heartbeats go on inline`, async () => {
    await using broker = await startBroker({ topics: { t: 1 }, properties })
    await using a = TestMember.start({
      bootstrapServers: broker.bootstrapServers,
      config: { heartbeat: 'worker', ...config },
      subscription: { topics: ['t'] },
      heartbeatWorkerFile: mortalFile(),
    })
    await a.untilHas('t0')
    a.membership.mayBlock()
    const api = groupProtocol === 'classic' ? 'Heartbeat' : 'ConsumerGroupHeartbeat'
    await broker.fault({ api, times: 1 }).delay(1).hit
    const before = a.membership.groupMetadata()
    const joins = broker
      .fault({ api, where: ({ memberEpoch }: { memberEpoch?: number }) => memberEpoch === 0, times: 1_000 })
      .delay(0)
    const death = new BroadcastChannel('kohort-test-death')
    while (a.membership.describe().heartbeats === 'thread') {
      // Again and again: the thread may still be loading.
      death.postMessage('now')
      await new Promise((resolve) => setImmediate(resolve))
    }
    death.close()
    await broker.fault({ api, times: 1 }).delay(1).hit
    expect([a.told, a.membership.groupMetadata(), joins.hits]).toEqual([['+ t0'], before, 0])
  })

  test(`${groupProtocol}: the thread waits until it is needed`, async () => {
    await using broker = await startBroker({ topics: { t: 1 }, properties })
    const born: string[] = []
    const file = bornFile()
    const births = new BroadcastChannel('kohort-test-birth')
    births.onmessage = () => born.push('thread')
    await using a = TestMember.start({
      bootstrapServers: broker.bootstrapServers,
      config: { heartbeat: 'worker', ...config, heartbeatIntervalMs: 60_000 },
      subscription: { topics: ['t'] },
      heartbeatWorkerFile: file,
    })
    await a.untilHas('t0')
    // The first ones are said from here.
    const api = groupProtocol === 'classic' ? 'Heartbeat' : 'ConsumerGroupHeartbeat'
    await broker.fault({ api, times: 1 }).delay(1).hit
    const before = [...born]
    a.membership.mayBlock()
    while (born.length === 0) await new Promise((resolve) => setImmediate(resolve))
    births.close()
    expect([before, born]).toEqual([[], ['thread']])
  })

  test(`${groupProtocol}: where no thread can start heartbeats are inline, and the member stays`, async () => {
    await using broker = await startBroker({ topics: { t: 1 }, properties })
    await using a = TestMember.start({
      bootstrapServers: broker.bootstrapServers,
      config: { heartbeat: 'worker', ...config },
      subscription: { topics: ['t'] },
      heartbeatWorkerFile: pathToFileURL('/nowhere/heartbeat-worker.mjs'),
      logger: silentLogger,
    })
    await a.untilHas('t0')
    a.membership.mayBlock()
    const api = groupProtocol === 'classic' ? 'Heartbeat' : 'ConsumerGroupHeartbeat'
    while (a.membership.describe().heartbeats !== 'inline') await new Promise((resolve) => setImmediate(resolve))
    await broker.fault({ api, times: 1 }).delay(1).hit
    expect(a.membership.describe().heartbeats).toBe('inline')
  })
}

test('consumer: the first heartbeat of the thread, which says everything, names what the member was given before', async () => {
  await using broker = await startBroker({ topics: { t: 2 }, properties })
  let named: readonly number[] | undefined
  const isFull = ({ memberEpoch, rebalanceTimeoutMs, topicPartitions }: ConsumerGroupHeartbeatRequest): boolean => {
    if (memberEpoch <= 0 || rebalanceTimeoutMs === -1) return false
    named = topicPartitions?.flatMap(({ partitions }) => partitions)
    return true
  }
  const { hit } = broker.fault({ api: 'ConsumerGroupHeartbeat', where: isFull }).delay(1)
  await using a = start(broker, { groupProtocol: 'consumer' })
  // The thread goes on from the answer to the join.
  a.membership.mayBlock()
  await a.untilHas('t0 t1')
  await hit
  expect(named).toEqual([0, 1])
})
