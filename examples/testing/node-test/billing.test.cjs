// node:test, CommonJS, kafkajs.
const assert = require('node:assert/strict')
const { afterEach, beforeEach, test } = require('node:test')
const { startBroker } = require('kohort/testing')
const { startBilling } = require('../app/billing.cjs')

let broker
beforeEach(async () => {
  broker = await startBroker({ topics: { orders: 2 } })
})
afterEach(() => broker.close())

test('amounts are added up, and each record is committed', async () => {
  await broker.produce('orders', [
    { key: 'a', value: '5', partition: 0 },
    { key: 'a', value: '7', partition: 0 },
  ])
  const app = await startBilling(broker)
  await broker.group('billing').untilCommitted({ topic: 'orders', partition: 0, offset: 2 })
  assert.equal(app.totals.get('a'), 12)
  await app.stop()
  await broker.group('billing').untilMembers(0)
})

test('two instances share the partitions; when one is lost the other takes over', async () => {
  const one = await startBilling({ bootstrapServers: broker.bootstrapServers, clientId: 'one' })
  const two = await startBilling({ bootstrapServers: broker.bootstrapServers, clientId: 'two' })
  const members = await broker.group('billing').untilMembers(2)
  assert.deepEqual(
    members.map(({ assignment }) => assignment.orders.length),
    [1, 1],
  )
  await two.stop()
  const [left] = await broker.group('billing').untilMembers(1)
  assert.deepEqual(left.assignment, { orders: [0, 1] })
  await one.stop()
})

test('a connection that breaks in the middle of a fetch loses nothing', async () => {
  const broken = broker.fault({ api: 'Fetch' }).close()
  await broker.produce('orders', [{ key: 'a', value: '5', partition: 1 }])
  const app = await startBilling(broker)
  await broken.hit
  await broker.group('billing').untilCommitted({ topic: 'orders', partition: 1, offset: 1 })
  await app.stop()
})
