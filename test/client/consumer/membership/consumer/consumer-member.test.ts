import { expect, test } from 'vitest'
import type { TopicPartition } from '../../../../../src/assignor/index.ts'
import type {
  ConsumerEvent,
  ConsumerStep,
} from '../../../../../src/client/consumer/membership/consumer/consumer-events.ts'
import { ConsumerMember } from '../../../../../src/client/consumer/membership/consumer/consumer-member.ts'
import type { ConsumerBeat } from '../../../../../src/client/consumer/membership/heartbeat/heartbeat-events.ts'
import { KafkaError } from '../../../../../src/client/kafka-error.ts'
import { ErrorCode, type ErrorName } from '../../../../../src/wire/index.ts'
import { text } from '../group-harness.ts'

type Owned = Readonly<Record<string, readonly number[]>>

/** A member and everything it does, in words; the test says what it hears. */
class Scene {
  readonly member: ConsumerMember
  /** Names that its metadata know; ids are `id-` and the name. */
  readonly names = new Set(['t', 'u'])
  nowMs = 0
  /** The newest. */
  beat: ConsumerBeat | null = null
  #out: string[] = []
  #said = ''
  #epoch = 0

  constructor(options: { instanceId?: string; topics?: readonly string[]; pattern?: string } = {}) {
    const { instanceId = null, topics = ['t'], pattern = null } = options
    const config = {
      groupId: 'g',
      groupInstanceId: instanceId,
      maxPollIntervalMs: 60_000,
      clientRack: 'r',
      groupRemoteAssignor: null,
    }
    this.member = new ConsumerMember(config, () => 'm')
    this.subscribe(topics, pattern)
  }

  hear(event: ConsumerEvent): string[] {
    this.#out = []
    this.member.handle(event, this.#step())
    return this.#out
  }

  subscribe(topics: readonly string[], remotePattern: string | null = null): string[] {
    return this.hear({ type: 'subscription', subscription: { topics, remotePattern } })
  }

  /** @param target null: as before */
  answered(memberEpoch: number, target: Owned | null = null, incarnation = this.member.incarnation): string[] {
    this.#epoch = memberEpoch
    return this.#answer('NONE', memberEpoch, target, incarnation)
  }

  refused(error: ErrorName, message: string | null = null): string[] {
    return this.#answer(error, this.#epoch, null, this.member.incarnation, message)
  }

  listened(): string[] {
    return this.hear({ type: 'listened' })
  }

  /** In epoch 1, with t0 and t1. */
  static stable(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
    const scene = new Scene(options)
    scene.hear({ type: 'start' })
    scene.answered(1, { t: [0, 1] })
    scene.listened()
    expect([scene.member.state, text(scene.member.owned)]).toEqual(['stable', 't0 t1'])
    return scene
  }

  #answer(
    error: ErrorName,
    memberEpoch: number,
    target: Owned | null,
    incarnation: number,
    errorMessage: string | null = null,
  ): string[] {
    const topicPartitions = Object.entries(target ?? {}).map(([name, partitions]) => ({
      topicId: `id-${name}`,
      partitions: [...partitions],
    }))
    const response = {
      throttleTimeMs: 0,
      errorCode: ErrorCode[error],
      errorMessage,
      memberId: 'm',
      memberEpoch,
      heartbeatIntervalMs: 5_000,
      assignment: target === null ? null : { topicPartitions },
    }
    return this.hear({ type: 'answer', incarnation, response })
  }

  /** What the loop would say of it: what it has said already it does not say again. */
  #onBeat(beat: ConsumerBeat | null): void {
    const words = beat === null ? 'silent' : said(beat)
    if (words !== this.#said || beat === null) this.#out.push(words)
    this.#said = words
    this.beat = beat
  }

