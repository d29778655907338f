import { expect, test } from 'vitest'
import type { TopicPartition } from '../../../../../src/assignor/index.ts'
import { clientAssignors } from '../../../../../src/client/consumer/membership/classic/assignors.ts'
import type {
  AssignTask,
  ClassicEvent,
  ClassicRequest,
  ClassicStep,
} from '../../../../../src/client/consumer/membership/classic/classic-events.ts'
import { ClassicMember } from '../../../../../src/client/consumer/membership/classic/classic-member.ts'
import { encodeAssignment } from '../../../../../src/client/consumer/membership/classic/protocol-metadata.ts'
import type { ClientAssignor } from '../../../../../src/client/consumer/membership/membership.ts'
import { KafkaError } from '../../../../../src/client/kafka-error.ts'
import { ErrorCode, type ErrorName, type JoinGroupResponse } from '../../../../../src/wire/index.ts'
import { text } from '../group-harness.ts'

/** A member and everything it does, in words; the test says what it hears. */
class Scene {
  readonly member: ClassicMember
  nowMs = 0
  #out: string[] = []
  #id = 0

  constructor(
    options: { assignors?: readonly (string | ClientAssignor)[]; instanceId?: string; topics?: readonly string[] } = {},
  ) {
    const { assignors = ['cooperative-sticky'], instanceId = null, topics = ['t'] } = options
    const config = {
      groupId: 'g',
      groupInstanceId: instanceId,
      sessionTimeoutMs: 10_000,
      maxPollIntervalMs: 60_000,
      clientRack: '',
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
    }
    this.member = new ClassicMember(config, clientAssignors(assignors))
    this.hear(this.subscription(topics))
  }

  subscription(topics: readonly string[]): ClassicEvent {
    return { type: 'subscription', subscription: { topics, matches: (topic) => topics.includes(topic) } }
  }

