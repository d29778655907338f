import type { GroupResponses } from '../../src/coordinator/index.ts'
import {
  commit,
  deleteOffset,
  fetch,
  Harness,
  heartbeat,
  join,
  leave,
  nobody,
  REBALANCE_MS,
  SESSION_MS,
  sync,
} from './harness.ts'

/** The members of the group in each state: a dynamic leader, a static follower, and a dynamic member id that was given out. */
interface Scene {
  readonly harness: Harness
  readonly generationId: number
  readonly leader: string
  readonly follower: string
  readonly pending: string
}

const INSTANCE = 'i1'

/** How the group comes into each state. Where it has no members, their ids are those of a former life. */
export const scenes = {
  absent: () => ({ ...empty(new Harness()), generationId: 1 }),
  simple: () => {
    const scene = empty(new Harness())
    scene.harness.send('x', commit(nobody))
    return { ...scene, generationId: 1 }
  },
  Empty: () => {
    const scene = stable()
    scene.harness.send('x', leave(scene.leader))
    scene.harness.send('x', leave('', INSTANCE))
    scene.harness.send('x', leave(scene.pending))
    return { ...scene, generationId: 4 }
  },
  /** The first rebalance of an empty group: both wait, the initial delay runs. */
  'PreparingRebalance (initial)': () => {
    const harness = new Harness()
    harness.config = { ...harness.config, groupInitialRebalanceDelayMs: 3_000 }
    const pending = memberIdOf(harness, join())
    const leader = memberIdOf(harness, join())
    harness.send('L', join({ memberId: leader }))
    harness.send('F', join({ instanceId: INSTANCE }))
    return { harness, generationId: 0, leader, follower: [...membersOf(harness)][1]!, pending }
  },
  /** A third member came: it waits, and the two have not rejoined. */
  PreparingRebalance: () => {
    const scene = stable()
    scene.harness.send('new', join({ apiVersion: 3 }))
    return scene
  },
  CompletingRebalance: () => joined(),
  Stable: () => stable(),
} satisfies Readonly<Record<string, () => Scene>>

export type StateName = keyof typeof scenes

