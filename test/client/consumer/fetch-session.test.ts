import { describe, expect, test } from 'vitest'
import { FetchSession, type SessionPartition } from '../../../src/client/consumer/fetch/fetch-session.ts'
import { PartitionState } from '../../../src/client/consumer/partition-state.ts'

const states = new Map<string, PartitionState>()
function state(topic: string, partition: number): PartitionState {
  const key = `${topic}-${partition}`
  if (!states.has(key)) states.set(key, new PartitionState({ topic, partition, assignmentEpoch: 1 }))
  return states.get(key)!
}
function wanted(
  topic: string,
  partition: number,
  fetchOffset: bigint,
  topicId: string | undefined = `id-${topic}`,
): SessionPartition {
  const of = state(topic, partition)
  return { state: of, seeks: of.seeks, topicId, fetchOffset, currentLeaderEpoch: 3, partitionMaxBytes: 1000 }
}
const said = (session: FetchSession, partitions: SessionPartition[]): unknown => {
  const { sessionId, sessionEpoch, topics, forgottenTopicsData } = session.next(partitions).request
  return [
    sessionId,
    sessionEpoch,
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, fetchOffset }) => `${topic}-${partition}@${fetchOffset}`),
    ),
    (forgottenTopicsData ?? []).flatMap(({ topic, topicId, partitions }) =>
      partitions.map((p) => `${topic}-${p} ${topicId}`),
    ),
  ]
}

describe('a fetch session', () => {
  test('begins with all partitions, and names only what has changed from then on', () => {
    const session = new FetchSession()
    expect(said(session, [wanted('a', 0, 5n), wanted('a', 1, 0n), wanted('b', 0, 0n)])).toEqual([
      0,
      0,
      ['a-0@5', 'a-1@0', 'b-0@0'],
      [],
    ])
    expect(session.answered({ errorCode: 0, sessionId: 77 })).toBe(true)
    expect(said(session, [wanted('a', 0, 9n), wanted('a', 1, 0n)])).toEqual([77, 1, ['a-0@9'], ['b-0 id-b']])
    session.answered({ errorCode: 0, sessionId: 77 })
    expect(said(session, [wanted('a', 0, 9n), wanted('a', 1, 0n), wanted('b', 0, 0n)])).toEqual([77, 2, ['b-0@0'], []])
  })

  test('is begun anew when the broker does not know it, or counts otherwise', () => {
    const session = new FetchSession()
    session.next([wanted('a', 0, 0n)])
    session.answered({ errorCode: 0, sessionId: 77 })
    session.next([wanted('a', 0, 1n)])
    expect(session.answered({ errorCode: 70, sessionId: 0 })).toBe(false)
    expect(said(session, [wanted('a', 0, 1n)])).toEqual([0, 0, ['a-0@1'], []])
    session.answered({ errorCode: 0, sessionId: 78 })
    session.next([wanted('a', 0, 2n)])
    expect(session.answered({ errorCode: 71, sessionId: 0 })).toBe(false)
    // The old one may still be there: its id says which one to close.
    expect(said(session, [wanted('a', 0, 2n)])).toEqual([78, 0, ['a-0@2'], []])
  })

  test('is begun anew after a request without an answer', () => {
    const session = new FetchSession()
    session.next([wanted('a', 0, 0n)])
    session.answered({ errorCode: 0, sessionId: 77 })
    session.next([wanted('a', 0, 1n)])
    session.failed()
    expect(said(session, [wanted('a', 0, 1n)])).toEqual([77, 0, ['a-0@1'], []])
  })

  test('is none where the broker has no room: full requests each time', () => {
    const session = new FetchSession()
    session.next([wanted('a', 0, 0n)])
    session.answered({ errorCode: 0, sessionId: 0 })
    expect(said(session, [wanted('a', 0, 0n)])).toEqual([0, 0, ['a-0@0'], []])
    expect(session.close()).toBeUndefined()
  })

  test('forgets the old id of a topic that was made anew', () => {
    const session = new FetchSession()
    session.next([wanted('a', 0, 4n, 'old')])
    session.answered({ errorCode: 0, sessionId: 77 })
    expect(said(session, [wanted('a', 0, 4n, 'new')])).toEqual([77, 1, ['a-0@4'], ['a-0 old']])
  })

  test('names topics only where an id is missing, in a session of its own', () => {
    const session = new FetchSession()
    session.next([wanted('a', 0, 0n)])
    session.answered({ errorCode: 0, sessionId: 77 })
    const { request, usesTopicIds } = session.next([wanted('a', 0, 0n), { ...wanted('b', 0, 0n), topicId: undefined }])
    expect(usesTopicIds).toBe(false)
    expect([request.sessionId, request.sessionEpoch, request.topics.length]).toEqual([77, 0, 2])
  })

  test('counts on from 1 behind the greatest epoch, and is closed with -1', () => {
    const session = new FetchSession()
    session.next([wanted('a', 0, 0n)])
    session.answered({ errorCode: 0, sessionId: 77 })
    expect(session.close()).toMatchObject({ sessionId: 77, sessionEpoch: -1, topics: [] })
    expect(said(session, [wanted('a', 0, 0n)])).toEqual([0, 0, ['a-0@0'], []])
  })

  test('an answer is told the partition by name and by id, as it was asked for', () => {
    const session = new FetchSession()
    session.next([wanted('a', 0, 5n)])
    const asked = session.partitionsOf()
    expect(asked.byName('a', 0)?.fetchOffset).toBe(5n)
    expect(asked.byId('id-a', 0)?.fetchOffset).toBe(5n)
    expect(asked.byId('id-b', 0)).toBeUndefined()
    expect(asked.byName('a', 1)).toBeUndefined()
  })
})
