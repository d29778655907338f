// A small kafkajs consumer and producer for the interop tests.
import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import { batches, delivered, emit, name, pause, run, text, work } from './events.js'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel, Partitioners } = kafkajs
CompressionCodecs[CompressionTypes.Snappy] = snappy
const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy }

const retry = { initialRetryTime: 100, maxRetryTime: 1000, retries: Number.MAX_SAFE_INTEGER }

function connect(o) {
  return new Kafka({
    clientId: 'kafkajs',
    brokers: [o.bootstrap],
    logLevel: logLevel.WARN,
    // Standard output belongs to the events.
    logCreator: () => (entry) => console.error(JSON.stringify(entry)),
    retry,
  })
}

async function consume(o, stop) {
  const consumer = connect(o).consumer({
    groupId: o.groupId,
    sessionTimeout: o.sessionTimeoutMs,
    heartbeatInterval: o.heartbeatIntervalMs,
    rebalanceTimeout: o.maxPollIntervalMs,
    maxWaitTimeInMs: 250,
    // Without it a consumer ends for good when it finds no broker during a restart.
    retry: { ...retry, restartOnFailure: async () => true },
  })
  // kafkajs has no rebalance listener. Its eager protocol gives everything away when a rebalance begins.
  let owned = []
  const giveUp = (event) => {
    if (owned.length > 0) emit(event, { partitions: owned })
    owned = []
  }
  consumer.on(consumer.events.REBALANCING, () => giveUp('revoked'))
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    giveUp('lost')
    owned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => name(topic, partition)),
    )
    emit('assigned', { partitions: owned })
  })
  consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
    const entries = payload.topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [name(topic, partition), Number(offset)]),
    )
    emit('committed', { offsets: Object.fromEntries(entries) })
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => emit('error', { message: `crash: ${payload.error.message}` }))
  await consumer.connect()
  await consumer.subscribe({ topics: [...o.topics], fromBeginning: o.offsetReset === 'earliest' })
  await consumer.run({
    autoCommit: o.commit === 'auto',
    autoCommitInterval: o.autoCommitIntervalMs,
    eachBatchAutoResolve: false,
    async eachBatch({ batch, resolveOffset, heartbeat, isRunning, isStale }) {
      let next
      const commit = async () => {
        if (o.commit !== 'manual' || next === undefined) return
        await consumer.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset: next }])
      }
      try {
        for (const message of batch.messages) {
          if (!isRunning() || isStale() || stop.requested) break
          emit('record', {
            topic: batch.topic,
            partition: batch.partition,
            offset: Number(message.offset),
            key: text(message.key),
            value: text(message.value),
          })
          await work(o, text(message.value))
          next = String(BigInt(message.offset) + 1n)
          resolveOffset(message.offset)
          await heartbeat()
        }
      } catch (error) {
        // The heartbeat says why kafkajs must rejoin. A refused commit would hide that behind an error after which kafkajs ends for good.
        await commit().catch(() => {})
        throw error
      }
      await commit()
    },
  })
  await stop.signal
  await consumer.disconnect()
  giveUp('revoked')
}

async function produce(o, stop) {
  const producer = connect(o).producer({
    idempotent: o.idempotent,
    createPartitioner: Partitioners.DefaultPartitioner,
    // kafkajs keeps the order of an idempotent producer only with one request in flight.
    maxInFlightRequests: 1,
  })
  await producer.connect()
  const acks = o.acks === 'all' ? -1 : Number(o.acks)
  for (const messages of batches(o, stop)) {
    const metadata = await producer.send({ topic: o.topic, acks, compression: codecs[o.compression], messages })
    delivered(messages, new Map(metadata.map((m) => [m.partition, Number(m.baseOffset)])))
    if (o.intervalMs > 0) await pause(o.intervalMs)
  }
  await producer.disconnect()
}

await run({ consume, produce })
