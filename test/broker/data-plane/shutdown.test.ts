import assert from 'node:assert/strict'
import { test } from 'vitest'
import { fetchStateOf } from '../../../src/broker/fetch/index.ts'
import { startBroker } from '../../../src/broker/index.ts'
import * as wire from '../../../src/wire/index.ts'
import { waitUntil } from '../../interop/support/wait.ts'
import { RawClient } from '../../support/raw-client.ts'
import { fetchBody } from './support/requests.ts'

test('a broker that stops answers those that wait, in order, and ends their connections', async () => {
  const broker = await startBroker({
    listeners: [{ host: '127.0.0.1', port: 0 }],
    topics: [{ name: 't', partitions: 1 }],
    properties: { 'group.initial.rebalance.delay.ms': '60000' },
  })
  const { port } = broker.listeners[0]!
  const [poller, member, idle] = await Promise.all([1, 2, 3].map(() => RawClient.connect({ port })))
  poller!.send(wire.fetchRequest, 12, fetchBody([{ topic: 't' }], { maxWaitMs: 60_000 }))
  await member!.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 2, { key: 'g', keyType: 0 })
  await broker.groupsLoaded
  member!.send(wire.joinGroupRequest, 3, {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('m') }],
  })
  // A request behind the join is done; its answer waits for the join's.
  member!.send(wire.apiVersionsRequest, 0, {})
  await waitUntil('the poll to wait', () => fetchStateOf(broker.broker).delayed.size === 1)
  await waitUntil('the join to wait', async () => {
    const { groups } = await idle!.call(wire.describeGroupsRequest, wire.describeGroupsResponse, 0, { groups: ['g'] })
    return groups[0]!.groupState === 'PreparingRebalance'
  })

  const closed = broker.close()
  const polled = await poller!.receive(wire.fetchRequest, wire.fetchResponse, 12)
  assert.equal(polled?.body.responses[0]?.partitions[0]?.errorCode, 0)
  const joined = await member!.receive(wire.joinGroupRequest, wire.joinGroupResponse, 3)
  assert.equal(wire.errorName(joined!.body.errorCode), 'NOT_COORDINATOR')
  assert.notEqual(await member!.receive(wire.apiVersionsRequest, wire.apiVersionsResponse, 0), undefined)
  for (const client of [poller, member, idle]) {
    await client!.ended()
    client!.close()
  }
  await closed
})
