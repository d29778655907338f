import { expect, test } from 'vitest'
import { clientAssignors } from '../../../../../src/client/consumer/membership/classic/assignors.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../../src/client/consumer/membership/classic/protocol-metadata.ts'
import {
  decodeCooperativeUserData,
  decodeStickyUserData,
} from '../../../../../src/client/consumer/membership/classic/sticky-user-data.ts'
import { consumerProtocolSubscription } from '../../../../../src/wire/index.ts'

// Bytes of Apache Kafka 4.2's ConsumerProtocol, StickyAssignor and CooperativeStickyAssignor.
const JAVA_SUBSCRIPTION =
  '0003000000020001740001750000000400000005000000010001740000000200000000000000020000000500027231'
const JAVA_ASSIGNMENT = '0003000000020001740000000200000002000000000001750000000100000000ffffffff'
const JAVA_STICKY = '00000002000174000000020000000000000002000175000000010000000100000005'

const t = (partition: number) => ({ topic: 't', partition })
const u = (partition: number) => ({ topic: 'u', partition })
const group = { groupId: 'g', memberId: 'm', generationId: 5, groupInstanceId: null }

test('a subscription is what Java makes of it', () => {
  const subscription = {
    topics: ['u', 't'],
    userData: Buffer.from('00000005', 'hex'),
    ownedPartitions: [t(0), t(2)],
    generationId: 5,
    rackId: 'r1',
  }
  const bytes = encodeSubscription(subscription)
  expect(bytes.toString('hex')).toBe(JAVA_SUBSCRIPTION)
  expect(decodeSubscription(bytes)).toEqual({ ...subscription, topics: ['t', 'u'] })
})

test('older subscriptions say less, newer ones more than is read', () => {
  const fields = {
    topics: ['t'],
    userData: null,
    ownedPartitions: [{ topic: 't', partitions: [1] }],
    generationId: 4,
    rackId: 'r',
  }
  const read = [0, 1, 2, 3].map((version) =>
    decodeSubscription(
      Buffer.concat([Buffer.from([0, version]), consumerProtocolSubscription.encode(fields, version)]),
    ),
  )
  expect(read).toEqual([
    { topics: ['t'], userData: null, ownedPartitions: [], generationId: -1, rackId: null },
    { topics: ['t'], userData: null, ownedPartitions: [t(1)], generationId: -1, rackId: null },
    { topics: ['t'], userData: null, ownedPartitions: [t(1)], generationId: 4, rackId: null },
    { topics: ['t'], userData: null, ownedPartitions: [t(1)], generationId: 4, rackId: 'r' },
  ])
  const future = Buffer.concat([
    Buffer.from([0, 9]),
    consumerProtocolSubscription.encode(fields, 3),
    Buffer.from('more'),
  ])
  expect(decodeSubscription(future)).toEqual(read[3])
})

test('an assignment is what Java makes of it, and nothing is one too', () => {
  const bytes = encodeAssignment([t(2), u(0), t(0)], null)
  expect(bytes.toString('hex')).toBe(JAVA_ASSIGNMENT)
  expect(decodeAssignment(bytes)).toEqual({ partitions: [t(2), t(0), u(0)], userData: null })
  expect(decodeAssignment(Buffer.alloc(0))).toEqual({ partitions: [], userData: null })
})

test('sticky members tell their leader what they had, in the bytes of Java', () => {
  const [sticky] = clientAssignors(['sticky'])
  expect(sticky!.subscriptionUserData!(['t'])).toBeNull()
  sticky!.onAssignment!({ partitions: [t(0), t(2), u(1)] }, group)
  const userData = sticky!.subscriptionUserData!(['t'])!
  expect(Buffer.from(userData).toString('hex')).toBe(JAVA_STICKY)
  expect(decodeStickyUserData(userData)).toEqual({ ownedPartitions: [t(0), t(2), u(1)], generationId: 5 })
  expect(decodeStickyUserData(userData.subarray(0, -4))).toMatchObject({
    generationId: -1,
    ownedPartitions: { length: 3 },
  })
  expect(decodeStickyUserData(Buffer.from('junk'))).toEqual({ ownedPartitions: [], generationId: -1 })
})

test('cooperative-sticky members tell their generation, in the bytes of Java', () => {
  const [sticky] = clientAssignors(['cooperative-sticky'])
  expect(Buffer.from(sticky!.subscriptionUserData!(['t'])!).toString('hex')).toBe('ffffffff')
  sticky!.onAssignment!({ partitions: [t(0)] }, group)
  const userData = sticky!.subscriptionUserData!(['t'])!
  expect(Buffer.from(userData).toString('hex')).toBe('00000005')
  expect(decodeCooperativeUserData(userData)).toBe(5)
  expect(decodeCooperativeUserData(Buffer.from('junk, long'))).toBe(-1)
})

test('assignors that do not exist, or stand there twice, are refused by name', () => {
  expect(() => clientAssignors(['stikky'])).toThrow('there is no assignor stikky')
  expect(() => clientAssignors(['range', 'range'])).toThrow('names the assignor range twice')
  expect(() => clientAssignors([])).toThrow('at least one')
})
