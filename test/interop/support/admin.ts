import { connect, type Socket } from 'node:net'
import { type RequestWriter, ResponseReader, request } from './raw-protocol.ts'
import { waitUntil } from './wait.ts'

/** A member of a group as DescribeGroups shows it. */
export interface DescribedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly host: string
}

/** A group as DescribeGroups shows it, or ConsumerGroupDescribe (KIP-848): there the protocol is the assignor. */
export interface DescribedGroup {
  readonly errorCode: number
  readonly state: string
  readonly protocol: string
  readonly members: readonly DescribedMember[]
}

/** Offsets by `topic-partition`. */
export type Offsets = Readonly<Record<string, number>>

/**
 * The few requests that tests make beside the client under test: topics, groups, offsets. Written by hand against old,
 * non-flexible versions, so that it needs no client library and shares no code with the broker it looks at.
 */
export interface Admin {
  /** Creates a topic and returns when its partitions have leaders. */
  createTopic(name: string, partitions: number, configs?: Readonly<Record<string, string>>): Promise<void>
  describeGroup(groupId: string): Promise<DescribedGroup>
  /** Committed offsets of a group; only partitions that have one. */
  committedOffsets(groupId: string): Promise<Offsets>
  /** End offsets of all partitions of a topic. */
  endOffsets(topic: string): Promise<Offsets>
  /** Waits until the group is Stable with so many members. */
  groupIsStable(groupId: string, memberCount: number): Promise<DescribedGroup>
}

const apiKeys = {
  listOffsets: 2,
  metadata: 3,
  offsetFetch: 9,
  describeGroups: 15,
  createTopics: 19,
  consumerGroupDescribe: 69,
} as const
const retriable = new Set([3, 5, 6, 7, 14, 15, 16])

