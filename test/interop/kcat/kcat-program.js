// Runs kcat as a consumer or producer of the interop tests and turns what it prints into their events
// (test/interop/README.md). kcat ends with this process, however that ends.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { emit, name, numbered, pause, run } from '../node/events.js'

function kcat(args) {
  // -E: not to end when no broker can be reached.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'kcat', '-E', ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise((fulfil, reject) => {
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? fulfil() : reject(new Error(`kcat ended with ${code}`))))
  })
  return { child, ended, stdout: createInterface(child.stdout), stderr: createInterface(child.stderr) }
}

const settings = (properties) => Object.entries(properties).flatMap(([key, value]) => ['-X', `${key}=${value}`])

async function consume(o, stop) {
  const { child, ended, stdout, stderr } = kcat([
    ...['-b', o.bootstrap, '-u', '-J', '-v'],
    ...settings({
      'client.id': 'kcat',
      'auto.offset.reset': o.offsetReset,
      // kcat commits at its end whatever enable.auto.commit says; but only what is stored.
      'enable.auto.offset.store': o.commit !== 'none',
      'auto.commit.interval.ms': o.autoCommitIntervalMs,
      'session.timeout.ms': o.sessionTimeoutMs,
      'heartbeat.interval.ms': o.heartbeatIntervalMs,
      'max.poll.interval.ms': o.maxPollIntervalMs,
      'fetch.wait.max.ms': 250,
      ...(o.assignor === undefined ? {} : { 'partition.assignment.strategy': o.assignor }),
      ...(o.groupInstanceId === undefined ? {} : { 'group.instance.id': o.groupInstanceId }),
    }),
    ...['-G', o.groupId, ...o.topics],
  ])
  stdout.on('line', (line) => {
    const { topic, partition, offset, key, payload } = JSON.parse(line)
    emit('record', { topic, partition, offset, key, value: payload })
  })
  stderr.on('line', (line) => {
    // % Group G rebalanced (memberid M): assigned: t [0], t [1]
    // % Group G rebalanced: incremental revoke of 1 partition(s) (memberid M, COOPERATIVE rebalance protocol): t [0]
    const rebalance = /^% Group .* rebalanced.*?(assigned|assignment|revoked|revoke)\b.*: ?(.*)$/.exec(line)
    if (rebalance === null) return console.error(line)
    const partitions = [...rebalance[2].matchAll(/([\w.-]+) \[(\d+)\]/g)].map(([, topic, number]) =>
      name(topic, number),
    )
    emit(rebalance[1].startsWith('assign') ? 'assigned' : 'revoked', { partitions })
  })
  stop.signal.then(() => child.kill('SIGTERM'))
  await ended
}

/** One kcat for each partition, as it takes one on the command line. */
async function produce(o, stop) {
  const writers = Array.from({ length: o.partitions }, (_, partition) => {
    const writer = kcat([
      ...['-b', o.bootstrap, '-P', '-t', o.topic, '-p', String(partition), '-K', '\t', '-z', o.compression, '-vvv'],
      ...settings({
        'client.id': 'kcat',
        acks: o.acks,
        'enable.idempotence': o.idempotent,
        'linger.ms': 5,
      }),
    ])
    const sent = []
    writer.stderr.on('line', (line) => {
      const delivery = /^% Message delivered to partition \d+ \(offset (-?\d+)\)/.exec(line)
      if (delivery === null) return console.error(line)
      emit('delivered', { topic: o.topic, partition, offset: Number(delivery[1]), value: sent.shift() })
    })
    return { ...writer, sent }
  })
  for (const { partition, key, value } of numbered(o, stop)) {
    writers[partition].sent.push(value)
    writers[partition].child.stdin.write(`${key}\t${value}\n`)
    if (o.intervalMs > 0) await pause(o.intervalMs)
  }
  for (const { child } of writers) child.stdin.end()
  await Promise.all(writers.map((writer) => writer.ended))
}

await run({ consume, produce })