  #step(): ConsumerStep {
    return {
      nowMs: this.nowMs,
      random: () => 0.5,
      log: () => {},
      lostMeanwhile: (reason) => this.#out.push(`lost meanwhile: ${reason}`),
      listen: (call) =>
        this.#out.push(`${call.type} ${text(call.type === 'assigned' ? call.added : call.partitions)}`.trim()),
      beat: (beat) => this.#onBeat(beat),
      sayGoodbye: (memberEpoch) => this.#out.push(`goodbye ${memberEpoch}`),
      topicName: (topicId) => (this.names.has(topicId.slice(3)) ? topicId.slice(3) : undefined),
      resolveTopics: () => this.#out.push('asks for names'),
      epochChanged: () => this.#out.push(`epoch ${this.member.groupMetadata().generationId}`),
      fail: (error) => this.#out.push(`fails: ${error.code}`),
      left: () => this.#out.push('left'),
    }
  }
}

function said({ incarnation, subscribedTopicNames, subscribedTopicRegex, topicPartitions }: ConsumerBeat): string {
  const owned = topicPartitions.flatMap(({ topicId, partitions }): TopicPartition[] =>
    partitions.map((partition) => ({ topic: topicId.slice(3), partition })),
  )
  const wants = subscribedTopicRegex ?? subscribedTopicNames.join()
  return `life ${incarnation} wants ${wants}, owns ${text(owned) || 'nothing'}`
}

test('a new member names itself, says that it has what it is given, and takes it', () => {
  const scene = new Scene()
  expect(scene.hear({ type: 'start' })).toEqual(['life 1 wants t, owns nothing'])
  expect(scene.member.state).toBe('joining')
  expect(scene.answered(1, { t: [1, 0] })).toEqual(['epoch 1', 'life 1 wants t, owns t0 t1', 'assigned t0 t1'])
  expect([scene.member.state, text(scene.member.target()!)]).toEqual(['reconciling', 't0 t1'])
  expect(scene.listened()).toEqual([])
  expect(scene.member.state).toBe('stable')
  expect(scene.member.groupMetadata()).toEqual({ groupId: 'g', memberId: 'm', generationId: 1, groupInstanceId: null })
})

test('the first assignment is told when it is empty too, and an answer without one changes nothing', () => {
  const scene = new Scene()
  scene.hear({ type: 'start' })
  expect(scene.answered(1, {})).toEqual(['epoch 1', 'assigned'])
  expect(scene.listened()).toEqual([])
  expect(scene.answered(1)).toEqual([])
  expect(scene.answered(1, {})).toEqual([])
  expect(scene.answered(2)).toEqual(['epoch 2'])
})

test('what it shall not have is given up before it takes what is new, and others hear of it only then', () => {
  const scene = Scene.stable()
  expect(scene.answered(2, { t: [1], u: [0] })).toEqual(['epoch 2', 'life 1 wants t, owns t0 t1 u0', 'revoked t0'])
  // Meanwhile heartbeats go on.
  expect(scene.answered(2)).toEqual([])
  expect(scene.listened()).toEqual(['life 1 wants t, owns t1 u0', 'assigned u0'])
  expect(scene.listened()).toEqual([])
  expect(scene.member.state).toBe('stable')
})

test('of targets that come while a listener runs the newest counts, after what is under way', () => {
  const scene = Scene.stable()
  expect(scene.answered(2, { t: [1] })).toEqual(['epoch 2', 'revoked t0'])
  expect(scene.answered(3, {})).toEqual(['epoch 3'])
  expect(scene.answered(3, { t: [1, 2] })).toEqual(['life 1 wants t, owns t0 t1 t2'])
  expect(scene.listened()).toEqual(['life 1 wants t, owns t1 t2', 'assigned t2'])
  expect(scene.listened()).toEqual([])
  expect(scene.member.state).toBe('stable')
})

test('what the group takes back while the listener of its owner runs stays said until the listener of its end is done', () => {
  const scene = new Scene()
  scene.hear({ type: 'start' })
  expect(scene.answered(1, { t: [0, 1] })).toEqual(['epoch 1', 'life 1 wants t, owns t0 t1', 'assigned t0 t1'])
  // Said with everything, as after a failure: not one word less.
  expect(scene.answered(1, { t: [0] })).toEqual([])
  expect(said(scene.beat!)).toBe('life 1 wants t, owns t0 t1')
  expect(scene.listened()).toEqual(['revoked t1'])
  expect(scene.listened()).toEqual(['life 1 wants t, owns t0', 'assigned'])
  expect(scene.listened()).toEqual([])
  expect(scene.beat).toMatchObject({ heard: 2 })
})

