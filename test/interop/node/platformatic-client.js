// A small @platformatic/kafka consumer and producer for the interop tests.
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { batches, delivered, emit, name, pause, run, work } from './events.js'

const common = (o) => ({
  clientId: 'platformatic-kafka',
  bootstrapBrokers: [o.bootstrap],
  retries: 1200,
  retryDelay: 100,
  connectTimeout: 2000,
})

async function consume(o, stop) {
  const consumer = new Consumer({
    ...common(o),
    groupId: o.groupId,
    ...(o.groupInstanceId === undefined ? {} : { groupInstanceId: o.groupInstanceId }),
    ...(o.protocol === 'consumer'
      ? { groupProtocol: 'consumer', ...(o.assignor === undefined ? {} : { groupRemoteAssignor: o.assignor }) }
      : {
          ...(o.assignor === undefined ? {} : { protocols: [{ name: o.assignor, version: 3 }] }),
          sessionTimeout: o.sessionTimeoutMs,
          heartbeatInterval: o.heartbeatIntervalMs,
        }),
    rebalanceTimeout: o.maxPollIntervalMs,
    deserializers: stringDeserializers,
    autocommit: o.commit === 'auto' ? o.autoCommitIntervalMs : false,
    maxWaitTime: 250,
  })
  const next = o.protocol === 'consumer'
  const owned = new Owned(next || o.assignor === 'cooperative-sticky', !next)
  if (next) {
    // With the consumer protocol it does not say what it was assigned, but has it after a heartbeat.
    consumer.on('consumer:heartbeat:end', () => owned.joined(consumer.assignments ?? [], 1))
  } else {
    consumer.on('consumer:group:rebalance', () => owned.rebalancing())
    consumer.on('consumer:group:join', ({ assignments, generationId }) => owned.joined(assignments ?? [], generationId))
  }
  consumer.on('error', (error) => emit('error', { message: `consumer: ${error.message}` }))
  while (!stop.requested) {
    const stream = await consumer.consume({
      topics: [...o.topics],
      mode: 'committed',
      fallbackMode: o.offsetReset,
    })
    stream.on('autocommit', (error, offsets) => {
      if (error) return emit('error', { message: `commit: ${error.message}` })
      const entries = offsets.map(({ topic, partition, offset }) => [name(topic, partition), Number(offset)])
      emit('committed', { offsets: Object.fromEntries(entries) })
    })
    try {
      await read({ stream, o, stop, owned })
      // Closing the consumer would not commit what the stream has read.
      await stream.close()
    } catch (error) {
      // A commit that meets a rebalance destroys the stream; the program goes on with another.
      emit('error', { message: `stream: ${error.message}` })
    }
  }
  // It would leave the group although it is a static member, so a static member just goes.
  if (o.groupInstanceId === undefined) await consumer.close(true)
  owned.joined([], 0)
}

async function read({ stream, o, stop, owned }) {
  const iterator = stream[Symbol.asyncIterator]()
  for (;;) {
    // Auto commit has committed what is buffered already, so that it is read before the end.
    if (stop.requested && (o.commit !== 'auto' || stream.readableLength === 0)) return
    const next = iterator.next()
    const turn = await Promise.race([next, stop.requested ? next : stop.signal])
    if (turn === undefined) {
      next.catch(() => {})
      if (o.commit !== 'auto' || stream.readableLength === 0) return
      continue
    }
    if (turn.done) return
    const message = turn.value
    await owned.settled
    if (!owned.isNew(message)) continue
    emit('record', {
      topic: message.topic,
      partition: message.partition,
      offset: Number(message.offset),
      key: message.key ?? null,
      value: message.value ?? null,
    })
    await work(o, message.value)
    if (o.commit === 'manual') await message.commit()
  }
}

/**
 * The client says that it joined, and buffers records of partitions that it no longer has, or fetches them twice after
 * a rebalance. So the program keeps account itself, as its users have to. It must not drop what was buffered before a
 * rebalance when it keeps the partition: a fetch under way may have moved on, and the records would not come again.
 */
class Owned {
  settled = Promise.resolve()
  #settle = () => {}
  #cooperative
  #hasGenerations
  #generationId = 0
  /** By partition: the generation since which it is held, and the next offset to process. */
  #partitions = new Map()
  /** The partitions that the last generation held, while the next one forms. */
  #before = new Map()

  constructor(cooperative, hasGenerations) {
    this.#cooperative = cooperative
    this.#hasGenerations = hasGenerations
  }

  rebalancing() {
    if (!this.#cooperative) {
      this.#say('revoked', [...this.#partitions.keys()])
      this.#before = new Map([...this.#before, ...this.#partitions])
      this.#partitions.clear()
    }
    this.#settle()
    this.settled = new Promise((fulfil) => {
      this.#settle = fulfil
    })
  }

  joined(assignments, generationId) {
    const now = new Set(assignments.flatMap(({ topic, partitions }) => partitions.map((p) => name(topic, p))))
    const gone = [...this.#partitions.keys()].filter((partition) => !now.has(partition))
    for (const partition of gone) this.#partitions.delete(partition)
    this.#say('revoked', gone)
    const added = [...now].filter((partition) => !this.#partitions.has(partition))
    // Nobody can have held it in between when this generation follows on the last.
    const kept = generationId === this.#generationId + 1 ? this.#before : new Map()
    for (const partition of added) {
      this.#partitions.set(partition, kept.get(partition) ?? { since: generationId, next: 0n })
    }
    if (generationId > 0 && (this.#hasGenerations || added.length > 0)) emit('assigned', { partitions: added })
    this.#before = new Map()
    this.#generationId = generationId
    this.#settle()
  }

  /** True once for each record, and only for one of a partition held since before it was fetched. */
  isNew({ topic, partition, offset, metadata }) {
    const state = this.#partitions.get(name(topic, partition))
    if (state === undefined || offset < state.next) return false
    if (this.#hasGenerations && (metadata?.consumer?.generationId ?? state.since) < state.since) return false
    state.next = offset + 1n
    return true
  }

  #say(event, partitions) {
    if (partitions.length > 0) emit(event, { partitions })
  }
}

async function produce(o, stop) {
  const producer = new Producer({
    ...common(o),
    serializers: stringSerializers,
    idempotent: o.idempotent,
    autocreateTopics: true,
  })
  for (const messages of batches(o, stop)) {
    const { offsets = [] } = await producer.send({
      acks: o.acks === 'all' ? -1 : Number(o.acks),
      compression: o.compression,
      messages,
    })
    delivered(messages, new Map(offsets.map((at) => [at.partition, Number(at.offset)])))
    if (o.intervalMs > 0) await pause(o.intervalMs)
  }
  await producer.close()
}

await run({ consume, produce })