/** What may come to a group. `L` leads, `F` is static and follows, `P` has an id and has not joined; each `x` is somebody else. */
export const commands = {
  'JoinGroup: new': ({ harness }) => harness.send('x', join()),
  'JoinGroup: new, before version 4': ({ harness }) => harness.send('x', join({ apiVersion: 3 })),
  'JoinGroup: new, static': ({ harness }) => harness.send('x', join({ instanceId: 'i2' })),
  'JoinGroup: new, no common protocol': ({ harness }) => harness.send('x', join({ protocols: ['other'] })),
  'JoinGroup: new, other protocol type': ({ harness }) => harness.send('x', join({ protocolType: 'connect' })),
  'JoinGroup: P': ({ harness, pending }) => harness.send('x', join({ memberId: pending })),
  'JoinGroup: F restarted': ({ harness }) => harness.send('x', join({ instanceId: INSTANCE })),
  'JoinGroup: F restarted, other protocol': ({ harness }) =>
    harness.send('x', join({ instanceId: INSTANCE, protocols: ['other'] })),
  'JoinGroup: L unchanged': ({ harness, leader }) => harness.send('x', join({ memberId: leader })),
  'JoinGroup: F unchanged': ({ harness, follower }) =>
    harness.send('x', join({ memberId: follower, instanceId: INSTANCE })),
  'JoinGroup: F changed': ({ harness, follower }) =>
    harness.send('x', join({ memberId: follower, instanceId: INSTANCE, topics: ['u'] })),
  'JoinGroup: unknown member': ({ harness }) => harness.send('x', join({ memberId: 'unknown' })),
  'JoinGroup: fenced': ({ harness }) => harness.send('x', join({ memberId: 'former', instanceId: INSTANCE })),
  'SyncGroup: L': ({ harness, leader, follower, generationId }) =>
    harness.send('x', sync({ memberId: leader, generationId }, { [leader]: 'A', [follower]: 'B' })),
  'SyncGroup: F': ({ harness, follower, generationId }) =>
    harness.send('x', sync({ memberId: follower, generationId, instanceId: INSTANCE })),
  'SyncGroup: old generation': ({ harness, leader, generationId }) =>
    harness.send('x', sync({ memberId: leader, generationId: generationId - 1 })),
  'SyncGroup: unknown member': ({ harness, generationId }) =>
    harness.send('x', sync({ memberId: 'unknown', generationId })),
  'SyncGroup: fenced': ({ harness, generationId }) =>
    harness.send('x', sync({ memberId: 'former', generationId, instanceId: INSTANCE })),
  'SyncGroup: P': ({ harness, pending, generationId }) => harness.send('x', sync({ memberId: pending, generationId })),
  'Heartbeat: L': ({ harness, leader, generationId }) =>
    harness.send('x', heartbeat({ memberId: leader, generationId })),
  'Heartbeat: old generation': ({ harness, leader, generationId }) =>
    harness.send('x', heartbeat({ memberId: leader, generationId: generationId - 1 })),
  'Heartbeat: unknown member': ({ harness, generationId }) =>
    harness.send('x', heartbeat({ memberId: 'unknown', generationId })),
  'Heartbeat: fenced': ({ harness, generationId }) =>
    harness.send('x', heartbeat({ memberId: 'former', generationId, instanceId: INSTANCE })),
  'LeaveGroup: L': ({ harness, leader }) => harness.send('x', leave(leader)),
  'LeaveGroup: P': ({ harness, pending }) => harness.send('x', leave(pending)),
  'LeaveGroup: F by its instance id': ({ harness }) => harness.send('x', leave('', INSTANCE)),
  'LeaveGroup: unknown member': ({ harness }) => harness.send('x', leave('unknown')),
  'LeaveGroup: fenced': ({ harness }) => harness.send('x', leave('former', INSTANCE)),
  'OffsetCommit: L': ({ harness, leader, generationId }) =>
    harness.send('x', commit({ memberId: leader, generationId })),
  'OffsetCommit: old generation': ({ harness, leader, generationId }) =>
    harness.send('x', commit({ memberId: leader, generationId: generationId - 1 })),
  'OffsetCommit: unknown member': ({ harness, generationId }) =>
    harness.send('x', commit({ memberId: 'unknown', generationId })),
  'OffsetCommit: fenced': ({ harness, generationId }) =>
    harness.send('x', commit({ memberId: 'former', generationId, instanceId: INSTANCE })),
  'OffsetCommit: no member': ({ harness }) => harness.send('x', commit(nobody)),
  OffsetFetch: ({ harness }) => harness.send('x', fetch(['t'])),
  'OffsetDelete: subscribed topic': ({ harness }) => harness.send('x', deleteOffset('t')),
  'OffsetDelete: other topic': ({ harness }) => harness.send('x', deleteOffset('u')),
  DescribeGroup: ({ harness }) => harness.send('x', { type: 'DescribeGroup', groupId: 'g', apiVersion: 6 }),
  DeleteGroup: ({ harness }) => harness.send('x', { type: 'DeleteGroup', groupId: 'g' }),
  ListGroups: ({ harness }) => harness.send('x', { type: 'ListGroups', shard: 0, statesFilter: [], typesFilter: [] }),
  'the sessions end': ({ harness }) => harness.advance(SESSION_MS),
  'the rebalance timeout is over, heartbeats go on': ({ harness, leader, follower }) =>
    keepAlive(harness, [leader, follower], REBALANCE_MS),
  'the connection of F closes': ({ harness }) => harness.close('F'),
} satisfies Readonly<Record<string, (scene: Scene) => unknown>>

export type CommandName = keyof typeof commands

function empty(harness: Harness) {
  return { harness, generationId: 0, leader: 'client-a', follower: 'i1-b', pending: 'client-c' }
}

/** Both have joined the second generation; nobody has synced. */
function joined(): Scene {
  const harness = new Harness()
  const leader = memberIdOf(harness, join())
  harness.send('L', join({ memberId: leader }))
  harness.advance(0)
  harness.send('F', join({ instanceId: INSTANCE }))
  harness.send('L', join({ memberId: leader }))
  const follower = [...membersOf(harness)][1]!
  const pending = memberIdOf(harness, join())
  return { harness, generationId: 2, leader, follower, pending }
}

function stable(): Scene {
  const scene = joined()
  const { harness, leader, follower, generationId } = scene
  harness.send('F', sync({ memberId: follower, generationId, instanceId: INSTANCE }))
  harness.send('L', sync({ memberId: leader, generationId }, { [leader]: 'A', [follower]: 'B' }))
  harness.send('L', commit({ memberId: leader, generationId }))
  return scene
}

function memberIdOf(harness: Harness, command: ReturnType<typeof join>): string {
  return harness.send<GroupResponses['JoinGroup']>('id', command)!.memberId
}

function membersOf(harness: Harness): IterableIterator<string> {
  return (harness.shard.groups.get('g') as unknown as { members: Map<string, unknown> }).members.keys()
}

/** Time passes, but these members show signs of life. */
function keepAlive(harness: Harness, memberIds: readonly string[], ms: number): void {
  for (let passedMs = 0; passedMs < ms; passedMs += SESSION_MS / 2) {
    const group = harness.shard.groups.get('g')
    for (const memberId of memberIds) {
      harness.send('alive', heartbeat({ memberId, generationId: group?.generationId ?? 0 }))
    }
    harness.advance(SESSION_MS / 2)
  }
  harness.answers.splice(0, harness.answers.length, ...harness.answers.filter(({ to }) => to !== 'alive'))
}
