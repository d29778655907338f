// A small consumer and producer with this project's own client, as applications load it, for the interop tests.
import { Kafka, string } from 'kohort'
import { batches, emit, name, numbered, pause, run, work } from '../node/events.js'

const note = (level) => (fields, message) => console.error(level, message, JSON.stringify(fields, plain))
const plain = (_, value) => (typeof value === 'bigint' ? Number(value) : value instanceof Error ? String(value) : value)
const logger = { debug() {}, info() {}, warn: note('warn'), error: note('error') }
const connect = (o, clientId) => new Kafka({ bootstrapServers: o.bootstrap, clientId, logger })
const names = (partitions) => partitions.map(({ topic, partition }) => name(topic, partition))
const given = (config) => Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))

async function consume(o, stop) {
  const kafka = connect(o, 'kohort-client')
  const ofProtocol =
    o.protocol === 'consumer'
      ? { groupProtocol: 'consumer', groupRemoteAssignor: o.assignor }
      : {
          partitionAssignmentStrategy: o.assignor,
          sessionTimeoutMs: o.sessionTimeoutMs,
          heartbeatIntervalMs: o.heartbeatIntervalMs,
        }
  const config = {
    ...ofProtocol,
    groupId: o.groupId,
    groupInstanceId: o.groupInstanceId,
    maxPollIntervalMs: o.maxPollIntervalMs,
    autoOffsetReset: o.offsetReset,
    enableAutoCommit: o.commit === 'auto',
    autoCommitIntervalMs: o.autoCommitIntervalMs,
    key: string(),
    value: string(),
  }
  const consumer = kafka.consumer(given(config))
  const commits = new ManualCommits(o, consumer)
  consumer.subscribe(o.topicRegex === undefined ? o.topics : { re2: o.topicRegex }, {
    onPartitionsAssigned: (partitions) => emit('assigned', { partitions: names(partitions) }),
    async onPartitionsRevoked(partitions) {
      await commits.commit(names(partitions))
      commits.forget(names(partitions))
      emit('revoked', { partitions: names(partitions) })
    },
    onPartitionsLost(partitions) {
      commits.forget(names(partitions))
      emit('lost', { partitions: names(partitions) })
    },
  })
  const end = new AbortController()
  const stopped = stop.signal.then(() => end.abort(stop))
  try {
    await ways[o.commit](consumer, { o, commits, signal: end.signal })
  } catch (error) {
    if (error !== stop) throw error
  }
  await stopped
  await commits.commit()
  await consumer.close()
  await kafka.close()
}

/** Each way to commit is shown with another way to consume. */
const ways = {
  async manual(consumer, { o, commits, signal }) {
    for await (const batch of consumer.batches({ signal })) {
      for (const record of batch) {
        if (batch.signal.aborted || signal.aborted) break
        await handle(o, record)
        commits.processed(record)
      }
      await commits.commit()
    }
  },
  async auto(consumer, { o, signal }) {
    for await (const record of consumer.records({ signal })) await handle(o, record)
  },
  none: (consumer, { o, signal }) => consumer.run({ concurrency: 4, signal, handler: (record) => handle(o, record) }),
}

async function handle(o, { topic, partition, offset, key, value }) {
  emit('record', { topic, partition, offset: Number(offset), key, value })
  await work(o, value)
}

/** What was processed and is not committed yet; nothing unless commits are manual. */
class ManualCommits {
  #consumer
  #offsets = new Map()

  constructor(o, consumer) {
    if (o.commit === 'manual') this.#consumer = consumer
  }

  processed({ topic, partition, offset, leaderEpoch }) {
    this.#offsets.set(name(topic, partition), { topic, partition, offset: offset + 1n, leaderEpoch })
  }

  forget(partitions) {
    for (const partition of partitions) this.#offsets.delete(partition)
  }

  async commit(partitions = [...this.#offsets.keys()]) {
    const offsets = partitions.flatMap((partition) => this.#offsets.get(partition) ?? [])
    if (this.#consumer === undefined || offsets.length === 0) return
    try {
      await this.#consumer.commit(offsets)
    } catch (error) {
      emit('error', { message: `commit: ${error.code} ${error.message}` })
      return
    }
    for (const one of offsets) {
      const key = name(one.topic, one.partition)
      if (this.#offsets.get(key) === one) this.#offsets.delete(key)
    }
    emit('committed', {
      offsets: Object.fromEntries(offsets.map((one) => [name(one.topic, one.partition), Number(one.offset)])),
    })
  }
}

async function produce(o, stop) {
  const kafka = connect(o, 'kohort-producer')
  const producer = kafka.producer({
    acks: o.acks === 'all' ? 'all' : Number(o.acks),
    enableIdempotence: o.idempotent,
    compressionType: o.compression,
  })
  const said = ({ topic, partition, value }, { offset }) =>
    emit('delivered', { topic, partition, offset: Number(offset), value })
  if (o.intervalMs === 0) {
    for (const batch of batches(o, stop)) {
      const sent = await producer.sendBatch(batch)
      for (const [i, record] of batch.entries()) said(record, sent[i])
    }
  } else await producePaced(o, stop, (record) => producer.send(record).then((metadata) => said(record, metadata)))
  await kafka.close()
}
/** At its own pace, whether the broker answers or not. */
async function producePaced(o, stop, send) {
  let failure
  const sending = new Set()
  for (const record of numbered(o, stop)) {
    const sent = send(record).catch((error) => {
      failure ??= error
    })
    sending.add(sent)
    void sent.then(() => sending.delete(sent))
    await pause(o.intervalMs)
    if (failure !== undefined) throw failure
  }
  await Promise.all(sending)
  if (failure !== undefined) throw failure
}

await run({ consume, produce })
