import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child, type Command } from './child.ts'
import { formattedKafkaFolder, javaCommand, kafkaClassPath } from './kafka-jars.ts'
import { freePort } from './ports.ts'
import { projectRoot } from './toolchain.ts'
import { waitUntil } from './wait.ts'

/** What the tests run against: our broker, or Apache Kafka 4.2 as the judge (env KOHORT_TARGET). */
export type Target = 'kohort' | 'kafka'

export function target(): Target {
  const name = process.env.KOHORT_TARGET ?? 'kohort'
  if (name !== 'kohort' && name !== 'kafka') throw new Error(`KOHORT_TARGET is kohort or kafka, not ${name}`)
  return name
}

export interface BrokerOptions {
  /** Default: `target()`. */
  readonly target?: Target
  /** Broker configs by Kafka's names; the same for both targets. For Apache Kafka, `{port}` and `{controller}` stand for its ports. */
  readonly set?: Readonly<Record<string, string>>
  /** Further arguments of the command line; kohort only. */
  readonly args?: readonly string[]
  /** Data folder to go on with; default: a new one, deleted by `stop()`. */
  readonly dataDir?: string
  /** Default: a free one. */
  readonly port?: number
  /** Apache Kafka only; default 1. */
  readonly nodeId?: number
}

/** A broker in a process of its own. */
export interface Broker {
  readonly target: Target
  /** `127.0.0.1:PORT`; the same after a restart. */
  readonly bootstrap: string
  readonly port: number
  readonly dataDir: string
  /** Of the process that runs now. */
  readonly pid: number
  /** Its exit code once it has ended: -1 after a signal. */
  readonly exitCode: number | undefined
  /** Everything it printed so far, since its first start. */
  readonly logs: readonly string[]
  /** Stops it as an operator does (SIGTERM), and keeps the data. Gives the exit code. */
  terminate(): Promise<number>
  /** Ends it without warning, as a crash does, and keeps the data. */
  kill9(): Promise<void>
  /** Starts it again on the same port and data, after a clean stop unless it has ended already. */
  restart(): Promise<void>
  /** Ends it and removes its data, unless the caller owns the folder. */
  stop(): Promise<void>
}

/** Starts a broker and waits until it takes connections. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const kind = options.target ?? target()
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), `interop-${kind}-`))
  const removeData = () => {
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
  }
  const logs: string[] = []
  const launch = kind === 'kohort' ? launchKohort : launchKafka
  const launched = await launchOnFreePort((free) => launch({ port: free, dataDir, options, logs }), options.port).catch(
    (error: unknown) => {
      removeData()
      throw error
    },
  )

  let child = launched.child
  const port = launched.port
  const broker: Broker = {
    target: kind,
    bootstrap: `127.0.0.1:${port}`,
    port,
    dataDir,
    get pid() {
      return child.pid ?? -1
    },
    get exitCode() {
      return child.exitCode
    },
    logs,
    async terminate() {
      child.signal('SIGTERM')
      return child.ended()
    },
    kill9: () => child.kill(),
    async restart() {
      if (!child.hasEnded) await broker.terminate()
      child = await launch({ port, dataDir, options, logs })
    },
    async stop() {
      await child.kill()
      removeData()
    },
  }
  return broker
}

/** Between choosing a port and listening on it, another test worker may take it. */
async function launchOnFreePort(
  launch: (port: number) => Promise<Child>,
  wanted: number | undefined,
): Promise<{ readonly child: Child; readonly port: number }> {
  for (let attempt = wanted === undefined ? 1 : 3; ; attempt++) {
    const port = wanted ?? (await freePort())
    try {
      return { child: await launch(port), port }
    } catch (error) {
      if (attempt === 3 || !/in use|EADDRINUSE|is taken/i.test(String(error))) throw error
    }
  }
}

interface Launch {
  readonly port: number
  readonly dataDir: string
  readonly options: BrokerOptions
  readonly logs: string[]
}

async function launchKohort({ port, dataDir, options, logs }: Launch): Promise<Child> {
  const set = Object.entries(options.set ?? {}).flatMap(([key, value]) => ['--set', `${key}=${value}`])
  const child = spawnLogged(logs, {
    command: process.execPath,
    args: [
      process.env.KOHORT_BIN ?? join(projectRoot, 'bin/kohort.js'), // another one to test an installed package
      ...['--listen', `127.0.0.1:${port}`],
      ...['--data-dir', dataDir],
      ...set,
      ...(options.args ?? []),
    ],
  })
  await ready(child, 'the line "kohort ready"', () =>
    child.stdout.some((line) => line.startsWith(`kohort ready on 127.0.0.1:${port}`)),
  )
  return child
}

async function launchKafka({ port, dataDir, options, logs }: Launch): Promise<Child> {
  const classPath = await kafkaClassPath()
  const data = join(dataDir, 'data')
  if (!existsSync(data)) {
    cpSync(await formattedKafkaFolder(options.nodeId), data, {
      recursive: true,
      filter: (file) => !file.endsWith('/.complete'),
    })
  }
  const properties = join(dataDir, 'server.properties')
  mkdirSync(dataDir, { recursive: true })
  writeFileSync(properties, kafkaProperties(port, data, options.set ?? {}))
  const child = spawnLogged(logs, javaCommand(classPath, 'kafka.Kafka', [properties], { heapMb: 512 }))
  await ready(child, `Apache Kafka on port ${port}`, () => accepts(port))
  return child
}

/** Waits for a broker that starts; one that ends or never gets ready is an error, and does not stay. */
async function ready(child: Child, sign: string, isReady: () => boolean | Promise<boolean>): Promise<void> {
  const check = () => {
    if (child.hasEnded) throw new Error(`the broker ended with ${child.exitCode}\n${child.tail()}`)
    return isReady()
  }
  try {
    await waitUntil(sign, check, { details: () => child.tail() })
  } catch (error) {
    await child.kill()
    throw error
  }
}

/** One node that is broker and controller. Settings that differ from Kafka's defaults are those that kohort has too. */
export function kafkaProperties(port: number, data: string, set: Readonly<Record<string, string>>): string {
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${port + 1}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': data,
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '100',
    'offsets.topic.segment.bytes': '1048576',
    ...set,
  }
  return Object.entries(settings)
    .map(
      ([key, value]) => `${key}=${value.replaceAll('{port}', `${port}`).replaceAll('{controller}', `${port + 1}`)}\n`,
    )
    .join('')
}

function spawnLogged(logs: string[], command: Command): Child {
  return new Child(command, (line) => logs.push(line))
}

function accepts(port: number): Promise<boolean> {
  return new Promise((fulfil) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      fulfil(true)
    })
    socket.once('error', () => fulfil(false))
  })
}
