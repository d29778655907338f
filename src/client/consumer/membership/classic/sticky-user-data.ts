import type { Buffer } from 'node:buffer'
import type { TopicPartition } from '../../../../assignor/index.ts'
import { array, int32, message, string, WireError } from '../../../../wire/index.ts'
import { groupByTopic, topicPartitionsOf } from '../topic-partitions.ts'

/** What members of the eager `sticky` assignor tell their leader: what they had, as they own nothing while they join (Kafka's StickyAssignor). */
const stickyUserData = message(
  { name: 'StickyAssignorUserData', type: 'data', versions: '0-1', flexible: 'none' },
  () => ({
    previousAssignment: array({ topic: string(), partitions: array(int32()) }),
    generation: int32({ versions: '1+', default: -1, ignorable: true }),
  }),
)

/** What members of `cooperative-sticky` add for leaders before subscription version 2 (Kafka's CooperativeStickyAssignor). */
const cooperativeUserData = message(
  { name: 'CooperativeStickyAssignorUserData', type: 'data', versions: '0', flexible: 'none' },
  () => ({ generation: int32() }),
)

export interface Claim {
  readonly ownedPartitions: readonly TopicPartition[]
  readonly generationId: number
}

export function encodeStickyUserData({ ownedPartitions, generationId }: Claim): Buffer {
  return stickyUserData.encode({ previousAssignment: groupByTopic(ownedPartitions), generation: generationId }, 1)
}

/** Of version 1, or of version 0, which has no generation. What is neither claims nothing, as in Java. */
export function decodeStickyUserData(userData: Uint8Array | null): Claim {
  for (const version of [1, 0]) {
    const read = userData === null ? undefined : attempt(() => stickyUserData.decode(userData, version))
    if (read === undefined) continue
    return { ownedPartitions: topicPartitionsOf(read.previousAssignment), generationId: read.generation }
  }
  return { ownedPartitions: [], generationId: -1 }
}

export function encodeCooperativeUserData(generationId: number): Buffer {
  return cooperativeUserData.encode({ generation: generationId }, 0)
}

/** -1 where it says nothing. */
export function decodeCooperativeUserData(userData: Uint8Array | null): number {
  if (userData === null) return -1
  return attempt(() => cooperativeUserData.decode(userData, 0))?.generation ?? -1
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
