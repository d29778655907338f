import { matchTopics, topicRegexProblem } from '../../../src/broker/groups/topic-regex.ts'
import type {
  ClassicGroup,
  CoordinatorRecord,
  Effect,
  EffectResult,
  GroupConfig,
  GroupEvent,
  GroupResponses,
  TopicImage,
} from '../../../src/coordinator/index.ts'
import { decodeRecord } from '../../../src/coordinator/index.ts'
import { silentLogger } from '../../../src/platform/index.ts'
import { GroupRuntime } from '../../../src/runtime/index.ts'
import type { ProcessClock } from '../../../src/testing/virtual-clock.ts'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import type * as wire from '../../../src/wire/index.ts'
import { ApiKey, apiByKey, ErrorCode } from '../../../src/wire/index.ts'
import { SimulatedShardDisk } from '../../runtime/simulated-shard-log.ts'
import { TestTopics } from '../../support/topics.ts'
import { renderConsumerRecord } from './consumer-records.ts'
import { renderReply, subscription } from './replies.ts'
import { asWritten, parseRequest } from './requests.ts'
import type { Transcript } from './transcript.ts'
import { defaultConfig, Names, parseAction, Timeouts } from './transcript.ts'

/** Plays a transcript on the state machine and gives all that came out, step by step. */
export async function playOnMachine(transcript: Transcript): Promise<string[][]> {
  const machine = new Machine(transcript)
  await machine.start()
  const outputs: string[][] = []
  for (const step of transcript.steps) {
    await machine.act(step.line)
    outputs.push(machine.takeOutputs())
  }
  await machine.stop()
  return outputs
}

interface Reply {
  readonly actor: string
  readonly api: string
  readonly version: number
  readonly body: unknown
}

/** The state machine in a runtime of one shard, on a simulated disk and a clock that stands still. */
export class Machine {
  readonly #clock = new VirtualClock()
  readonly #disk = new SimulatedShardDisk()
  readonly #names = new Names()
  readonly #config: Readonly<Record<string, string>>
  readonly #timeouts: Timeouts
  readonly #topics = new TestTopics()
  readonly #effects = new Set<Promise<unknown>>()
  /** Of topics that are, or were. */
  readonly #topicIds = new Map<string, string>()
  #image: TopicImage
  readonly #open = new Map<string, Set<{ cancel(): void }>>()
  #out: (Reply | GroupEvent)[] = []
  #recordsSeen = 0
  #ids = 0
  #process: ProcessClock | undefined
  #runtime: GroupRuntime | undefined

  constructor(transcript: Transcript) {
    this.#config = { ...defaultConfig, ...transcript.config }
    this.#timeouts = new Timeouts(this.#config)
    for (const [name, partitionCount] of transcript.topics) this.#topics.set(name, partitionCount)
    this.#image = this.#topics.image()
    this.#learnTopics()
  }

