import { bench, group } from 'mitata'
import { encodeKeyedRecords } from '../../dist/broker/log-records.js'
import { encodeRecord, ShardCoordinator } from '../../dist/coordinator/index.js'
import {
  apis,
  decodeRequestHeader,
  encodeRequestFrame,
  encodeResponseFrame,
  Reader,
  ZERO_UUID,
} from '../../dist/wire/index.js'

const GROUP = 'group'
const SESSION_MS = 45_000

/** A shard with one stable group, and a step that keeps nothing but the last answer and the records. */
class Scene {
  members = []
  records = []
  answer
  generationId = 0
  #ids = 0
  #shard = new ShardCoordinator({
    config: () => ({
      groupMinSessionTimeoutMs: 6000,
      groupMaxSessionTimeoutMs: 1_800_000,
      groupMaxSize: 10_000,
      groupInitialRebalanceDelayMs: 0,
      offsetMetadataMaxBytes: 4096,
      offsetsRetentionMs: 604_800_000,
      offsetsRetentionCheckIntervalMs: 600_000,
    }),
    topics: () => ({ has: () => true, partitionCount: () => 1000, topicId: () => undefined }),
  })
  #step = {
    nowMs: 0,
    wallMs: 1_000_000,
    randomId: () => `00000000-0000-0000-0000-${String(++this.#ids).padStart(12, '0')}`,
    append: (record) => {
      this.#shard.apply(record, { offset: 0n })
      this.records.push(record)
    },
    reply: (_ticket, response) => {
      this.answer = response
      if (response.generationId > 0) this.generationId = response.generationId
    },
    event: () => {},
    ask: () => {},
  }

  constructor(members) {
    const client = { clientId: 'bench', clientHost: '/127.0.0.1' }
    const shared = { groupId: GROUP, groupInstanceId: null, protocolType: 'consumer', reason: null }
    const protocols = [{ name: 'range', metadata: Buffer.alloc(40) }]
    for (let i = 0; i < members; i++) {
      const times = { sessionTimeoutMs: SESSION_MS, rebalanceTimeoutMs: 60_000 }
      const join = (memberId) => this.send('JoinGroup', 9, { ...shared, ...times, memberId, protocols }, client)
      join('')
      this.members.push(this.answer.memberId)
      join(this.answer.memberId)
    }
    while (this.#shard.nextDeadlineMs() < 1000) {
      this.#step.nowMs = this.#shard.nextDeadlineMs()
      this.#shard.tick(this.#step)
    }
    // The first one leads: its assignments make the group stable.
    const assignments = this.members.map((memberId) => ({ memberId, assignment: Buffer.alloc(60) }))
    const sync = { groupId: GROUP, generationId: this.generationId, groupInstanceId: null }
    const protocol = { protocolType: 'consumer', protocolName: 'range' }
    this.members.forEach((memberId, i) => {
      this.send('SyncGroup', 5, { ...sync, ...protocol, memberId, assignments: i === 0 ? assignments : [] })
    })
  }

  send(type, apiVersion, request, client) {
    this.#shard.handle({ type, groupId: GROUP, apiVersion, request, client }, 1, this.#step)
    return this.answer
  }

  heartbeat(memberId) {
    const { generationId } = this
    return this.send('Heartbeat', 4, { groupId: GROUP, generationId, memberId, groupInstanceId: null })
  }

  commit(memberId, partitions) {
    const topics = [{ name: 'topic', topicId: ZERO_UUID, partitions }]
    const generation = { generationIdOrMemberEpoch: this.generationId, memberId, groupInstanceId: null }
    this.records.length = 0
    return this.send('OffsetCommit', 9, { groupId: GROUP, ...generation, retentionTimeMs: -1n, topics })
  }
}

const body = { groupId: GROUP, generationId: 1, memberId: 'bench-00000000-0000-0000-0000-000000000001' }
/** With its size prefix. */
export const heartbeatFrame = Buffer.concat(
  encodeRequestFrame({
    api: apis.Heartbeat,
    version: 4,
    correlationId: 1,
    clientId: 'bench',
    body: { ...body, groupInstanceId: null },
  }),
)

group('heartbeat', () => {
  for (const members of [2, 1000]) {
    const scene = new Scene(members)
    let next = 0
    const once = () => scene.heartbeat(scene.members[next++ % members])
    if (once().errorCode !== 0) throw new Error(`a heartbeat is answered ${scene.answer.errorCode}`)
    bench(`heartbeat in a group of ${members}: the coordinator alone`, once)
  }
  const scene = new Scene(2)
  const frame = heartbeatFrame.subarray(4)
  bench('heartbeat decoded, answered and encoded', () => {
    const { api, apiVersion, bodyOffset, correlationId } = decodeRequestHeader(frame)
    api.request.read(new Reader(frame, bodyOffset), apiVersion)
    return encodeResponseFrame(apis.Heartbeat, 4, correlationId, scene.heartbeat(scene.members[0]))
  })
})

group('offset commit', () => {
  const scene = new Scene(2)
  for (const count of [1, 6, 100]) {
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
      partitionIndex,
      committedOffset: 42n,
      committedLeaderEpoch: -1,
      committedMetadata: '',
    }))
    const { topics } = scene.commit(scene.members[0], partitions)
    if (topics[0].partitions.some(({ errorCode }) => errorCode !== 0)) throw new Error('a commit is refused')
    bench(`offset commit of ${count} partitions: the coordinator alone`, () =>
      scene.commit(scene.members[0], partitions),
    )
    const records = [...scene.records]
    bench(`offset commit of ${count} partitions: its records encoded`, () => records.map(encodeRecord))
    const encoded = records.map(encodeRecord)
    bench(`offset commit of ${count} partitions: their batch`, () => encodeKeyedRecords(encoded, 1_000_000))
  }
})
