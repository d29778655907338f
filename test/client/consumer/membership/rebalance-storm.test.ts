import { expect, test } from 'vitest'
import { RebalanceStorm } from '../../../../src/client/consumer/membership/rebalance-storm.ts'
import { silentLogger } from '../../../../src/platform/index.ts'

test('more than ten rebalances within a minute are one warning a minute, with the last reason', () => {
  const warnings: string[] = []
  const storm = new RebalanceStorm('g', { ...silentLogger, warn: (_, message) => void warnings.push(message) })
  // A deploy now and then.
  for (let i = 0; i < 50; i++) storm.note(i * 7_000, 'group is already rebalancing')
  expect(warnings).toEqual([])
  for (let i = 0; i < 50; i++) storm.note(1_000_000 + i * 1_000, 'consumer poll timeout has expired.')
  expect(warnings).toEqual([
    'group g has rebalanced 11 times within a minute; the last one because: consumer poll timeout has expired.',
  ])
})
