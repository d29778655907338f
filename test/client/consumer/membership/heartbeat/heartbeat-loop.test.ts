import { expect, test } from 'vitest'
import type {
  ConsumerBeat,
  HeartbeatEvent,
  HeartbeatStep,
} from '../../../../../src/client/consumer/membership/heartbeat/heartbeat-events.ts'
import { HeartbeatLoop } from '../../../../../src/client/consumer/membership/heartbeat/heartbeat-loop.ts'
import { ErrorCode, type ErrorName } from '../../../../../src/wire/index.ts'

const settings = {
  heartbeatIntervalMs: 3_000,
  sessionTimeoutMs: 10_000,
  maxPollIntervalMs: 60_000,
  requestTimeoutMs: 30_000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
}

class Scene {
  readonly loop = new HeartbeatLoop(settings)
  nowMs = 0
  progress = 0
  #id = 0
  #out: unknown[] = []

  hear(event: HeartbeatEvent): unknown[] {
    this.#out = []
    this.loop.handle(event, this.#step())
    return this.#out
  }

  at(nowMs: number): unknown[] {
    this.nowMs = nowMs
    return this.hear({ type: 'tick' })
  }

  answered(error: ErrorName = 'NONE'): unknown[] {
    return this.hear({ type: 'answered', id: this.#id, response: { throttleTimeMs: 0, errorCode: ErrorCode[error] } })
  }

  epoch(memberEpoch: number, error: ErrorName = 'NONE', assignment: ConsumerBeat['topicPartitions'] | null = null) {
    const response = {
      throttleTimeMs: 0,
      errorCode: ErrorCode[error],
      errorMessage: null,
      memberId: 'm',
      memberEpoch,
      heartbeatIntervalMs: 5_000,
      assignment:
        assignment === null
          ? null
          : {
              topicPartitions: assignment.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] })),
            },
    }
    return this.hear({ type: 'answered', id: this.#id, response })
  }

  lost(): unknown[] {
    return this.hear({ type: 'failed', id: this.#id, isRetriable: true, code: 'CONNECTION_CLOSED', message: 'gone' })
  }

  #step(): HeartbeatStep {
    return {
      nowMs: this.nowMs,
      random: () => 0.5,
      progress: () => this.progress,
      coordinatorLost: () => this.#out.push('coordinator lost'),
      report: (report) => this.#out.push(report.type === 'answer' ? `epoch ${report.response.memberEpoch}` : report),
      send: (request) => {
        this.#id = request.id
        if (request.api === 'LeaveGroup') return this.#out.push(`LeaveGroup: ${request.member.reason}`)
        this.#out.push(request.api === 'Heartbeat' ? `Heartbeat ${request.body.generationId}` : said(request.body))
      },
    }
  }
}

/** What a heartbeat says, without what it leaves as it was. */
function said(body: object): unknown {
  const { groupId: _group, memberId: _member, ...fields } = body as Record<string, unknown>
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== -1))
}

const classic = {
  protocol: 'classic',
  groupId: 'g',
  memberId: 'm',
  generationId: 1,
  groupInstanceId: null,
  isCooperative: false,
} as const
const consumer: ConsumerBeat = {
  protocol: 'consumer',
  groupId: 'g',
  memberId: 'm',
  instanceId: null,
  rackId: 'r',
  incarnation: 1,
  rebalanceTimeoutMs: 60_000,
  subscribedTopicNames: ['t'],
  subscribedTopicRegex: null,
  serverAssignor: null,
  topicPartitions: [],
  heard: 0,
}
const t = (...partitions: number[]) => [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitions }]

test('classic: one heartbeat an interval, and no second one before the answer', () => {
  const scene = new Scene()
  expect(scene.hear({ type: 'beat', beat: classic })).toEqual([])
  expect(scene.loop.nextDeadlineMs()).toBe(3_000)
  expect(scene.at(3_000)).toEqual(['Heartbeat 1'])
  expect(scene.at(9_000)).toEqual([])
  expect(scene.answered()).toEqual([])
  expect(scene.loop.nextDeadlineMs()).toBe(12_000)
})

test('classic, cooperative: the first heartbeats of a generation come soon, since another rebalance may follow', () => {
  const scene = new Scene()
  const waits = (beat: typeof classic | { readonly generationId: number }): number[] => {
    scene.hear({ type: 'beat', beat: { ...classic, ...beat, isCooperative: true } })
    return Array.from({ length: 8 }, () => {
      const waitMs = scene.loop.nextDeadlineMs() - scene.nowMs
      scene.at(scene.loop.nextDeadlineMs())
      scene.answered()
      return waitMs
    })
  }
  expect(waits(classic)).toEqual([25, 50, 100, 200, 400, 800, 3_000, 3_000])
  expect(waits({ generationId: 2 }).slice(0, 2)).toEqual([25, 50])
})

