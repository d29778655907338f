import { ApiKey, consumerProtocolSubscription } from '../../../src/wire/index.ts'

/** `key=value` words of a command; a key may come more than once. */
export type Args = ReadonlyMap<string, readonly string[]>

export interface Parsed {
  readonly api: keyof typeof ApiKey
  readonly version: number
  readonly body: Record<string, unknown>
}

/** What groups and topics are really called: on a broker each run has its own. */
export interface Renaming {
  group(name: string): string
  topic(name: string): string
  /** Of a topic that is there; requests of consumer groups and their offsets name it. */
  topicId(name: string): string
}

export const asWritten: Renaming = {
  group: (name) => name,
  topic: (name) => name,
  topicId: () => {
    throw new Error('topics have no ids here')
  },
}

/** `JoinGroup v9 session=1000 …` as the request's value on the wire. Member ids were replaced by the caller. */
export function parseRequest(text: string, names: Renaming = asWritten): Parsed {
  const [api, v, ...words] = splitWords(text)
  const version = Number(v?.slice(1))
  if (api === undefined || !(api in ApiKey) || !Number.isInteger(version)) throw new Error(`no request: '${text}'`)
  const args = new Map<string, string[]>()
  for (const word of words) {
    const [, key, value] = /^(\w+)(?:=(.*))?$/s.exec(word) ?? []
    if (key === undefined) throw new Error(`no argument: '${word}' in '${text}'`)
    args.set(key, [...(args.get(key) ?? []), value ?? 'true'])
  }
  const used = new Set<string>()
  const body = bodyOf(api, version, names, {
    one: (key, fallback) => {
      used.add(key)
      return args.get(key)?.[0] ?? fallback
    },
    list: (key) => {
      used.add(key)
      return (args.get(key)?.[0] ?? '').split(',').filter((item) => item !== '')
    },
    has: (key) => {
      used.add(key)
      return args.has(key)
    },
  })
  for (const key of args.keys()) if (!used.has(key)) throw new Error(`${api} has no argument '${key}'`)
  return { api: api as keyof typeof ApiKey, version, body }
}

interface Reading {
  one(key: string, fallback: string): string
  list(key: string): string[]
  has(key: string): boolean
}