  async start(): Promise<void> {
    this.#process = this.#clock.forProcess()
    this.#runtime = new GroupRuntime({
      clock: this.#process,
      logger: silentLogger,
      shardCount: 1,
      openShardLog: async () => this.#disk.open(),
      config: () => groupConfig(this.#config),
      randomId: () => `00000000-0000-0000-0000-${String(++this.#ids).padStart(12, '0')}`,
      topics: () => this.#image,
      runEffect: (effect) => this.#runEffect(effect),
      onEvent: (event) => this.#out.push(event),
      beforeTick: () => {},
    })
    this.#runtime.start()
    await this.#runtime.loaded
  }

  async stop(): Promise<void> {
    await this.#runtime!.stop()
    if (this.#clock.pendingTimers > 0) throw new Error('the runtime left a timer behind')
  }

  async act(line: string): Promise<void> {
    const action = parseAction(line)
    switch (action.kind) {
      case 'request':
        await this.#request(action.actor, action.request)
        await this.#settleEffects()
        // What is due at once, such as the end of an initial delay of 0, is part of the answer.
        this.#clock.advance(0)
        return
      case 'close':
        for (const request of this.#open.get(action.actor) ?? []) request.cancel()
        this.#clock.advance(0)
        return
      case 'wait':
        this.#clock.advance(this.#timeouts.ms(action.what, action.actor))
        return
      case 'delete-topic':
        this.#topics.delete(action.topic)
        this.#image = this.#topics.image()
        this.#runtime!.topicsChanged([action.topic])
        return
      case 'set-topic':
        this.#topics.set(action.topic, action.partitionCount)
        this.#image = this.#topics.image()
        this.#learnTopics()
        return
      case 'restart':
        this.#process!.kill()
        this.#disk.crash()
        await this.start()
    }
  }

  #learnTopics(): void {
    for (const name of this.#topics.names()) {
      const topicId = this.#image.topicId(name)!
      this.#topicIds.set(name, topicId)
      this.#names.add(topicId, name)
    }
  }

  /** Clocks stand still, but threads and promises need their turns. */
  async #settleEffects(): Promise<void> {
    while (this.#effects.size > 0) await Promise.all(this.#effects)
  }

  #runEffect(effect: Effect): Promise<EffectResult> {
    const running = this.#result(effect)
    const settled: Promise<unknown> = running.then(() => this.#effects.delete(settled))
    this.#effects.add(settled)
    return running
  }

  async #result(effect: Effect): Promise<EffectResult> {
    if (effect.type === 'assign') throw new Error('transcripts have no large assignments')
    const matches = await matchTopics(effect.regexes, this.#topics.names(), this.#clock)
    const timestampMs = this.#clock.wallMs()
    return { type: 'regexes-evaluated', groupId: effect.groupId, matches, version: this.#image.version, timestampMs }
  }

  async #request(actor: string, text: string): Promise<void> {
    const names = { ...asWritten, topicId: (name: string) => this.#topicIds.get(name)! }
    const { api, version, body } = parseRequest(this.#names.resolve(text), names)
    if (api === 'ConsumerGroupHeartbeat') this.#timeouts.sawConsumerHeartbeat(actor, body)
    const regexProblem =
      typeof body.subscribedTopicRegex === 'string' ? await topicRegexProblem(body.subscribedTopicRegex) : null
    if (api === 'JoinGroup') this.#timeouts.sawJoin(actor, version, body)
    // Through the wire and back: the coordinator gets what a broker would give it.
    const { request } = apiByKey.get(ApiKey[api])!
    const decoded = request.decode((request as wire.Message<unknown, unknown>).encode(body, version), version)
    const reply = (response: unknown): void => {
      if (api === 'JoinGroup') this.#names.learn(actor, (response as wire.JoinGroupResponse).memberId)
      // What a client gets to see: the fields that this version has.
      const { response: message } = apiByKey.get(ApiKey[api])!
      const encoded = (message as wire.Message<unknown, unknown>).encode(response, version)
      this.#out.push({ actor, api, version, body: message.decode(encoded, version) })
    }
    const handle = submit(this.#runtime!, api, version, decoded, actor, regexProblem, reply)
    const open = this.#open.get(actor) ?? new Set()
    open.add(handle)
    this.#open.set(actor, open)
  }

  /** The group that most transcripts are about. */
  get group(): ClassicGroup | undefined {
    return this.#runtime!.coordinatorOf(0)?.groups.get('g') as ClassicGroup | undefined
  }

  /** The member id behind `$m1`. */
  idOf(name: string): string {
    return this.#names.resolve(name)
  }

  takeOutputs(): string[] {
    const alias = (text: string): string => this.#names.alias(text)
    const records = this.#disk.durable.slice(this.#recordsSeen).map(({ key, value }) => decodeRecord(key, value)!)
    this.#recordsSeen = this.#disk.durable.length
    const replies = this.#out.filter((out) => 'api' in out)
    const events = this.#out.filter((out) => 'trigger' in out)
    this.#out = []
    return [
      ...replies.map(({ actor, api, version, body }) => `${actor} < ${renderReply(api, version, body, alias)}`).sort(),
      ...records.map((record) => alias(renderRecord(record, alias))),
      ...events.map((event) => alias(renderEvent(event))),
    ]
  }
}

/** Splits a request into commands as the broker's handlers do, and puts their answers together. */
function submit(
  runtime: GroupRuntime,
  api: string,
  apiVersion: number,
  decoded: unknown,
  actor: string,
  regexProblem: string | null,
  reply: (response: unknown) => void,
): { cancel(): void } {
  const client = { clientId: actor, clientHost: '/127.0.0.1' }
  switch (api) {
    case 'JoinGroup': {
      const request = decoded as wire.JoinGroupRequest
      return runtime.submit({ type: api, groupId: request.groupId, apiVersion, request, client }, reply)
    }
    case 'ConsumerGroupHeartbeat': {
      const request = decoded as wire.ConsumerGroupHeartbeatRequest
      const { groupId } = request
      return runtime.submit({ type: api, groupId, apiVersion, request, client, regexProblem }, reply)
    }
    case 'ConsumerGroupDescribe': {
      const [groupId] = (decoded as wire.ConsumerGroupDescribeRequest).groupIds
      return runtime.submit({ type: api, groupId: groupId! }, (group) => reply({ throttleTimeMs: 0, groups: [group] }))
    }
    case 'SyncGroup': {
      const request = decoded as wire.SyncGroupRequest
      return runtime.submit({ type: api, groupId: request.groupId, apiVersion, request, client }, reply)
    }
    case 'Heartbeat': {
      const request = decoded as wire.HeartbeatRequest
      return runtime.submit({ type: api, groupId: request.groupId, apiVersion, request, client }, reply)
    }
    case 'LeaveGroup': {
      const request = decoded as wire.LeaveGroupRequest
      return runtime.submit({ type: api, groupId: request.groupId, apiVersion, request }, reply)
    }
    case 'OffsetCommit': {
      const request = decoded as wire.OffsetCommitRequest
      return runtime.submit({ type: api, groupId: request.groupId, apiVersion, request }, reply)
    }
    case 'OffsetFetch': {
      const request = decoded as wire.OffsetFetchRequest
      const { requireStable } = request
      if (apiVersion < 8) {
        const { groupId, topics } = request
        return runtime.submit(
          { type: api, groupId, memberId: null, memberEpoch: -1, topics, requireStable },
          ({ topics, errorCode }: GroupResponses['OffsetFetch']) => reply({ topics, errorCode }),
        )
      }
      const { groupId, memberId, memberEpoch, topics } = request.groups[0]!
      const named = topics?.map(({ name, partitionIndexes }) => ({ name, partitionIndexes })) ?? null
      return runtime.submit(
        { type: api, groupId, memberId, memberEpoch, topics: named, requireStable },
        (group: GroupResponses['OffsetFetch']) => reply({ groups: [group] }),
      )
    }
    case 'OffsetDelete': {
      const request = decoded as wire.OffsetDeleteRequest
      return runtime.submit({ type: api, groupId: request.groupId, request }, reply)
    }
    case 'DescribeGroups': {
      const [groupId] = (decoded as wire.DescribeGroupsRequest).groups
      return runtime.submit({ type: 'DescribeGroup', groupId: groupId!, apiVersion }, (group) =>
        reply({ throttleTimeMs: 0, groups: [group] }),
      )
    }
    case 'DeleteGroups': {
      const [groupId] = (decoded as wire.DeleteGroupsRequest).groupsNames
      return runtime.submit({ type: 'DeleteGroup', groupId: groupId! }, (result) =>
        reply({ throttleTimeMs: 0, results: [result] }),
      )
    }
    case 'ListGroups': {
      const { statesFilter, typesFilter } = decoded as wire.ListGroupsRequest
      return runtime.submit(
        { type: 'ListGroups', shard: 0, statesFilter, typesFilter },
        ({ errorCode, groups }: GroupResponses['ListGroups']) => reply({ errorCode: ErrorCode[errorCode], groups }),
      )
    }
    default:
      throw new Error(`the machine has no ${api}`)
  }
}

function groupConfig(config: Readonly<Record<string, string>>): GroupConfig {
  return {
    groupMinSessionTimeoutMs: Number(config['group.min.session.timeout.ms']),
    groupMaxSessionTimeoutMs: Number(config['group.max.session.timeout.ms'] ?? 1_800_000),
    groupMaxSize: Number(config['group.max.size'] ?? 2_147_483_647),
    groupInitialRebalanceDelayMs: Number(config['group.initial.rebalance.delay.ms']),
    offsetMetadataMaxBytes: Number(config['offset.metadata.max.bytes'] ?? 4096),
    offsetsRetentionMs: Number(config['offsets.retention.minutes'] ?? 10_080) * 60_000,
    offsetsRetentionCheckIntervalMs: Number(config['offsets.retention.check.interval.ms']),
    consumer: {
      groupMaxSize: Number(config['group.consumer.max.size'] ?? 2_147_483_647),
      assignors: ['uniform', 'range'],
      migrationPolicy: (config['group.consumer.migration.policy'] ?? 'BIDIRECTIONAL') as 'BIDIRECTIONAL',
      regexRefreshIntervalMs: 600_000,
      assignmentIntervalMs: Number(config['group.consumer.assignment.interval.ms']),
      groups: () => ({
        sessionTimeoutMs: Number(config['group.consumer.session.timeout.ms'] ?? 45_000),
        heartbeatIntervalMs: 5_000,
      }),
      membersOnNode: () => 1,
    },
  }
}

function renderRecord(record: CoordinatorRecord, alias: (text: string) => string): string {
  if (record.type === 'OffsetCommit') {
    const { key, value } = record
    const where = `record OffsetCommit ${key.group} ${key.topic}-${key.partition}`
    if (value === null) return `${where} tombstone`
    const expiry = value.expireTimestamp === -1n ? '' : ` expires=+${value.expireTimestamp - value.commitTimestamp}`
    return `${where}:${value.offset}${value.metadata === '' ? '' : ` (${value.metadata.slice(0, 20)})`}${expiry}`
  }
  if (record.type !== 'GroupMetadata') return renderConsumerRecord(record, alias)
  const { key, value } = record
  if (value === null) return `record GroupMetadata ${key.group} tombstone`
  const members = value.members.map(
    (member) =>
      `${member.memberId}${member.groupInstanceId === null ? '' : ` instance=${member.groupInstanceId}`} ${subscription(member.subscription)} '${member.assignment}'`,
  )
  const protocol = value.protocol === null ? '' : ` protocol=${value.protocol}`
  const leader = value.leader === null ? '' : ` leader=${value.leader}`
  return `record GroupMetadata ${key.group} gen=${value.generation} type=${value.protocolType}${protocol}${leader} [${members.join(', ')}]`
}

function renderEvent(event: GroupEvent): string {
  const member = event.member === undefined ? '' : ` ${event.member.memberId}`
  return `event ${event.type} (${event.trigger}) gen=${event.generationId}${member}: ${event.reason}`
}