test('what the group gives and takes back while it gives up other partitions is never told', () => {
  const scene = Scene.stable()
  scene.answered(2, { t: [1, 2] })
  expect(scene.answered(2, { t: [1] })).toEqual(['life 1 wants t, owns t0 t1'])
  expect(scene.listened()).toEqual(['life 1 wants t, owns t1', 'assigned'])
  expect(scene.listened()).toEqual([])
  expect(scene.member.state).toBe('stable')
})

test('a topic that its metadata do not know yet is asked for, and taken when it is known; the rest does not wait', () => {
  const scene = Scene.stable()
  expect(scene.answered(2, { t: [0, 1], new: [0] })).toEqual([
    'epoch 2',
    'life 1 wants t, owns new0 t0 t1',
    'asks for names',
  ])
  expect(scene.member.unresolved).toEqual(['id-new'])
  expect(scene.hear({ type: 'metadata' })).toEqual([])
  scene.names.add('new')
  expect(scene.hear({ type: 'metadata' })).toEqual(['assigned new0'])
  expect(scene.listened()).toEqual([])
})

test('a topic that is gone is given up by the name that it had', () => {
  const scene = Scene.stable()
  scene.names.delete('t')
  expect(scene.answered(2, {})).toEqual(['epoch 2', 'revoked t0 t1'])
  expect(scene.listened()).toEqual(['life 1 wants t, owns nothing', 'assigned'])
})

for (const error of ['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID'] as const) {
  test(`put out (${error}): what it had is lost, then it joins anew`, () => {
    const scene = Scene.stable()
    expect(scene.refused(error)).toEqual(['epoch -1', 'silent', 'lost t0 t1'])
    // An answer to its former life.
    expect(scene.answered(9, { t: [0] })).toEqual([])
    expect(scene.listened()).toEqual(['life 2 wants t, owns nothing'])
    expect(scene.answered(3, { t: [0] }, 1)).toEqual([])
    expect(scene.answered(4, { t: [0] })).toEqual(['epoch 4', 'life 2 wants t, owns t0', 'assigned t0'])
  })
}

test('put out while a listener runs, it loses the rest when that is done', () => {
  const scene = Scene.stable()
  scene.answered(2, { t: [1] })
  expect(scene.refused('FENCED_MEMBER_EPOCH')).toEqual([
    'epoch -1',
    'silent',
    'lost meanwhile: the group has put this member out: FENCED_MEMBER_EPOCH',
  ])
  expect(scene.listened()).toEqual(['lost t1'])
  expect(scene.listened()).toEqual(['life 2 wants t, owns nothing'])
})

test('a refused commit of this life puts it out too; one of a former epoch says nothing', () => {
  const scene = Scene.stable()
  const reason = 'its commit was refused'
  expect(scene.hear({ type: 'put-out', memberId: 'm', memberEpoch: 0, reason })).toEqual([])
  expect(scene.hear({ type: 'put-out', memberId: 'm', memberEpoch: 1, reason })).toEqual([
    'epoch -1',
    'silent',
    'lost t0 t1',
  ])
  expect(scene.listened()).toEqual(['life 2 wants t, owns nothing'])
})

test('an application that does not ask loses its partitions, and joins when it asks', () => {
  const scene = Scene.stable()
  expect(scene.hear({ type: 'poll-timeout' })).toEqual(['epoch -1', 'silent', 'lost t0 t1'])
  expect(scene.listened()).toEqual([])
  expect([scene.member.state, scene.member.groupMetadata().generationId]).toEqual(['evicted', -1])
  expect(scene.hear({ type: 'polled' })).toEqual(['life 2 wants t, owns nothing'])
})