test('classic: a rebalance is reported each time, an unknown member once, and then there is nobody to speak for', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: classic })
  scene.at(3_000)
  const refused = { type: 'refused', memberId: 'm', generationId: 1 }
  expect(scene.answered('REBALANCE_IN_PROGRESS')).toEqual([{ ...refused, error: 'REBALANCE_IN_PROGRESS' }])
  expect(scene.at(6_000)).toEqual(['Heartbeat 1'])
  expect(scene.answered('UNKNOWN_MEMBER_ID')).toEqual([{ ...refused, error: 'UNKNOWN_MEMBER_ID' }])
  expect(scene.loop.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY)
})

test('classic: a lost coordinator is asked again soon, with ever longer waits', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: classic })
  scene.at(3_000)
  expect(scene.answered('NOT_COORDINATOR')).toEqual(['coordinator lost'])
  expect(scene.at(3_100)).toEqual(['Heartbeat 1'])
  expect(scene.lost()).toEqual([])
  expect(scene.loop.nextDeadlineMs()).toBe(3_300)
})

test('who does not ask for records for max.poll.interval.ms leaves: dynamic members say why, static ones say nothing', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: classic })
  scene.progress++
  scene.at(3_000)
  expect(scene.at(62_999)).toEqual([])
  expect(scene.at(63_000)).toEqual(['LeaveGroup: consumer poll timeout has expired.', { type: 'poll-timeout' }])
  const fixed = new Scene()
  fixed.hear({ type: 'beat', beat: { ...classic, groupInstanceId: 'i' } })
  expect(fixed.at(60_000)).toEqual([{ type: 'poll-timeout' }])
  const modern = new Scene()
  modern.hear({ type: 'beat', beat: consumer })
  modern.epoch(1)
  // The epoch is -1.
  expect(modern.at(60_000)).toEqual([{}, { type: 'poll-timeout' }])
})

test('a rebalance is no progress: an application that hung before it is put out in its time', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: classic })
  scene.at(50_000)
  scene.answered('REBALANCE_IN_PROGRESS')
  scene.hear({ type: 'beat', beat: null })
  scene.nowMs = 55_000
  scene.hear({ type: 'beat', beat: { ...classic, generationId: 2 } })
  expect(scene.at(60_000)).toContainEqual({ type: 'poll-timeout' })
  const asks = new Scene()
  asks.hear({ type: 'beat', beat: classic })
  asks.hear({ type: 'beat', beat: null })
  asks.nowMs = 55_000
  asks.progress++
  asks.hear({ type: 'beat', beat: { ...classic, generationId: 2 } })
  expect(asks.at(114_999)).not.toContainEqual({ type: 'poll-timeout' })
  expect(asks.at(115_000)).toContainEqual({ type: 'poll-timeout' })
})

test('consumer: says everything when it joins, then only what has changed, and everything after a failure', () => {
  const scene = new Scene()
  const all = {
    memberEpoch: 0,
    rackId: 'r',
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: ['t'],
    topicPartitions: [],
  }
  expect(scene.hear({ type: 'beat', beat: consumer })).toEqual([all])
  expect(scene.epoch(4)).toEqual(['epoch 4'])
  expect(scene.at(5_000)).toEqual([{ memberEpoch: 4 }])
  expect(scene.epoch(5)).toEqual(['epoch 5'])
  const owning = { ...consumer, topicPartitions: t(0, 1) }
  expect(scene.hear({ type: 'beat', beat: owning })).toEqual([{ memberEpoch: 5, topicPartitions: t(0, 1) }])
  expect(scene.lost()).toEqual([])
  const { rackId: _rack, ...again } = all
  expect(scene.at(6_000)).toEqual([{ ...again, memberEpoch: 5, topicPartitions: t(0, 1) }])
})

test('consumer: what becomes true while an answer is under way is said right after it', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: consumer })
  expect(scene.hear({ type: 'beat', beat: { ...consumer, subscribedTopicNames: ['t', 'u'] } })).toEqual([])
  expect(scene.epoch(1)).toEqual(['epoch 1', { memberEpoch: 1, subscribedTopicNames: ['t', 'u'] }])
})

test('consumer: a pattern is taken back with an empty one', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: { ...consumer, subscribedTopicRegex: 'a.*' } })
  scene.epoch(1)
  expect(scene.hear({ type: 'beat', beat: consumer })).toEqual([{ memberEpoch: 1, subscribedTopicRegex: '' }])
})

