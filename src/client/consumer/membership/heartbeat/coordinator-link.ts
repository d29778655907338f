import { type Clock, silentLogger } from '../../../../platform/index.ts'
import { type Api, apis, errorName } from '../../../../wire/index.ts'
import { Connection } from '../../../connection/connection.ts'
import { type Address, addressText, type ConnectionSettings } from '../../../connection/connection-settings.ts'
import { KafkaError } from '../../../kafka-error.ts'
import type { CoordinatorCaller } from './heartbeat-runner.ts'

export interface CoordinatorLinkOptions {
  readonly groupId: string
  readonly settings: ConnectionSettings
  readonly clock: Clock
  readonly nodes: readonly Address[]
}

/** One connection to the coordinator of one group, found and made when it is needed: what the heartbeat thread has instead of a Cluster. */
export class CoordinatorLink implements CoordinatorCaller {
  readonly #options: CoordinatorLinkOptions
  readonly #closing = new AbortController()
  #nodes: readonly Address[]
  #address: Address | undefined
  #connection: Connection | undefined
  #connecting: Promise<Connection> | undefined
  /** Who let a question wait for its whole time, and has answered none since: asked last, or a session would end while it is waited for. */
  readonly #silent = new Set<string>()

  constructor(options: CoordinatorLinkOptions) {
    this.#options = options
    this.#nodes = options.nodes
  }

  /** Where brokers are now. */
  set nodes(nodes: readonly Address[]) {
    this.#nodes = nodes
  }

  coordinatorLost(): void {
    this.#address = undefined
    this.#drop()
  }

  /** @throws KafkaError as of a connection; COORDINATOR_NOT_AVAILABLE while nobody knows it; UNSUPPORTED_VERSION */
  async call<Req, In, Res, ResIn>(
    api: Api<Req, In, Res, ResIn>,
    body: (version: number) => NoInfer<In>,
    { timeoutMs, minVersion }: { readonly timeoutMs: number; readonly minVersion: number },
  ): Promise<Res> {
    const connection = await this.#connected()
    try {
      return await send(connection, api, body, { timeoutMs, minVersion })
    } catch (error) {
      this.#note(connection.address, error)
      throw error
    }
  }

  close(): void {
    this.#closing.abort()
    this.#drop()
  }

  #drop(): void {
    this.#connection?.close(new KafkaError('CLOSED', 'the heartbeats have ended'))
    this.#connection = undefined
  }

  #connected(): Promise<Connection> {
    const connection = this.#connection
    if (connection !== undefined && connection.closed === undefined) return Promise.resolve(connection)
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #connect(): Promise<Connection> {
    const known = this.#address
    if (known !== undefined && !this.#silent.has(addressText(known))) {
      try {
        this.#connection = await this.#open(known)
        return this.#connection
      } catch (error) {
        this.#address = undefined
        if (!isRetriable(error)) throw error
      }
    }
    // Its group may be with another by now.
    this.#address = undefined
    this.#address = await this.#find()
    this.#connection = await this.#open(this.#address)
    return this.#connection
  }

  /** Any broker knows it. */
  async #find(): Promise<Address> {
    let failure: unknown
    const isSilent = (node: Address): boolean => this.#silent.has(addressText(node))
    const nodes = [...this.#nodes.filter((node) => !isSilent(node)), ...this.#nodes.filter(isSilent)]
    for (const node of nodes) {
      let connection: Connection | undefined
      try {
        connection = await this.#open(node)
        return await this.#ask(connection)
      } catch (error) {
        if (!isRetriable(error)) throw error
        this.#note(node, error)
        failure = error
      } finally {
        connection?.close(new KafkaError('CLOSED', 'the question is answered'))
      }
    }
    throw failure ?? new KafkaError('COORDINATOR_NOT_AVAILABLE', 'no broker is known')
  }

  async #ask(connection: Connection): Promise<Address> {
    const { groupId, settings } = this.#options
    const body = (version: number) =>
      version >= 4 ? { key: '', coordinatorKeys: [groupId] } : { key: groupId, coordinatorKeys: [] }
    const options = { timeoutMs: settings.requestTimeoutMs, minVersion: 0 }
    const answer = await send(connection, apis.FindCoordinator, body, options)
    const found = answer.coordinators?.[0] ?? answer
    const error = errorName(found.errorCode)
    if (error !== 'NONE') throw new KafkaError(error)
    return { host: found.host, port: found.port }
  }

  async #open(address: Address): Promise<Connection> {
    const { settings, clock } = this.#options
    const signal = this.#closing.signal
    try {
      const connection = await Connection.open({ address, settings, clock, logger: silentLogger, signal })
      this.#silent.delete(addressText(address))
      return connection
    } catch (error) {
      this.#note(address, error)
      throw error
    }
  }

  #note(address: Address, error: unknown): void {
    if (error instanceof KafkaError && error.code === 'TIMEOUT') this.#silent.add(addressText(address))
  }
}

async function send<Req, In, Res, ResIn>(
  connection: Connection,
  api: Api<Req, In, Res, ResIn>,
  body: (version: number) => In,
  { timeoutMs, minVersion }: { readonly timeoutMs: number; readonly minVersion: number },
): Promise<Res> {
  const range = connection.range(api.key)
  const version = Math.min(range?.max ?? -1, api.request.highestVersion)
  if (range === undefined || version < Math.max(range.min, api.request.lowestVersion, minVersion)) {
    throw new KafkaError('UNSUPPORTED_VERSION', `the broker has no version of ${api.name} that this client needs`)
  }
  const typed = api as unknown as Api<never, In, Res, never>
  return connection.send(typed, version, body(version), { timeoutMs })
}

function isRetriable(error: unknown): boolean {
  return error instanceof KafkaError && error.kind === 'retriable'
}
