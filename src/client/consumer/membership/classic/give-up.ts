import type { TopicPartition } from '../../../../assignor/index.ts'
import type { ListenerCall } from '../machine.ts'

/** What counts for what a member must give up. */
export interface Standing {
  readonly owned: readonly TopicPartition[]
  readonly memberId: string
  /** -1 when the coordinator has put it out. */
  readonly generationId: number
}

/** Whether others may have its partitions already: then they are lost, not revoked, and nothing can be committed. */
export function isOut({ memberId, generationId }: Standing): boolean {
  return generationId === -1 || memberId === ''
}

/** Before it joins: all that it has, or, where it may keep what it has (KIP-429), what it does not want any more. Java's onJoinPrepare. */
export function toGiveUpBeforeJoin(
  standing: Standing,
  { isCooperative, wants, reason }: { isCooperative: boolean; wants(topic: string): boolean; reason: string },
): ListenerCall | undefined {
  const { owned } = standing
  if (owned.length === 0) return undefined
  if (isOut(standing)) {
    return { type: 'lost', partitions: owned, reason: reason === '' ? 'the generation has been reset' : reason }
  }
  if (!isCooperative) return { type: 'revoked', partitions: owned, reason }
  const unwanted = owned.filter(({ topic }) => !wants(topic))
  return unwanted.length === 0 ? undefined : { type: 'revoked', partitions: unwanted, reason }
}