test('consumer: a fenced member is silent until it joins anew, with epoch 0', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: consumer })
  scene.epoch(3)
  scene.at(5_000)
  expect(scene.epoch(0, 'FENCED_MEMBER_EPOCH')).toEqual(['epoch 0'])
  expect(scene.at(30_000)).toEqual([])
  expect(scene.hear({ type: 'beat', beat: { ...consumer, incarnation: 2 } })).toEqual([
    expect.objectContaining({ memberEpoch: 0, subscribedTopicNames: ['t'] }),
  ])
})

test('consumer: goodbye is said at once, whatever is in flight', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: consumer })
  expect(scene.hear({ type: 'leave', memberEpoch: -2 })).toEqual([{ memberEpoch: -2 }])
  expect(scene.epoch(-2)).toEqual([{ type: 'left' }])
})

test('consumer: a goodbye that may not have been heard is said again, until the session has ended anyway', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: consumer })
  scene.epoch(4)
  scene.hear({ type: 'leave', memberEpoch: -1 })
  expect(scene.lost()).toEqual([])
  expect(scene.loop.nextDeadlineMs()).toBe(100)
  // The member says for nobody any more; the goodbye stays.
  expect(scene.hear({ type: 'beat', beat: null })).toEqual([])
  expect(scene.at(100)).toEqual([{}])
  expect(scene.epoch(0, 'NOT_COORDINATOR')).toEqual(['coordinator lost'])
  expect(scene.at(300)).toEqual([{}])
  expect(scene.epoch(-1)).toEqual([{ type: 'left' }])
  const hopeless = new Scene()
  hopeless.hear({ type: 'beat', beat: consumer })
  hopeless.hear({ type: 'leave', memberEpoch: -1 })
  let said = 0
  while (hopeless.lost().length === 0 && said++ < 100) hopeless.at(hopeless.loop.nextDeadlineMs())
  expect([said, hopeless.nowMs]).toEqual([12, 9_500])
})

test('an eviction is said again too, but not when the member has come back meanwhile', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: classic })
  expect(scene.at(60_000)).toEqual(['LeaveGroup: consumer poll timeout has expired.', { type: 'poll-timeout' }])
  expect(scene.lost()).toEqual([])
  expect(scene.at(60_100)).toEqual(['LeaveGroup: consumer poll timeout has expired.'])
  expect(scene.lost()).toEqual([])
  scene.hear({ type: 'beat', beat: { ...classic, memberId: 'm2' } })
  expect(scene.at(60_300)).toEqual([])
})

test('consumer: another loop goes on with the epoch that the member has, and says everything', () => {
  const scene = new Scene()
  expect(scene.hear({ type: 'beat', beat: { ...consumer, topicPartitions: t(0) }, memberEpoch: 7 })).toEqual([
    { memberEpoch: 7, rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['t'], topicPartitions: t(0) },
  ])
})

test('consumer: what the member was given and has not heard of yet is said to be owned, where all is said: it will take it', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: consumer })
  scene.epoch(1, 'NONE', t(0))
  // Not a heartbeat more for that.
  expect(scene.loop.nextDeadlineMs()).toBe(5_000)
  scene.at(5_000)
  scene.lost()
  expect(scene.at(5_100)).toMatchObject([{ memberEpoch: 1, topicPartitions: t(0) }])
  scene.epoch(1, 'NONE', t())
  scene.at(10_100)
  scene.lost()
  // Its thread, which was busy, hears of the first and then of the second.
  expect(scene.hear({ type: 'beat', beat: { ...consumer, heard: 1, topicPartitions: t(0) } })).toEqual([])
  expect(scene.at(10_200)).toMatchObject([{ topicPartitions: t(0) }])
  scene.epoch(1)
  expect(scene.hear({ type: 'beat', beat: { ...consumer, heard: 2, topicPartitions: t(0) } })).toEqual([])
  expect(scene.hear({ type: 'beat', beat: { ...consumer, heard: 2 } })).toMatchObject([{ topicPartitions: [] }])
})

test('consumer: what it gave up before it heard of what it was given since is said when it has heard', () => {
  const scene = new Scene()
  scene.hear({ type: 'beat', beat: { ...consumer, heard: 3, topicPartitions: t(0, 1) }, memberEpoch: 4 })
  scene.epoch(4, 'NONE', t(1))
  scene.hear({ type: 'beat', beat: { ...consumer, heard: 4, topicPartitions: t(0, 1) } })
  scene.at(5_000)
  scene.epoch(5, 'NONE', t(1, 2))
  expect(scene.hear({ type: 'beat', beat: { ...consumer, heard: 4, topicPartitions: t(1) } })).toEqual([])
  const beat = { ...consumer, heard: 5, topicPartitions: t(1, 2) }
  expect(scene.hear({ type: 'beat', beat })).toMatchObject([{ memberEpoch: 5, topicPartitions: t(1, 2) }])
})
