import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Api,
  CreatePartitionsResponse,
  CreateTopicsResponse,
  DeleteTopicsResponse,
  JoinGroupResponse,
} from '../../../src/wire/index.ts'
import { ApiKey, apiByKey, decodeResponse, encodeRequestFrame, errorName } from '../../../src/wire/index.ts'
import { renderReply } from './replies.ts'
import type { Renaming } from './requests.ts'
import { parseRequest } from './requests.ts'
import type { Transcript } from './transcript.ts'
import { defaultConfig, Names, parseAction, Timeouts } from './transcript.ts'

/** A request that waits shows nothing; after so long the broker has surely taken it in, before the next one comes. */
const SETTLE_MS = 60
/** On a machine that is busy with other tests it may take longer: what differs is played again, slowly. */
const SLOW_SETTLE_MS = 1_000
/** A deadline of this very moment (nobody is left to wait for) runs a turn after the answer; the state machine lets it run at once. */
const TURN_MS = 20
/** Beyond a deadline that the transcript waits for. */
const SLACK_MS = 200
/** Kafka's coordinator hears of topics later than its Metadata requests do; a busy one in its own time. */
const TOPICS_MS = 200
const SLOW_TOPICS_MS = 3_000
const REPLY_TIMEOUT_MS = 10_000

export interface Mismatch {
  /** Of the step. */
  readonly index: number
  readonly line: string
  readonly expected: readonly string[]
  readonly actual: readonly string[]
}

/**
 * Plays a transcript on a broker and compares the replies, in whatever order they come within a step.
 * @param broker.newRun gives a name that makes the groups and topics of a run its own.
 * @param broker.restart stops the broker and starts it again, on the same port and data.
 * @returns the first step that differs.
 */
export async function playOnBroker(transcript: Transcript, broker: BrokerToPlayOn): Promise<Mismatch | undefined> {
  const mismatch = await playOnce(new Player(transcript, broker, SETTLE_MS), transcript)
  return mismatch && playOnce(new Player(transcript, broker, SLOW_SETTLE_MS), transcript)
}

export interface BrokerToPlayOn {
  readonly port: number
  newRun(): string
  restart?(): Promise<void>
}

async function playOnce(player: Player, transcript: Transcript): Promise<Mismatch | undefined> {
  try {
    await player.prepare()
    for (const [index, step] of transcript.steps.entries()) {
      const expected = step.outputs.filter((output) => / < /.test(output)).sort()
      const actual = await player.act(step.line, expected)
      if (expected.join('\n') !== actual.join('\n')) return { index, line: step.line, expected, actual }
    }
    return undefined
  } finally {
    player.close()
  }
}

interface Awaited {
  readonly api: keyof typeof ApiKey
  readonly version: number
}

class Player {
  readonly #transcript: Transcript
  readonly #broker: BrokerToPlayOn
  readonly #settleMs: number
  readonly #names = new Names()
  readonly #renaming: Renaming
  readonly #timeouts: Timeouts
  readonly #topicIds = new Map<string, string>()
  readonly #connections = new Map<string, Connection>()
  #replies: { readonly actor: string; readonly awaited: Awaited; readonly body: unknown }[] = []
  #wake: () => void = () => {}

  constructor(transcript: Transcript, broker: BrokerToPlayOn, settleMs: number) {
    const run = broker.newRun()
    this.#broker = broker
    this.#settleMs = settleMs
    this.#transcript = transcript
    const renamed = (name: string): string => {
      this.#names.add(`${run}.${name}`, name)
      return `${run}.${name}`
    }
    this.#renaming = { group: renamed, topic: renamed, topicId: (name) => this.#topicIds.get(name)! }
    this.#timeouts = new Timeouts({ ...defaultConfig, ...transcript.config })
  }