function bodyOf(api: string, version: number, names: Renaming, { one, list, has }: Reading): Record<string, unknown> {
  const groupId = has('group') && one('group', '') === '' ? '' : names.group(one('group', 'g'))
  const member = { groupId, memberId: one('member', '') }
  const instance = (lowest: number): object =>
    has('instance') ? { groupInstanceId: one('instance', '') } : version >= lowest ? { groupInstanceId: null } : {}
  switch (api) {
    case 'JoinGroup':
      return {
        ...member,
        ...instance(5),
        sessionTimeoutMs: Number(one('session', '10000')),
        ...(version >= 1 && { rebalanceTimeoutMs: Number(one('rebalance', '10000')) }),
        protocolType: one('type', 'consumer'),
        protocols: list('protocols').map((protocol) => protocolOf(protocol, names)),
        ...(version >= 8 && { reason: has('reason') ? one('reason', '') : null }),
      }
    case 'SyncGroup':
      return {
        ...member,
        ...instance(3),
        generationId: Number(one('gen', '-1')),
        ...(version >= 5 && {
          protocolType: nullable(one('type', 'consumer')),
          protocolName: nullable(one('protocol', 'range')),
        }),
        assignments: list('assign').map((item) => {
          const [memberId, bytes] = halves(item, '=>')
          return { memberId, assignment: Buffer.from(bytes) }
        }),
      }
    case 'Heartbeat':
      return { ...member, ...instance(3), generationId: Number(one('gen', '-1')) }
    case 'LeaveGroup':
      if (version < 3) return member
      return {
        groupId,
        members: list('members').map((item) => {
          const [memberId, instanceId] = item.includes('/') ? halves(item, '/') : [item, undefined]
          const reason = version >= 5 ? { reason: has('reason') ? one('reason', '') : null } : {}
          return { memberId, groupInstanceId: instanceId ?? null, ...reason }
        }),
      }
    case 'ConsumerGroupHeartbeat': {
      const text = (key: string): string | null => (has(key) ? one(key, '') : null)
      return {
        ...member,
        memberEpoch: Number(one('epoch', '0')),
        instanceId: text('instance'),
        rackId: text('rack'),
        rebalanceTimeoutMs: Number(one('rebalance', '-1')),
        subscribedTopicNames: has('topics') ? list('topics').map((topic) => names.topic(topic)) : null,
        ...(version >= 1 && {
          subscribedTopicRegex: has('regex') ? (one('regex', '') === '' ? '' : names.topic(one('regex', ''))) : null,
        }),
        serverAssignor: text('assignor'),
        topicPartitions: has('owned')
          ? byTopic(asWritten, list('owned'), (index) => index).map(({ name, partitions }) => ({
              topicId: names.topicId(name),
              partitions,
            }))
          : null,
      }
    }
    case 'ConsumerGroupDescribe':
      return { groupIds: [groupId], includeAuthorizedOperations: false }
    case 'OffsetCommit':
      return {
        ...member,
        ...instance(7),
        generationIdOrMemberEpoch: Number(one('gen', '-1')),
        ...(version <= 4 && { retentionTimeMs: BigInt(one('retention', '-1')) }),
        topics: byTopic(names, list('offsets'), (partitionIndex, value) => {
          const [, offset, metadata] = /^(\d+)(?:\((.*)\))?$/.exec(value) ?? []
          const committedMetadata = metadata?.replace(/^x\*(\d+)$/, (_, count) => 'x'.repeat(Number(count))) ?? null
          return { partitionIndex, committedOffset: BigInt(offset!), committedMetadata }
        }),
      }
    case 'OffsetFetch': {
      const topics = has('all')
        ? null
        : byTopic(names, list('offsets'), (index) => index).map(({ name, partitions }) => ({
            name,
            partitionIndexes: partitions,
          }))
      const stable = version >= 7 ? { requireStable: has('stable') } : {}
      if (version < 8) return { groupId, topics, ...stable }
      const identity =
        version >= 9 ? { memberId: nullable(one('member', 'null')), memberEpoch: Number(one('epoch', '-1')) } : {}
      return { groups: [{ groupId, ...identity, topics }], ...stable }
    }
    case 'OffsetDelete':
      return { groupId, topics: byTopic(names, list('offsets'), (partitionIndex) => ({ partitionIndex })) }
    case 'DescribeGroups':
      return { groups: [groupId] }
    case 'DeleteGroups':
      return { groupsNames: [groupId] }
    case 'ListGroups':
      return {
        ...(version >= 4 && { statesFilter: list('states') }),
        ...(version >= 5 && { typesFilter: list('types') }),
      }
    default:
      throw new Error(`transcripts have no ${api}`)
  }
}

/** `range(t u)` subscribes to topics as consumers do, `range(t u|more)` with user data; `range{text}` has any bytes. */
function protocolOf(text: string, names: Renaming): { name: string; metadata: Buffer } {
  const [, name, topics, raw] = /^([\w-]+)(?:\(([^)]*)\)|\{([^}]*)\})?$/.exec(text) ?? []
  if (name === undefined) throw new Error(`no protocol: '${text}'`)
  if (topics === undefined) return { name, metadata: Buffer.from(raw ?? '') }
  const [subscribed, userData] = topics.split('|')
  const subscription = {
    topics: subscribed!.split(' ').flatMap((topic) => (topic === '' ? [] : [names.topic(topic)])),
    userData: userData === undefined ? null : Buffer.from(userData),
  }
  return { name, metadata: Buffer.concat([Buffer.from([0, 0]), consumerProtocolSubscription.encode(subscription, 0)]) }
}

/** `t-0:5,t-1:7` by topic, in order. */
function byTopic<T>(
  names: Renaming,
  items: readonly string[],
  read: (partition: number, value: string) => T,
): { name: string; partitions: T[] }[] {
  const topics = new Map<string, T[]>()
  for (const item of items) {
    const [, name, partition, value] = /^(.+?)-(\d+)(?::(.*))?$/.exec(item) ?? []
    if (name === undefined) throw new Error(`no partition: '${item}'`)
    topics.set(name, [...(topics.get(name) ?? []), read(Number(partition), value ?? '')])
  }
  return [...topics].map(([name, partitions]) => ({ name: names.topic(name), partitions }))
}

function nullable(text: string): string | null {
  return text === 'null' ? null : text
}

function halves(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  if (at < 0) throw new Error(`'${text}' has no '${separator}'`)
  return [text.slice(0, at), text.slice(at + separator.length)]
}

/** At blanks, but not within quotes or parentheses; the quotes are dropped. */
export function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:\([^)]*\)|\{[^}]*\}|"[^"]*"|[^\s"({])+/g)].map(([word]) => word.replaceAll('"', ''))
}
