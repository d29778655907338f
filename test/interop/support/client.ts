import type { Command } from './child.ts'

export type Assignor = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky'
export type GroupProtocol = 'classic' | 'consumer'
export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** How a consumer program is to be set up; the names are those of README.md. */
export interface ConsumerOptions {
  readonly bootstrap: string
  readonly groupId: string
  readonly topics: readonly string[]
  /** Instead of `topics`: a regular expression that the broker evaluates (KIP-848). */
  readonly topicRegex?: string
  /** `group.protocol`; absent: classic. */
  readonly protocol?: GroupProtocol
  /** Absent: the client's own default. */
  readonly assignor?: Assignor
  readonly groupInstanceId?: string
  /** `auto`: every `autoCommitIntervalMs`; `manual`: synchronously after each batch and before partitions go; `none`. */
  readonly commit: 'auto' | 'manual' | 'none'
  readonly autoCommitIntervalMs: number
  readonly offsetReset: 'earliest' | 'latest'
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly maxPollIntervalMs: number
  /** Pause after each record, 0 for none. */
  readonly processingDelayMs: number
  /** Processing of the first record with this value takes so long, once. */
  readonly stall?: { readonly value: string; readonly forMs: number }
}

/** How a producer program is to be set up. It sends values `PREFIX0`, `PREFIX1`, … and keys of a fixed number. */
export interface ProducerOptions {
  readonly bootstrap: string
  readonly topic: string
  /** Record i goes to partition i modulo this. */
  readonly partitions: number
  /** Records to send; 0: until SIGTERM. */
  readonly count: number
  readonly valuePrefix: string
  /** Pause between two records, so that a test has something to consume for a while; 0 for none. */
  readonly intervalMs: number
  readonly compression: Codec
  readonly idempotent: boolean
  readonly acks: 'all' | '1' | '0'
}

/** Partitions are written `TOPIC-PARTITION`. `at`: wall clock of the program in ms when the thing happened. */
export type ClientEvent = { readonly at: number } & (
  | { readonly event: 'assigned'; readonly partitions: readonly string[] }
  | { readonly event: 'revoked'; readonly partitions: readonly string[] }
  | { readonly event: 'lost'; readonly partitions: readonly string[] }
  | {
      readonly event: 'record'
      readonly topic: string
      readonly partition: number
      readonly offset: number
      readonly key: string | null
      readonly value: string | null
    }
  | { readonly event: 'committed'; readonly offsets: Readonly<Record<string, number>> }
  | {
      readonly event: 'delivered'
      readonly topic: string
      readonly partition: number
      readonly offset: number
      readonly value: string
    }
  | { readonly event: 'error'; readonly message: string }
  | { readonly event: 'closed' }
)

/** A client library under test: programs for it and what it can do. README.md has the contract. */
export interface ClientProgram {
  readonly name: string
  /** Programs that must be on PATH. */
  readonly tools: readonly string[]
  readonly supports: {
    readonly assignors: readonly Assignor[]
    readonly codecs: readonly Codec[]
    readonly staticMembership: boolean
    readonly maxPollInterval: boolean
    /** When it leaves because its application does not poll, it says so (KIP-800). Absent: it gives no reason. */
    readonly tellsPollTimeout?: true
    readonly idempotence: boolean
    readonly manualCommit: boolean
    readonly autoCommit: boolean
    /** It speaks the consumer protocol too (KIP-848). */
    readonly consumerProtocol?: true
    /** With it, it lets the broker evaluate a regular expression. */
    readonly topicRegex?: true
    /** A callback tells of partitions assigned and revoked; without it the adapter derives the events. */
    readonly rebalanceListener: boolean
    /** It rejoins by itself after an outage of all brokers, whatever the broker says. Absent: it does not. */
    readonly rejoinsAfterOutage?: boolean
  }
  /** Where the library does less than the protocol offers, against Apache Kafka too. */
  readonly quirks?: {
    /** After an outage it does not go back to its place in the group, but joins as somebody new. */
    readonly returnsAsNewMember?: true
    /** When it was evicted without its noticing, its next poll may throw, and the program ends. */
    readonly diesWhenEvicted?: true
    /** Its classic members cannot be in a consumer group, so that it has no rolling upgrade. */
    readonly noMigration?: true
    /** Its sticky assignor is balanced but moves a partition more than needed. */
    readonly stickyMovesMore?: true
  }
  /** What its consumers speak unless a scenario says otherwise; absent: classic. */
  readonly groupProtocol?: GroupProtocol
  /** Installs and compiles what the programs need; cheap when done already. */
  prepare(): Promise<void>
  consumer(options: ConsumerOptions): Command
  producer(options: ProducerOptions): Command
}