  /** Creates the topics. */
  async prepare(): Promise<void> {
    for (const [name, numPartitions] of this.#transcript.topics) await this.#createTopic(name, numPartitions)
    await this.#awaitCoordinator()
    if (this.#transcript.steps.some(({ line }) => line.includes('ConsumerGroupHeartbeat'))) await this.#topicsHeardOf()
  }

  async #createTopic(name: string, numPartitions: number): Promise<void> {
    const real = this.#renaming.topic(name)
    const topic = { name: real, numPartitions, replicationFactor: 1, assignments: [], configs: [] }
    const body = { topics: [topic], timeoutMs: 10_000, validateOnly: false }
    const response = await this.#adminCall<CreateTopicsResponse>('CreateTopics', 7, body)
    const { errorCode, topicId } = response.topics[0]!
    if (errorCode !== 0) throw new Error(`creating topic ${name}: ${errorName(errorCode)}`)
    this.#topicIds.set(name, topicId)
    this.#names.add(topicId, name)
  }

  async #setTopic(name: string, partitionCount: number): Promise<void> {
    if (!this.#topicIds.has(name)) await this.#createTopic(name, partitionCount)
    else {
      const topics = [{ name: this.#renaming.topic(name), count: partitionCount, assignments: null }]
      const body = { topics, timeoutMs: 10_000, validateOnly: false }
      const response = await this.#adminCall<CreatePartitionsResponse>('CreatePartitions', 2, body)
      if (response.results[0]!.errorCode !== 0) throw new Error(`more partitions of topic ${name} failed`)
    }
    await this.#topicsHeardOf()
  }

  #topicsHeardOf(): Promise<void> {
    return sleep(this.#settleMs === SLOW_SETTLE_MS ? SLOW_TOPICS_MS : TOPICS_MS)
  }

  async #awaitCoordinator(): Promise<void> {
    // Metadata takes its time in Kafka; a coordinator may still be loading, or its topic may have to be created.
    for (let tries = 0; tries < 100; tries++) {
      const group = this.#renaming.group('g')
      const found = await this.#adminCall<{ errorCode: number }>('FindCoordinator', 1, { key: group, keyType: 0 })
      const described = await this.#adminCall<{ groups: { errorCode: number }[] }>('DescribeGroups', 0, {
        groups: [group],
      })
      const topics = [...this.#transcript.topics.keys()].map((name) => ({ name: this.#renaming.topic(name) }))
      const body = { topics, allowAutoTopicCreation: false }
      const metadata = await this.#adminCall<{ topics: { errorCode: number }[] }>('Metadata', 4, body)
      const known = metadata.topics.every(({ errorCode }) => errorCode === 0)
      if (known && found.errorCode === 0 && described.groups[0]!.errorCode === 0) return
      await sleep(100)
    }
    throw new Error('the topics or the coordinator do not come up')
  }

  async act(line: string, expected: readonly string[]): Promise<string[]> {
    const action = parseAction(line)
    switch (action.kind) {
      case 'request':
        this.#send(action.actor, action.request)
        break
      case 'close':
        this.#connections.get(action.actor)?.close()
        this.#connections.delete(action.actor)
        break
      case 'wait':
        if (expected.length === 0) await sleep(this.#timeouts.ms(action.what, action.actor) + SLACK_MS)
        break
      case 'delete-topic':
        await this.#deleteTopic(action.topic)
        break
      case 'set-topic':
        await this.#setTopic(action.topic, action.partitionCount)
        break
      case 'restart':
        if (this.#broker.restart === undefined) throw new Error('this broker cannot be restarted')
        this.close()
        await this.#broker.restart()
        await this.#awaitCoordinator()
    }
    const deadline = Date.now() + REPLY_TIMEOUT_MS
    while (this.#replies.length < expected.length && Date.now() < deadline) {
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), sleep(deadline - Date.now())])
    }
    if (expected.length === 0) await sleep(this.#settleMs)
    else if (this.#settleMs === SLOW_SETTLE_MS) await sleep(TURN_MS)
    return this.#takeReplies()
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
  }

  #takeReplies(): string[] {
    const replies = this.#replies
    this.#replies = []
    for (const { actor, awaited, body } of replies) {
      if (awaited.api === 'JoinGroup') this.#names.learn(actor, (body as JoinGroupResponse).memberId)
    }
    const alias = (text: string): string => this.#names.alias(text)
    return replies
      .map(
        ({ actor, awaited: { api, version }, body }) =>
          `${actor} < ${renderReply(api, version, this.#ours(api, body), alias)}`,
      )
      .sort()
  }

  /** Groups of other transcripts are not this one's. */
  #ours(api: string, body: unknown): unknown {
    if (api !== 'ListGroups') return body
    const response = body as { groups: { groupId: string }[] }
    return { ...response, groups: response.groups.filter(({ groupId }) => this.#names.alias(groupId) !== groupId) }
  }

  #send(actor: string, text: string): void {
    const { api, version, body } = parseRequest(this.#names.resolve(text), this.#renaming)
    if (api === 'JoinGroup') this.#timeouts.sawJoin(actor, version, body)
    if (api === 'ConsumerGroupHeartbeat') this.#timeouts.sawConsumerHeartbeat(actor, body)
    this.#connection(actor).send(api, version, body)
  }

  #connection(actor: string): Connection {
    const existing = this.#connections.get(actor)
    if (existing !== undefined) return existing
    const connection = new Connection(this.#broker.port, actor, (awaited, body) => {
      this.#replies.push({ actor, awaited, body })
      this.#wake()
    })
    this.#connections.set(actor, connection)
    return connection
  }

