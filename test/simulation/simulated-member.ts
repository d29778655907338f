import type { GroupCommand, GroupResponses, TopicImage } from '../../src/coordinator/index.ts'
import type { Cancel } from '../../src/platform/index.ts'

export interface Network {
  nowMs(): number
  at(ms: number, fn: () => void): Cancel
  /** Of one way. */
  delayMs(): number
  /** Whether a request or an answer gets lost. */
  loses(): boolean
  /** How long the application takes to give partitions up. */
  revocationMs(): number
  newMemberId(): string
  topics(): TopicImage
  /** `done` is called once, unless the broker dies or `cancel` is called: the connection has closed. */
  submit<C extends GroupCommand>(command: C, done: (response: GroupResponses[C['type']]) => void): { cancel(): void }
  /** The member owns something else now. */
  changed(): void
}

/** A member as its application sees it, of either protocol. */
export interface SimulatedMember {
  readonly protocol: 'classic' | 'consumer'
  readonly instanceId: string | null
  readonly memberId: string
  readonly isAlive: boolean
  /** Partitions that it consumes: 'TOPIC_ID-PARTITION'. */
  readonly owned: ReadonlySet<string>
  /** Generation or member epoch that it knows; -1 when none. */
  readonly generationId: number
  /** Topic names, or a regular expression. */
  readonly subscription: readonly string[] | string
  start(): void
  subscribe(subscription: readonly string[] | string): void
  /** Says goodbye; the message may be lost. */
  leave(): void
  kill(): void
  pause(ms: number): void
  /** The process ends and comes back. A static member may say that it will. */
  restart(says: boolean): void
}

export function wants({ subscription }: SimulatedMember, topic: string): boolean {
  return typeof subscription === 'string' ? matchesAll(subscription, topic) : subscription.includes(topic)
}

export function matchesAll(regex: string, name: string): boolean {
  return new RegExp(`^(?:${regex})$`).test(name)
}