export function adminOf(bootstrap: string): Admin {
  const ask = (apiKey: number, version: number, body: (writer: RequestWriter) => void) =>
    askUntilAnswered(bootstrap, request({ apiKey, version, body }))

  async function partitionsOf(topic: string): Promise<{ readonly errorCode: number; readonly leaders: number[] }> {
    const reader = await ask(apiKeys.metadata, 4, (writer) => {
      writer.array([topic], (name) => writer.string(name))
      writer.boolean(false)
    })
    reader.int32() // throttle time
    reader.array(() => [reader.int32(), reader.string(), reader.int32(), reader.nullableString()])
    reader.nullableString() // cluster id
    reader.int32() // controller id
    const [answer] = reader.array(() => {
      const errorCode = reader.int16()
      reader.string()
      reader.boolean()
      const partitions = reader.array(() => {
        const partitionError = reader.int16()
        reader.int32()
        const leader = reader.int32()
        reader.array(() => reader.int32())
        reader.array(() => reader.int32())
        return partitionError === 0 ? leader : -1
      })
      return { errorCode, leaders: partitions }
    })
    return answer ?? { errorCode: 3, leaders: [] }
  }

  async function describeGroup(groupId: string): Promise<DescribedGroup> {
    const reader = await ask(apiKeys.describeGroups, 4, (writer) => {
      writer.array([groupId], (name) => writer.string(name))
      writer.boolean(false)
    })
    reader.int32()
    const [group] = reader.array(() => {
      const errorCode = reader.int16()
      reader.string()
      const state = reader.string()
      reader.string() // protocol type
      const protocol = reader.string()
      const members = reader.array(() => {
        const memberId = reader.string()
        const groupInstanceId = reader.nullableString()
        const clientId = reader.string()
        const host = reader.string()
        reader.bytes()
        reader.bytes()
        return { memberId, groupInstanceId, clientId, host }
      })
      reader.int32()
      return { errorCode, state, protocol, members }
    })
    if (group === undefined) throw new Error(`DescribeGroups without ${groupId}`)
    return group
  }

  /** The same of a group of the consumer protocol (KIP-848), in version 0, which is flexible. */
  async function describeConsumerGroup(groupId: string): Promise<DescribedGroup> {
    const reader = await ask(apiKeys.consumerGroupDescribe, 0, (writer) => {
      writer.noTags() // of the header
      writer.unsignedVarint(2)
      writer.compactString(groupId)
      writer.boolean(false)
      writer.noTags()
    })
    reader.tags()
    reader.int32()
    const partitions = (): void => {
      reader.compactArray(() => {
        reader.int64()
        reader.int64()
        reader.compactString()
        reader.compactArray(() => reader.int32())
        reader.tags()
      })
      reader.tags()
    }
    const [group] = reader.compactArray(() => {
      const errorCode = reader.int16()
      reader.compactString()
      reader.compactString()
      const state = reader.compactString() ?? ''
      reader.int32()
      reader.int32()
      const protocol = reader.compactString() ?? ''
      const members = reader.compactArray(() => {
        const memberId = reader.compactString() ?? ''
        const groupInstanceId = reader.compactString()
        reader.compactString() // rack
        reader.int32()
        const clientId = reader.compactString() ?? ''
        const host = reader.compactString() ?? ''
        reader.compactArray(() => reader.compactString())
        reader.compactString() // regular expression
        partitions()
        partitions()
        reader.tags()
        return { memberId, groupInstanceId, clientId, host }
      })
      reader.int32()
      reader.tags()
      return { errorCode, state, protocol, members }
    })
    if (group === undefined) throw new Error(`ConsumerGroupDescribe without ${groupId}`)
    return group
  }

  async function committedOffsetsOnce(groupId: string): Promise<Offsets | undefined> {
    const reader = await ask(apiKeys.offsetFetch, 5, (writer) => {
      writer.string(groupId)
      writer.int32(-1) // null: all topics
    })
    reader.int32()
    const offsets: Record<string, number> = {}
    reader.array(() => {
      const topic = reader.string()
      reader.array(() => {
        const partition = reader.int32()
        const offset = Number(reader.int64())
        reader.int32()
        reader.nullableString()
        reader.int16()
        if (offset >= 0) offsets[`${topic}-${partition}`] = offset
      })
    })
    const errorCode = reader.int16()
    if (retriable.has(errorCode)) return undefined
    if (errorCode !== 0) throw new Error(`OffsetFetch ${groupId}: error ${errorCode}`)
    return offsets
  }

  return {
    async createTopic(name, partitions, configs = {}) {
      const reader = await ask(apiKeys.createTopics, 2, (writer) => {
        writer.int32(1)
        writer.string(name)
        writer.int32(partitions)
        writer.int16(1)
        writer.int32(0)
        writer.array(Object.entries(configs), ([key, value]) => {
          writer.string(key)
          writer.string(value)
        })
        writer.int32(30_000)
        writer.boolean(false)
      })
      reader.int32()
      reader.array(() => {
        reader.string()
        const errorCode = reader.int16()
        const message = reader.nullableString()
        if (errorCode !== 0) throw new Error(`CreateTopics ${name}: error ${errorCode} ${message}`)
      })
      await waitUntil(`leaders of ${name}`, async () => {
        const { errorCode, leaders } = await partitionsOf(name)
        return errorCode === 0 && leaders.length === partitions && leaders.every((leader) => leader >= 0)
      })
    },

    describeGroup,

    committedOffsets: (groupId) => waitUntil(`offsets of ${groupId}`, () => committedOffsetsOnce(groupId)),

    async endOffsets(topic) {
      const { leaders } = await partitionsOf(topic)
      const reader = await ask(apiKeys.listOffsets, 2, (writer) => {
        writer.int32(-1)
        writer.int8(0)
        writer.int32(1)
        writer.string(topic)
        writer.array([...leaders.keys()], (partition) => {
          writer.int32(partition)
          writer.int64(-1n)
        })
      })
      reader.int32()
      const offsets: Record<string, number> = {}
      reader.array(() => {
        reader.string()
        reader.array(() => {
          const partition = reader.int32()
          const errorCode = reader.int16()
          reader.int64()
          const offset = Number(reader.int64())
          if (errorCode !== 0) throw new Error(`ListOffsets ${topic}-${partition}: error ${errorCode}`)
          offsets[`${topic}-${partition}`] = offset
        })
      })
      return offsets
    },

    async groupIsStable(groupId, memberCount) {
      let seen: DescribedGroup | undefined
      return waitUntil(
        `group ${groupId} to be Stable with ${memberCount} members`,
        async () => {
          seen = await describeGroup(groupId)
          if (seen.state === 'Dead') seen = await describeConsumerGroup(groupId)
          return seen.state === 'Stable' && seen.members.length === memberCount ? seen : undefined
        },
        { details: () => `last seen: ${JSON.stringify(seen)}` },
      )
    },
  }
}

/** Asks on a connection of its own; again when the connection fails, as the broker may be restarting. */
async function askUntilAnswered(bootstrap: string, frame: Buffer): Promise<ResponseReader> {
  let failure = ''
  return waitUntil(
    `an answer of ${bootstrap}`,
    async () => {
      try {
        return new ResponseReader(await exchange(bootstrap, frame))
      } catch (error) {
        failure = String(error)
        return undefined
      }
    },
    { details: () => failure },
  )
}

function exchange(bootstrap: string, frame: Buffer): Promise<Buffer> {
  const [host = '', port = ''] = bootstrap.split(':')
  return new Promise((fulfil, reject) => {
    const socket: Socket = connect({ host, port: Number(port) })
    let received = Buffer.alloc(0)
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer within 20 s')))
    socket.on('connect', () => socket.write(frame))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      fulfil(received.subarray(4))
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed without an answer')))
  })
}
