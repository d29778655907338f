// What the examples of the guides take for granted: names of the reader's own program.
import type { Consumer, ConsumerRecord, FailedRecord, Kafka, StandardSchemaV1, TopicPartition } from 'kohort'
import type { TestBroker } from 'kohort/testing'

interface Payment {
  readonly account: string
  readonly cents: number
}

interface Transaction {
  query(sql: string, values: readonly unknown[]): Promise<{ readonly affectedRows?: number }>
}

declare global {
  const bootstrapServers: string
  const kafka: Kafka
  const consumer: Consumer<string | null, Payment | null>
  const signal: AbortSignal
  const Order: StandardSchemaV1<unknown, { readonly id: number }>
  const vault: { read(path: string): Promise<string> }
  const newToken: () => Promise<string>
  const proxy: { readonly host: string; readonly port: number; readonly type: 5 }
  const db: { transaction<T>(fn: (tx: Transaction) => Promise<T>): Promise<T> }
  const histogram: { record(seconds: number, attributes: Readonly<Record<string, string>>): void }
  const broker: TestBroker
  function handle(value: unknown): Promise<void>
  function handler(record: ConsumerRecord<string | null, Payment | null>): Promise<void>
  function log(failed: FailedRecord): void
  function flush(partitions: readonly TopicPartition[]): Promise<void>
  function storedOffset(partition: TopicPartition): Promise<bigint>
  function startMyApp(options: { readonly brokers: readonly string[]; readonly groupId: string }): unknown
}
