import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BrokerOptions,
  type InterceptedRequest,
  type RunningBroker,
  startBroker as startRealBroker,
  type TimelineEvent,
  type TimelineOptions,
} from '../broker/index.ts'
import { nodeDisk } from '../log/index.ts'
import { Changes } from './changes.ts'
import { type Fault, type FaultMatch, type FaultScript, Faults } from './faults.ts'
import { JumpingClock } from './jumping-clock.ts'
import { MemberConnections, type TestConnection } from './member-connections.ts'
import { createTopics, produce, recordsOf, type SeedRecord, type TestRecord } from './seed.ts'
import { type MemberName, TestGroup } from './test-group.ts'

export interface TestBrokerOptions
  extends Pick<BrokerOptions, 'flush' | 'logger' | 'onGroupEvent' | 'properties' | 'dataDir'> {
  /** Of 127.0.0.1; default 0 = a free one. */
  readonly port?: number
  /** Partitions by name: created before the broker takes connections. */
  readonly topics?: Readonly<Record<string, number>>
  /** Default 'memory'; 'temporary' = a new folder, removed when the broker is closed. Or a folder of yours: `dataDir`. */
  readonly storage?: 'memory' | 'temporary'
}

/** A broker for one test, or one file of tests: any client, in any language, can talk to it over TCP. */
export interface TestBroker extends AsyncDisposable {
  /** 'host:port', for clients. */
  readonly bootstrapServers: string
  readonly host: string
  readonly port: number
  /** Runs with real time, and can be moved on. */
  readonly clock: JumpingClock
  /** The broker itself: metrics, metadata, configs. */
  readonly running: RunningBroker
  /** A group; it need not exist yet. */
  group(groupId: string): TestGroup
  /** Creates topics that are not there: partitions by name. */
  createTopics(topics: Readonly<Record<string, number>>): Promise<void>
  /** Appends records as a producer would; a topic that is not there is created. Gives partition and offset of each. */
  produce(
    topic: string,
    records: readonly (SeedRecord | string)[],
  ): Promise<readonly { readonly partition: number; readonly offset: bigint }[]>
  /** All records of a topic, by partition and offset. */
  records(topic: string): Promise<readonly TestRecord[]>
  /** Ends the session of a member now, as if it had been silent: by its member, instance or client id. @throws Error without such a member. */
  expireSession(groupId: string, member: MemberName): void
  /** Connections that have sent a request, and are open. */
  connections(): readonly TestConnection[]
  /** Says which requests a fault hits; what happens to them is the next call: `broker.fault({ api: 'Heartbeat' }).drop()`. */
  fault(match: FaultMatch): FaultScript
  /** The member's next request is refused as one of a member that was fenced: it has to give up what it has and join again, or to stop. */
  fence(groupId: string, member: MemberName): Fault
  /** Removes all faults, and lets go what they hold back. */
  clearFaults(): void
  /** Why groups changed: see `kohort/broker`. */
  timeline(options?: TimelineOptions): AsyncIterable<TimelineEvent>
  /** Lets go what faults hold back, stops, and removes the temporary folder. */
  close(): Promise<void>
}

/** What a test wants otherwise: groups begin at once, topics come by themselves, and a jump of the clock closes no idle connection. */
const DEFAULTS = {
  'group.initial.rebalance.delay.ms': '0',
  'connections.max.idle.ms': '-1',
  'offsets.topic.num.partitions': '1',
}

/** Of the broker's requests, those that a fenced member meets. */
const MEMBER_APIS = ['JoinGroup', 'SyncGroup', 'Heartbeat', 'OffsetCommit', 'ConsumerGroupHeartbeat'] as const

let folders = 0

/** Starts a broker in this process, on a free port of 127.0.0.1, ready within some milliseconds. @throws BrokerStartError */
export async function startBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const { port = 0, topics = {}, storage = 'memory', properties = {}, dataDir, ...others } = options
  const changes = new Changes()
  const connections = new MemberConnections()
  const clock: JumpingClock = new JumpingClock({ keepAlive: () => keepAlive(running, connections) })
  const faults = new Faults(clock)
  const folder = storage === 'temporary' ? temporaryFolder(clock) : undefined
  const running: RunningBroker = await startRealBroker({
    ...others,
    dataDir: dataDir ?? folder,
    clock,
    listeners: [{ host: '127.0.0.1', port }],
    properties: { ...DEFAULTS, ...(properties instanceof Map ? Object.fromEntries(properties) : properties) },
    topics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
    interceptor: (intercepted, proceed) => {
      connections.see(intercepted)
      return faults.intercept(intercepted, () => observed(intercepted, proceed, connections, changes))
    },
    onGroupEvent: (event) => {
      changes.notify()
      options.onGroupEvent?.(event)
    },
  })
  const { broker, bootstrapServers, listeners } = running
  const group = (groupId: string): TestGroup => new TestGroup(groupId, { running, changes, connections })
  let closed: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    faults.clear()
    await running.close()
    if (folder !== undefined) await nodeDisk.removeDirectory(folder)
  }
  const close = (): Promise<void> => {
    closed ??= closeAll()
    return closed
  }
  return {
    bootstrapServers,
    host: listeners[0]!.host,
    port: listeners[0]!.port,
    clock,
    running,
    group,
    createTopics: (named) => createTopics(broker, named),
    produce: (topic, records) => produce(broker, topic, records),
    records: (topic) => recordsOf(broker, topic),
    expireSession: (groupId, name) => {
      broker.groups.expireSession(groupId, group(groupId).member(name).memberId)
    },
    connections: () => connections.all(),
    fault: (match) => faults.on(match),
    fence: (groupId, name) => fence(faults, group(groupId), name),
    clearFaults: () => faults.clear(),
    timeline: (asked) => running.groupTimeline(asked),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Looks on while a request is done. */
function observed(
  intercepted: InterceptedRequest,
  proceed: () => unknown,
  connections: MemberConnections,
  changes: Changes,
): unknown {
  const response = proceed()
  if (!GROUP_APIS.has(intercepted.api)) return response
  const look = (value: unknown): void => {
    connections.note(intercepted, value)
    changes.notify()
  }
  // A rejection is the dispatcher's to answer.
  if (response instanceof Promise) response.then(look, () => {})
  else look(response)
  return response
}

const GROUP_APIS: ReadonlySet<string> = new Set([...MEMBER_APIS, 'LeaveGroup', 'DeleteGroups', 'OffsetDelete'])

function keepAlive({ broker }: RunningBroker, connections: MemberConnections): void {
  for (const { groupId, memberId } of connections.members()) broker.groups.renewSession(groupId, memberId)
}

function fence(faults: Faults, group: TestGroup, name: MemberName): Fault {
  const { memberId, groupInstanceId, protocol } = group.member(name)
  // A commit of a consumer group knows no error that ends a membership.
  const api = protocol === 'consumer' ? 'ConsumerGroupHeartbeat' : MEMBER_APIS
  const dynamic = protocol === 'consumer' ? 'FENCED_MEMBER_EPOCH' : 'UNKNOWN_MEMBER_ID'
  const error = groupInstanceId === null ? dynamic : 'FENCED_INSTANCE_ID'
  return faults.on({ api, group: group.groupId, member: memberId }).error(error)
}

function temporaryFolder(clock: JumpingClock): string {
  return join(tmpdir(), `kohort-test-${process.pid}-${Math.trunc(clock.wallMs())}-${folders++}`)
}
