// Exactly once into a database: what a record does and the offset behind it are stored in one transaction, and reading begins at the stored offset.
// A crash at any moment leaves both or neither. The database is PostgreSQL in this process (PGlite); with a server the code is the same.
import { parseArgs } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { type ConsumerRecord, json, Kafka } from 'kohort'

const { values: o } = parseArgs({
  options: {
    server: { type: 'string', default: '127.0.0.1:9092' },
    group: { type: 'string', default: 'ledger' },
    topic: { type: 'string', default: 'payments' },
    data: { type: 'string', default: './ledger-data' },
  },
})

interface Payment {
  readonly account: string
  readonly cents: number
}

const db = await PGlite.create(o.data)
await db.exec(`
  create table if not exists accounts (account text primary key, cents bigint not null, payments bigint not null);
  create table if not exists offsets (topic text, partition int, next bigint not null, primary key (topic, partition));
`)

/** @returns whether it was done now; false when it had been before */
function book({ topic, partition, offset, value }: ConsumerRecord<unknown, Payment | null>): Promise<boolean> {
  return db.transaction(async (tx) => {
    // A member that was put out of the group may still be in its transaction: only who moves the offset on may book.
    const moved = await tx.query('update offsets set next = $1 where topic = $2 and partition = $3 and next <= $4', [
      String(offset + 1n),
      topic,
      partition,
      String(offset),
    ])
    if (moved.affectedRows !== 1) return false
    if (value !== null) {
      // Twice would be wrong: nothing here is idempotent by itself.
      await tx.query(
        `insert into accounts values ($1, $2, 1)
         on conflict (account) do update set cents = accounts.cents + excluded.cents, payments = accounts.payments + 1`,
        [value.account, value.cents],
      )
    }
    return true
  })
}

async function printTotals(): Promise<void> {
  const { rows } = await db.query<{ payments: string; cents: string }>(
    'select coalesce(sum(payments), 0)::text as payments, coalesce(sum(cents), 0)::text as cents from accounts',
  )
  console.log(`payments=${rows[0]!.payments} cents=${rows[0]!.cents}`)
}

await using kafka = new Kafka({ bootstrapServers: o.server, clientId: 'ledger' })
await using consumer = kafka.consumer({
  groupId: o.group,
  // A static member: after a crash it has its partitions back at once, and need not wait for its own session to end.
  groupInstanceId: 'ledger-1',
  autoOffsetReset: 'earliest',
  value: json<Payment>(),
})
process.once('SIGINT', () => void consumer.close())

consumer.subscribe(o.topic, {
  // Nothing is fetched of a partition before this is done. The offsets of the group are for tools that show its lag.
  async onPartitionsAssigned(partitions, { seek }) {
    for (const { topic, partition } of partitions) {
      await db.query('insert into offsets values ($1, $2, 0) on conflict do nothing', [topic, partition])
      const stored = await db.query<{ next: string }>(
        'select next::text as next from offsets where topic = $1 and partition = $2',
        [topic, partition],
      )
      seek({ topic, partition, offset: BigInt(stored.rows[0]!.next) })
    }
    await printTotals()
  },
})
for await (const record of consumer.records()) {
  await book(record)
  await printTotals()
}
await db.close()
