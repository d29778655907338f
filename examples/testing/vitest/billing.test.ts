// vitest, ESM, TypeScript, @platformatic/kafka.
import { startBroker } from 'kohort/testing'
import { expect, test } from 'vitest'
// @ts-expect-error -- the program under test is plain JavaScript
import { startBilling } from '../app/billing.js'

test('amounts are added up, and each record is committed', async () => {
  await using broker = await startBroker({ topics: { orders: 2 } })
  await broker.produce('orders', [
    { key: 'a', value: '5', partition: 0 },
    { key: 'a', value: '7', partition: 0 },
  ])
  const app = await startBilling(broker)
  await broker.group('billing').untilCommitted({ topic: 'orders', partition: 0, offset: 2 })
  expect(app.totals.get('a')).toBe(12)
  await app.stop()
})

test('a member that loses its session joins again', async () => {
  await using broker = await startBroker({ topics: { orders: 2 } })
  const group = broker.group('billing')
  const app = await startBilling(broker)
  const [before] = await group.untilStable()
  broker.expireSession('billing', 'billing')
  const [after] = await group.untilMembers(1)
  expect(after!.memberId).not.toBe(before!.memberId)
  const events = await group.timeline()
  expect(events.map(({ trigger }) => trigger)).toContain('session-timeout')
  await app.stop()
})
