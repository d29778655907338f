import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runScenario } from './client.js'
import { kafkaClassPath } from './kafka-jars.js'
import { pause, run } from './processes.js'

const STOP_MS = 60_000

/** As bin/kafka-server-start.sh of Kafka's distribution starts it. */
const KAFKA_JVM = [
  ...['-Xmx1G', '-Xms1G', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent', '-Djava.awt.headless=true'],
]

/** Processes that are not left behind when the benchmark is stopped. */
const children = new Set()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

/** A broker process of one variant, with its data in a folder of its own. What it prints goes to a file in `logs`. */
export class Broker {
  name
  port
  folder
  #variant
  #logs
  #child
  #ended
  #isStopping = false

  /**
   * @param folders `data`: where the broker's folder is made; `logs`: where its output is kept
   * @param onGone called with a sentence when the process ends unasked
   */
  constructor(name, variant, port, folders, onGone = () => {}) {
    this.name = name
    this.port = port
    this.folder = join(folders.data, name)
    this.#variant = variant
    this.#logs = folders.logs
    this.onGone = onGone
  }

  get bootstrap() {
    return `127.0.0.1:${this.port}`
  }

  get pid() {
    return this.#child.pid
  }

  get isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  get #log() {
    return join(this.#logs, `${this.name}.log`)
  }

  get kind() {
    return this.#variant.kind
  }

  /** Formats Kafka's folder: not part of a start, as kohort's first one is. */
  async prepare() {
    mkdirSync(this.folder, { recursive: true })
    mkdirSync(this.#logs, { recursive: true })
    if (this.kind !== 'kafka') return
    writeFileSync(join(this.folder, 'server.properties'), this.#kafkaProperties())
    const format = ['format', '-t', 'Y2x1c3Rlci1vZi10ZXN0cw', '-c', join(this.folder, 'server.properties')]
    const classPath = await kafkaClassPath()
    const features = ['--feature', 'eligible.leader.replicas.version=0']
    await run('java', ['-cp', classPath, 'kafka.tools.StorageTool', ...format, ...features])
  }

  /** Starts the process and waits for its first answer to Metadata. Gives the milliseconds from one to the other. */
  async start() {
    const { command, args } = this.kind === 'kafka' ? await this.#kafkaCommand() : this.#kohortCommand()
    const answered = runScenario('start', { bootstrap: this.bootstrap })
    // The probe is polling by then.
    await pause(100)
    const output = createWriteStream(this.#log, { flags: 'a' })
    const spawnedAtMs = performance.timeOrigin + performance.now()
    this.#isStopping = false
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#variant.env },
    })
    const child = this.#child
    children.add(child)
    child.once('exit', () => children.delete(child))
    child.stdout.pipe(output, { end: false })
    child.stderr.pipe(output, { end: false })
    this.#ended = new Promise((_, reject) => {
      child.once('exit', (code, signal) => {
        const error = this.#endedError(code ?? signal)
        output.end(`\n${error.message.split('\n', 1)}\n`)
        if (!this.#isStopping) this.onGone(error.message)
        reject(error)
      })
    })
    this.#ended.catch(() => {})
    const { answeredAtMs } = await this.whileRunning(answered)
    return answeredAtMs - spawnedAtMs
  }

  /** The work's outcome, unless the broker ends before: then an error with its last words. */
  whileRunning(work) {
    return Promise.race([work, this.#ended])
  }

  /** Ends the process as a crash would: nothing is written any more. */
  async kill() {
    await this.#end('SIGKILL')
  }

  async stop() {
    await this.#end('SIGTERM')
  }

  async #end(signal) {
    const child = this.#child
    this.#isStopping = true
    if (!this.isRunning) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(timer)
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #endedError(how) {
    const words = readFileSync(this.#log, 'utf8').slice(-2000)
    return new Error(`${this.name} has ended with ${how}:\n${words}`)
  }

  #kohortCommand() {
    const { flush, checkout, configs: given = {} } = this.#variant
    const configs = Object.entries(given).flatMap(([name, value]) => ['--set', `${name}=${value}`])
    const options = ['--listen', this.bootstrap, '--data-dir', join(this.folder, 'data'), '--flush', flush]
    return { command: process.execPath, args: [join(checkout, 'bin/kohort.js'), ...options, ...configs] }
  }

  async #kafkaCommand() {
    const args = [...KAFKA_JVM, '-cp', await kafkaClassPath(), 'kafka.Kafka', join(this.folder, 'server.properties')]
    return { command: 'java', args }
  }

  #kafkaProperties() {
    const lines = {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@127.0.0.1:${this.port + 1}`,
      listeners: `PLAINTEXT://${this.bootstrap},CONTROLLER://127.0.0.1:${this.port + 1}`,
      'advertised.listeners': `PLAINTEXT://${this.bootstrap}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'log.dirs': join(this.folder, 'data'),
      'offsets.topic.replication.factor': '1',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      ...this.#variant.configs,
    }
    return Object.entries(lines)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('')
  }
}
