// What the programs of this folder share: options from argv, events to stdout, and a clean close on SIGTERM.
// test/interop/README.md has the contract, support/client.ts the options.
import { writeSync } from 'node:fs'

/** Prints one event as a JSON line, at once: what was said before a kill must have been said. */
export function emit(event, fields = {}) {
  const line = `${JSON.stringify({ event, at: Date.now(), ...fields })}\n`
  for (;;) {
    try {
      return writeSync(1, line)
    } catch (error) {
      // The test reads more slowly than we talk. A line that does not fit is not written at all.
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

export const name = (topic, partition) => `${topic}-${partition}`
export const text = (data) => (data === null || data === undefined ? null : data.toString())
export const pause = (ms) => new Promise((fulfil) => setTimeout(fulfil, ms))

/** Gives the records to send, until SIGTERM or enough. */
export function* numbered(o, stop) {
  for (let i = 0; !stop.requested && (o.count === 0 || i < o.count); i++) {
    yield { topic: o.topic, partition: i % o.partitions, key: `key-${i % 10}`, value: `${o.valuePrefix}${i}` }
  }
}

/** Gives them in batches when there is no pause between them. */
export function* batches(o, stop) {
  const size = o.intervalMs === 0 ? 50 : 1
  let batch = []
  for (const record of numbered(o, stop)) {
    batch.push(record)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Says `delivered` for a batch, given the base offset of each partition; without one (acks=0) the offset is -1. */
export function delivered(batch, baseOffsets) {
  for (const { topic, partition, value } of batch) {
    const offset = baseOffsets.get(partition) ?? -1
    if (offset >= 0) baseOffsets.set(partition, offset + 1)
    emit('delivered', { topic, partition, offset, value })
  }
}

/** Takes as long as the options say for one record. */
export async function work(o, value) {
  if (o.processingDelayMs > 0) await pause(o.processingDelayMs)
  if (o.stall?.value === value) {
    const { forMs } = o.stall
    o.stall = undefined
    await pause(forMs)
  }
}

const consumerOptions = [
  ...['bootstrap', 'groupId', 'topics', 'assignor', 'groupInstanceId', 'commit', 'autoCommitIntervalMs', 'offsetReset'],
  ...[
    'sessionTimeoutMs',
    'heartbeatIntervalMs',
    'maxPollIntervalMs',
    'processingDelayMs',
    'stall',
    'protocol',
    'topicRegex',
  ],
]
const producerOptions = [
  ...['bootstrap', 'topic', 'partitions', 'count', 'valuePrefix', 'intervalMs', 'compression', 'idempotent', 'acks'],
]

/** Runs `consumer OPTIONS` or `producer OPTIONS` and says `closed` at the end, or `error` and exit code 1. */
export async function run({ consume, produce }) {
  const [, , command, argument] = process.argv
  const body = { consumer: consume, producer: produce }[command]
  if (body === undefined || argument === undefined) throw new Error('usage: consumer|producer OPTIONS')
  const options = JSON.parse(argument)
  const unknown = Object.keys(options).filter(
    (key) => !(command === 'consumer' ? consumerOptions : producerOptions).includes(key),
  )
  if (unknown.length > 0) throw new Error(`unknown options: ${unknown}`)
  const stop = { requested: false, signal: undefined }
  stop.signal = new Promise((fulfil) => {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      process.on(signal, () => {
        stop.requested = true
        fulfil()
      })
    }
  })
  try {
    await body(options, stop)
    emit('closed')
    process.exit(0)
  } catch (error) {
    console.error(error)
    emit('error', { message: String(error) })
    process.exit(1)
  }
}