test('put out while it waits to give up what it has, it has lost it: the application may not be told of a revocation any more', () => {
  const scene = Scene.stable()
  expect(scene.answered(2, { t: [1] })).toEqual(['epoch 2', 'revoked t0'])
  expect(scene.hear({ type: 'poll-timeout' })).toEqual([
    'epoch -1',
    'silent',
    'lost meanwhile: consumer poll timeout has expired.',
  ])
  expect(scene.listened()).toEqual(['lost t1'])
  const leaving = (): Scene => {
    const other = Scene.stable()
    expect(other.hear({ type: 'leave', reason: 'bye', goodbye: -1 })).toEqual(['revoked t0 t1'])
    return other
  }
  for (const out of [
    (other: Scene) => other.hear({ type: 'poll-timeout' }),
    (other: Scene) => other.refused('UNKNOWN_MEMBER_ID'),
    (other: Scene) => other.hear({ type: 'put-out', memberId: 'm', memberEpoch: 1, reason: 'refused' }),
  ]) {
    const other = leaving()
    expect(out(other)).toEqual(['epoch -1', 'silent', expect.stringMatching(/^lost meanwhile: /)])
    expect(other.listened()).toEqual(['silent', 'epoch -1', 'left'])
  }
})

test('a new subscription is said at once', () => {
  const scene = Scene.stable()
  expect(scene.subscribe(['t', 'u'])).toEqual(['life 1 wants t,u, owns t0 t1'])
  expect(scene.subscribe([], 'a.*')).toEqual(['life 1 wants a.*, owns t0 t1'])
})

test('leaving gives up what it has, then says goodbye; out of the group already it says none', () => {
  const scene = Scene.stable()
  expect(scene.hear({ type: 'leave', reason: 'bye', goodbye: -1 })).toEqual(['revoked t0 t1'])
  expect(scene.listened()).toEqual(['goodbye -1'])
  expect(scene.hear({ type: 'left' })).toEqual(['silent', 'epoch -1', 'left'])
  expect(scene.hear({ type: 'start' })).toEqual(['life 2 wants t, owns nothing'])
  const fenced = Scene.stable()
  fenced.refused('UNKNOWN_MEMBER_ID')
  expect(fenced.hear({ type: 'leave', reason: 'bye', goodbye: -1 })).toEqual([])
  expect(fenced.listened()).toEqual(['silent', 'epoch -1', 'left'])
})

test('a member that stays away for a while says so, or nothing (KIP-1092)', () => {
  const fixed = Scene.stable({ instanceId: 'i' })
  fixed.hear({ type: 'leave', reason: 'bye', goodbye: -2 })
  expect(fixed.listened()).toEqual(['goodbye -2'])
  const silent = Scene.stable()
  silent.hear({ type: 'leave', reason: 'bye', goodbye: null })
  expect(silent.listened()).toEqual(['silent', 'epoch -1', 'left'])
})

test('leaving ends a reconciliation: what was assigned in between is given up with the rest', () => {
  const scene = new Scene()
  scene.hear({ type: 'start' })
  scene.answered(1, { t: [0] })
  expect(scene.hear({ type: 'leave', reason: 'bye', goodbye: -1 })).toEqual([])
  expect(scene.listened()).toEqual(['revoked t0'])
  expect(scene.listened()).toEqual(['goodbye -1'])
})

test('what no retry helps ends it, after what it had is lost', () => {
  const scene = Scene.stable()
  expect(scene.refused('GROUP_MAX_SIZE_REACHED')).toEqual(['silent', 'lost t0 t1'])
  expect(scene.listened()).toEqual(['silent', 'epoch -1', 'fails: GROUP_MAX_SIZE_REACHED'])
  const other = new Scene()
  other.hear({ type: 'start' })
  const error = new KafkaError('UNSUPPORTED_VERSION')
  expect(other.hear({ type: 'heartbeat-failed', error })).toEqual(['silent', 'epoch -1', 'fails: UNSUPPORTED_VERSION'])
})

test('a topic that may not be read puts nobody out', () => {
  const scene = Scene.stable()
  expect(scene.refused('TOPIC_AUTHORIZATION_FAILED', 'not t')).toEqual([])
  expect(scene.member.state).toBe('stable')
})