  hear(event: ClassicEvent): string[] {
    this.#out = []
    this.member.handle(event, this.#step())
    return this.#out
  }

  joined(fields: Partial<JoinGroupResponse> & { error?: ErrorName } = {}): string[] {
    const { error = 'NONE', ...given } = fields
    const response: JoinGroupResponse = {
      throttleTimeMs: 0,
      errorCode: ErrorCode[error],
      generationId: 1,
      protocolType: 'consumer',
      protocolName: 'cooperative-sticky',
      leader: 'leader',
      skipAssignment: false,
      memberId: 'm',
      members: [],
      ...given,
    }
    return this.hear({ type: 'joined', id: this.#id, response })
  }

  synced(partitions: readonly TopicPartition[], error: ErrorName = 'NONE'): string[] {
    const assignment = encodeAssignment(partitions, null)
    const response = {
      throttleTimeMs: 0,
      errorCode: ErrorCode[error],
      protocolType: null,
      protocolName: null,
      assignment,
    }
    return this.hear({ type: 'synced', id: this.#id, response })
  }

  led(shapes: Readonly<Record<string, string>>): string[] {
    return this.hear({ type: 'led', id: this.#id, assignments: [], shapes: new Map(Object.entries(shapes)) })
  }

  listened(): string[] {
    return this.hear({ type: 'listened' })
  }

  refused(error: Exclude<ErrorName, 'NONE'>): string[] {
    const { memberId, generationId } = this.member.groupMetadata()
    return this.hear({ type: 'refused', api: 'HEARTBEAT', error, memberId, generationId })
  }

  /** In generation 1, with t0 and t1. */
  static stable(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
    const scene = new Scene(options)
    scene.hear({ type: 'start' })
    const [first = 'cooperative-sticky'] = options.assignors ?? []
    scene.joined({ protocolName: typeof first === 'string' ? first : first.name })
    scene.synced([t(0), t(1)])
    scene.listened()
    expect(scene.member.state).toBe('stable')
    return scene
  }

  #step(): ClassicStep {
    return {
      nowMs: this.nowMs,
      random: () => 0.5,
      log: () => {},
      lostMeanwhile: (reason) => this.#out.push(`lost meanwhile: ${reason}`),
      send: (request) => this.#out.push(this.#request(request)),
      listen: (call) =>
        this.#out.push(`${call.type} ${text(call.type === 'assigned' ? call.added : call.partitions)}`.trim()),
      assign: (task: AssignTask) => {
        this.#id = task.id
        this.#out.push(`assign ${task.topics}${task.skip ? ' (skip)' : ''}`)
      },
      beat: (beat) =>
        this.#out.push(beat === null ? 'no heartbeats' : `heartbeats of ${beat.memberId} in ${beat.generationId}`),
      coordinatorLost: () => this.#out.push('coordinator lost'),
      fail: (error) => this.#out.push(`fails: ${error.code}`),
      left: () => this.#out.push('left'),
    }
  }

  #request(request: ClassicRequest): string {
    this.#id = request.id
    switch (request.api) {
      case 'JoinGroup':
        return `JoinGroup '${request.body.memberId}' because ${request.body.reason}`
      case 'SyncGroup':
        return `SyncGroup ${request.body.memberId} ${request.body.generationId}`
      case 'LeaveGroup':
        return `LeaveGroup ${request.member.memberId} because ${request.member.reason}`
    }
  }
}

const t = (partition: number): TopicPartition => ({ topic: 't', partition })

test('a new member is told its id, and joins with it (KIP-394)', () => {
  const scene = new Scene()
  expect(scene.hear({ type: 'start' })).toEqual(['no heartbeats', "JoinGroup '' because null"])
  expect(scene.joined({ error: 'MEMBER_ID_REQUIRED', memberId: 'm' })).toEqual([
    'no heartbeats',
    "JoinGroup 'm' because need to re-join with the given member-id: m",
  ])
  expect(scene.joined()).toEqual(['heartbeats of m in 1', 'SyncGroup m 1'])
  expect(scene.synced([t(0)])).toEqual(['assigned t0'])
  expect(scene.listened()).toEqual([])
  expect(scene.member.groupMetadata()).toEqual({ groupId: 'g', memberId: 'm', generationId: 1, groupInstanceId: null })
})

test('cooperative: keeps what it has while it joins, then gives up what moved, and joins again', () => {
  const scene = Scene.stable()
  expect(scene.refused('REBALANCE_IN_PROGRESS')).toEqual([
    'no heartbeats',
    "JoinGroup 'm' because group is already rebalancing",
  ])
  expect(scene.member.owned).toEqual([t(0), t(1)])
  expect(scene.joined({ generationId: 2 })).toEqual(['heartbeats of m in 2', 'SyncGroup m 2'])
  expect(scene.synced([t(0)])).toEqual(['revoked t1'])
  expect(scene.listened()).toEqual(['assigned'])
  expect(scene.listened()).toEqual(['no heartbeats', "JoinGroup 'm' because need to revoke partitions and re-join"])
  expect(scene.joined({ generationId: 3 })).toEqual(['heartbeats of m in 3', 'SyncGroup m 3'])
  expect(scene.synced([t(0)])).toEqual(['assigned'])
  expect(scene.listened()).toEqual([])
})

test('eager: gives up everything before it joins, with heartbeats meanwhile', () => {
  const scene = Scene.stable({ assignors: ['range'] })
  expect(scene.refused('REBALANCE_IN_PROGRESS')).toEqual(['revoked t0 t1'])
  expect(scene.listened()).toEqual(['no heartbeats', "JoinGroup 'm' because group is already rebalancing"])
})

test('with one eager assignor among them all are eager, as the group may choose it', () => {
  const scene = Scene.stable({ assignors: ['cooperative-sticky', 'range'] })
  expect(scene.refused('REBALANCE_IN_PROGRESS')).toEqual(['revoked t0 t1'])
})

test('what it had is lost, not revoked, when the coordinator knows it no more; an old generation keeps its id', () => {
  const scene = Scene.stable()
  expect(scene.refused('UNKNOWN_MEMBER_ID')).toEqual(['no heartbeats', 'lost t0 t1'])
  expect(scene.listened()).toEqual([
    'no heartbeats',
    "JoinGroup '' because encountered UNKNOWN_MEMBER_ID from HEARTBEAT response",
  ])
  const other = Scene.stable()
  expect(other.refused('ILLEGAL_GENERATION')).toEqual(['no heartbeats', 'lost t0 t1'])
  expect(other.listened()).toEqual([
    'no heartbeats',
    "JoinGroup 'm' because encountered ILLEGAL_GENERATION from HEARTBEAT response",
  ])
})

test('what a heartbeat of a former generation hears is of no matter', () => {
  const scene = Scene.stable()
  const event = {
    type: 'refused',
    api: 'HEARTBEAT',
    error: 'UNKNOWN_MEMBER_ID',
    memberId: 'm',
    generationId: 0,
  } as const
  expect(scene.hear(event)).toEqual([])
})

test('put out while it waits for its assignment, it joins anew and hears no late answer', () => {
  const scene = new Scene()
  scene.hear({ type: 'start' })
  scene.joined()
  expect(scene.refused('UNKNOWN_MEMBER_ID')).toEqual([
    'no heartbeats',
    'no heartbeats',
    "JoinGroup '' because encountered UNKNOWN_MEMBER_ID from HEARTBEAT response",
  ])
})

test('put out while a listener runs, it loses the rest when that is done', () => {
  const scene = Scene.stable()
  scene.refused('REBALANCE_IN_PROGRESS')
  scene.joined({ generationId: 2 })
  expect(scene.synced([t(0)])).toEqual(['revoked t1'])
  expect(scene.refused('UNKNOWN_MEMBER_ID')).toEqual([
    'no heartbeats',
    'lost meanwhile: encountered UNKNOWN_MEMBER_ID from HEARTBEAT response',
  ])
  expect(scene.listened()).toEqual(['lost t0'])
  expect(scene.listened()[1]).toMatch(/^JoinGroup ''/)
})

test('the leader assigns, and watches the topics of the whole group', () => {
  const scene = new Scene()
  scene.hear({ type: 'start' })
  const metadata = Buffer.concat([
    Buffer.from([0, 0]),
    Buffer.from('000000020001740001750000ffffffff'.slice(0, 20), 'hex'),
    Buffer.from('ffffffff', 'hex'),
  ])
  const members = [{ memberId: 'm', groupInstanceId: null, metadata }]
  expect(scene.joined({ leader: 'm', members })).toEqual(['heartbeats of m in 1', 'assign t,u'])
  expect(scene.led({ t: '2', u: '1' })).toEqual(['SyncGroup m 1'])
  scene.synced([t(0), t(1)])
  scene.listened()
  const shapes = (u: string | undefined): ClassicEvent => ({
    type: 'metadata',
    shapeOf: (topic) => (topic === 't' ? '2' : u),
  })
  expect(scene.hear(shapes('1'))).toEqual([])
  expect(scene.hear(shapes('2'))).toEqual(['no heartbeats', "JoinGroup 'm' because cached metadata has changed"])
  // Who does not lead does not look.
  scene.joined({ generationId: 2 })
  scene.synced([t(0), t(1)])
  scene.listened()
  expect(scene.hear(shapes(undefined))).toEqual([])
})

test('a static leader that comes back assigns nothing (KIP-814)', () => {
  const scene = new Scene({ instanceId: 'i' })
  scene.hear({ type: 'start' })
  expect(scene.joined({ leader: 'm', skipAssignment: true })).toEqual(['heartbeats of m in 1', 'assign  (skip)'])
  expect(scene.led({})).toEqual(['SyncGroup m 1'])
})

test('an assignment for a former subscription is not taken', () => {
  const scene = Scene.stable()
  scene.refused('REBALANCE_IN_PROGRESS')
  scene.joined({ generationId: 2 })
  scene.hear(scene.subscription(['u']))
  // Joins again at once; what is not wanted any more is given up before.
  expect(scene.synced([t(0)])).toEqual(['revoked t0 t1'])
  expect(scene.listened()).toEqual(['no heartbeats', "JoinGroup 'm' because subscription has changed"])
})

test('a coordinator that moves is found again, after ever longer waits', () => {
  const scene = new Scene()
  scene.hear({ type: 'start' })
  const retry = "JoinGroup '' because rebalance failed due to NOT_COORDINATOR"
  expect(scene.joined({ error: 'NOT_COORDINATOR' })).toEqual(['coordinator lost', 'no heartbeats', retry])
  expect(scene.joined({ error: 'NOT_COORDINATOR' })).toEqual(['coordinator lost'])
  expect(scene.member.nextDeadlineMs()).toBe(100)
  scene.nowMs = 100
  expect(scene.hear({ type: 'tick' })).toEqual(['no heartbeats', retry])
  scene.joined({ error: 'COORDINATOR_LOAD_IN_PROGRESS' })
  expect(scene.member.nextDeadlineMs()).toBe(300)
})

test('what no retry helps ends it, after what it had is lost', () => {
  const scene = Scene.stable({ instanceId: 'i' })
  expect(scene.refused('FENCED_INSTANCE_ID')).toEqual(['no heartbeats', 'lost t0 t1'])
  expect(scene.listened()).toEqual(['no heartbeats', 'no heartbeats', 'fails: FENCED_INSTANCE_ID'])
  const other = new Scene()
  other.hear({ type: 'start' })
  expect(other.joined({ error: 'GROUP_MAX_SIZE_REACHED' })).toEqual([
    'no heartbeats',
    'no heartbeats',
    'fails: GROUP_MAX_SIZE_REACHED',
  ])
})

test('an application that does not ask loses its partitions, and joins when it asks', () => {
  const scene = Scene.stable()
  expect(scene.hear({ type: 'poll-timeout' })).toEqual(['no heartbeats', 'lost t0 t1'])
  expect(scene.listened()).toEqual([])
  expect(scene.member.groupMetadata().generationId).toBe(-1)
  expect(scene.hear({ type: 'polled' })).toEqual([
    'no heartbeats',
    "JoinGroup '' because consumer poll timeout has expired.",
  ])
})

test('put out while it waits to give up what it has, it has lost it: the application may not be told of a revocation any more', () => {
  for (const out of [
    (scene: Scene) => scene.hear({ type: 'poll-timeout' }),
    (scene: Scene) => scene.refused('UNKNOWN_MEMBER_ID'),
    (scene: Scene) => scene.refused('ILLEGAL_GENERATION'),
  ]) {
    const scene = Scene.stable({ assignors: ['range'] })
    expect(scene.refused('REBALANCE_IN_PROGRESS')).toEqual(['revoked t0 t1'])
    expect(out(scene)).toEqual(['no heartbeats', expect.stringMatching(/^lost meanwhile: /)])
  }
  const leaving = Scene.stable()
  expect(leaving.hear({ type: 'leave', reason: 'bye', tell: true })).toEqual(['revoked t0 t1'])
  expect(leaving.hear({ type: 'poll-timeout' })).toEqual([
    'no heartbeats',
    'lost meanwhile: consumer poll timeout has expired.',
  ])
  expect(leaving.listened()).toEqual(['no heartbeats', 'no heartbeats', 'left'])
})

test('leaving revokes first, then says so; during a rebalance what it has is lost', () => {
  const scene = Scene.stable()
  expect(scene.hear({ type: 'leave', reason: 'the consumer is being closed', tell: true })).toEqual(['revoked t0 t1'])
  expect(scene.listened()).toEqual(['no heartbeats', 'LeaveGroup m because the consumer is being closed'])
  expect(scene.hear({ type: 'left', id: 3 })).toEqual(['no heartbeats', 'left'])
  const joining = Scene.stable()
  joining.refused('REBALANCE_IN_PROGRESS')
  expect(joining.hear({ type: 'leave', reason: 'bye', tell: false })).toEqual(['lost t0 t1'])
  expect(joining.listened()).toEqual(['no heartbeats', 'no heartbeats', 'left'])
})

test('a lost connection is no end: it joins again with what it has', () => {
  const scene = Scene.stable()
  scene.refused('REBALANCE_IN_PROGRESS')
  const error = new KafkaError('CONNECTION_CLOSED')
  expect(scene.hear({ type: 'request-failed', id: 3, error })).toEqual([
    'no heartbeats',
    "JoinGroup 'm' because rebalance failed due to CONNECTION_CLOSED",
  ])
  expect(scene.member.owned).toEqual([t(0), t(1)])
})

test('after it has left it may start again', () => {
  const scene = Scene.stable()
  scene.hear({ type: 'leave', reason: 'unsubscribed', tell: false })
  scene.listened()
  expect(scene.member.state).toBe('left')
  expect(scene.hear({ type: 'start' })).toEqual(['no heartbeats', "JoinGroup '' because null"])
})

test('a refused commit says what a refused heartbeat says: the member joins again at once', () => {
  const commit = (scene: Scene, error: Exclude<ErrorName, 'NONE'>): string[] =>
    scene.hear({ type: 'refused', api: 'OFFSET_COMMIT', error, memberId: 'm', generationId: 1 })
  const scene = Scene.stable()
  expect(commit(scene, 'ILLEGAL_GENERATION')).toEqual(['no heartbeats', 'lost t0 t1'])
  expect(scene.listened()[1]).toBe("JoinGroup 'm' because encountered ILLEGAL_GENERATION from OFFSET_COMMIT response")
  const unknown = Scene.stable()
  expect(commit(unknown, 'UNKNOWN_MEMBER_ID')).toEqual(['no heartbeats', 'lost t0 t1'])
  expect(unknown.listened()[1]).toMatch(/^JoinGroup ''/)
  const rebalancing = Scene.stable()
  expect(commit(rebalancing, 'REBALANCE_IN_PROGRESS')).toEqual([
    'no heartbeats',
    "JoinGroup 'm' because group is already rebalancing",
  ])
  // While it joins, the generation of its commits is over by nature.
  expect(commit(rebalancing, 'ILLEGAL_GENERATION')).toEqual([])
  expect(rebalancing.joined({ generationId: 2 })).toEqual(['heartbeats of m in 2', 'SyncGroup m 2'])
})

test('a LeaveGroup that may not have been heard is said again, until the session has ended anyway', () => {
  const scene = Scene.stable()
  scene.hear({ type: 'leave', reason: 'bye', tell: true })
  scene.listened()
  const error = new KafkaError('CONNECTION_CLOSED')
  const lost = (id: number): string[] => scene.hear({ type: 'request-failed', id, error })
  expect(lost(3)).toEqual([])
  expect(scene.member.nextDeadlineMs()).toBe(100)
  scene.nowMs = 100
  expect(scene.hear({ type: 'tick' })).toEqual(['LeaveGroup m because bye'])
  scene.nowMs = 9_950
  expect(lost(4)).toEqual(['no heartbeats', 'left'])
})

test('an assignor of the application that fails when it says or hears of something ends the membership, and nothing else', () => {
  const assignor = (given: Partial<ClientAssignor>): ClientAssignor => ({
    name: 'own',
    assign: () => new Map(),
    ...given,
  })
  const fails = (): never => {
    throw new Error('no memory of that')
  }
  const joining = new Scene({ assignors: [assignor({ subscriptionUserData: fails })] })
  expect(joining.hear({ type: 'start' })).toEqual([
    'no heartbeats',
    'no heartbeats',
    'no heartbeats',
    'fails: INVALID_STATE',
  ])
  const told = new Scene({ assignors: [assignor({ onAssignment: fails })] })
  told.hear({ type: 'start' })
  told.joined({ protocolName: 'own' })
  expect(told.synced([t(0)])).toEqual(['no heartbeats', 'no heartbeats', 'fails: INVALID_STATE'])
  expect([joining.member.state, told.member.state]).toEqual(['failed', 'failed'])
})

test('what an answer may not say ends the membership: another assignor, or bytes that are no assignment', () => {
  const scene = new Scene()
  scene.hear({ type: 'start' })
  expect(scene.joined({ protocolName: 'range' }).at(-1)).toBe('fails: INCONSISTENT_GROUP_PROTOCOL')
  const other = new Scene()
  other.hear({ type: 'start' })
  expect(
    other
      .joined({ leader: 'm', members: [{ memberId: 'x', groupInstanceId: null, metadata: Buffer.from([0]) }] })
      .at(-1),
  ).toBe('fails: INCONSISTENT_GROUP_PROTOCOL')
})
