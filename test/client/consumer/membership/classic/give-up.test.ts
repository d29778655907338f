import { describe, expect, test } from 'vitest'
import { isOut, toGiveUpBeforeJoin } from '../../../../../src/client/consumer/membership/classic/give-up.ts'

const partitions = [
  { topic: 'orders', partition: 0 },
  { topic: 'bills', partition: 1 },
]
const member = { owned: partitions, memberId: 'm', generationId: 3 }
const rules = { isCooperative: false, wants: (topic: string) => topic === 'orders', reason: 'topics changed' }

describe('before it joins a member gives up', () => {
  test('nothing, where it has nothing', () => {
    expect(toGiveUpBeforeJoin({ ...member, owned: [] }, rules)).toBeUndefined()
  })

  test('all that it has, where all begin anew', () => {
    expect(toGiveUpBeforeJoin(member, rules)).toEqual({ type: 'revoked', partitions, reason: 'topics changed' })
  })

  test('what it wants no more, where it may keep the rest (KIP-429)', () => {
    const cooperative = { ...rules, isCooperative: true }
    expect(toGiveUpBeforeJoin(member, cooperative)).toEqual({
      type: 'revoked',
      partitions: [{ topic: 'bills', partition: 1 }],
      reason: 'topics changed',
    })
    expect(toGiveUpBeforeJoin(member, { ...cooperative, wants: () => true })).toBeUndefined()
  })

  test.each([{ memberId: '' }, { generationId: -1 }])('all as lost, where others may have it already: %o', (given) => {
    const out = { ...member, ...given }
    expect(isOut(out)).toBe(true)
    expect(toGiveUpBeforeJoin(out, { ...rules, isCooperative: true })).toEqual({
      type: 'lost',
      partitions,
      reason: 'topics changed',
    })
    expect(toGiveUpBeforeJoin(out, { ...rules, reason: '' })?.type).toBe('lost')
  })
})