  async #deleteTopic(topic: string): Promise<void> {
    const body = { topicNames: [this.#renaming.topic(topic)], timeoutMs: 10_000 }
    const response = await this.#adminCall<DeleteTopicsResponse>('DeleteTopics', 5, body)
    if (response.responses[0]!.errorCode !== 0) throw new Error(`deleting topic ${topic} failed`)
    // Kafka drops the offsets when its brokers have heard of the deletion.
    await this.#topicsHeardOf()
  }

  async #adminCall<T>(api: keyof typeof ApiKey, version: number, body: unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const connection = new Connection(
        this.#broker.port,
        'admin',
        (_, response) => {
          connection.close()
          resolve(response as T)
        },
        reject,
      )
      connection.send(api, version, body as Record<string, unknown>)
    })
  }
}

class Connection {
  readonly #socket: Socket
  readonly #clientId: string
  readonly #awaited: Awaited[] = []
  #buffer = Buffer.alloc(0)
  #correlationId = 0

  constructor(
    port: number,
    clientId: string,
    onReply: (awaited: Awaited, body: unknown) => void,
    onError: (error: Error) => void = () => {},
  ) {
    this.#clientId = clientId
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('error', onError)
    this.#socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      while (this.#buffer.length >= 4) {
        const size = this.#buffer.readInt32BE(0)
        if (this.#buffer.length < 4 + size) return
        const frame = Buffer.from(this.#buffer.subarray(4, 4 + size))
        this.#buffer = this.#buffer.subarray(4 + size)
        const awaited = this.#awaited.shift()!
        const { body } = decodeResponse(apiByKey.get(ApiKey[awaited.api])! as Api, awaited.version, frame)
        onReply(awaited, body)
      }
    })
  }

  send(name: keyof typeof ApiKey, version: number, body: Record<string, unknown>): void {
    const api = apiByKey.get(ApiKey[name])! as unknown as Api<unknown, Record<string, unknown>>
    this.#awaited.push({ api: name, version })
    const correlationId = this.#correlationId++
    for (const chunk of encodeRequestFrame({ api, version, correlationId, clientId: this.#clientId, body })) {
      this.#socket.write(chunk)
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** One connection, a promise an answer. */
export class Caller {
  readonly #connection: Connection
  readonly #answers: ((body: unknown) => void)[] = []

  constructor(port: number, clientId: string) {
    this.#connection = new Connection(port, clientId, (_, body) => this.#answers.shift()!(body))
  }

  call<T>(api: keyof typeof ApiKey, version: number, body: Record<string, unknown>): Promise<T> {
    return new Promise((resolve) => {
      this.#answers.push((answer) => resolve(answer as T))
      this.#connection.send(api, version, body)
    })
  }

  close(): void {
    this.#connection.close()
  }
}
