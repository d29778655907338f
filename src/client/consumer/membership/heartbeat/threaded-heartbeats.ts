import type { Cluster, Unsubscribe } from '../../../cluster/cluster.ts'
import type { ClusterSettings } from '../../../cluster/cluster-settings.ts'
import type { Address, SaslSettings } from '../../../connection/connection-settings.ts'
import type { Beat } from './heartbeat-events.ts'
import type { HeartbeatThread } from './heartbeat-thread.ts'
import type { Heartbeats } from './heartbeats.ts'
import { InlineHeartbeats, type InlineHeartbeatsOptions } from './inline-heartbeats.ts'
import type { FromThread, ThreadConnectionSettings, ThreadSasl } from './thread-messages.ts'

export interface ThreadedHeartbeatsOptions extends InlineHeartbeatsOptions {
  readonly thread: HeartbeatThread
  readonly connection: ThreadConnectionSettings
  readonly clusterSettings: ClusterSettings
}

/** Heartbeats from the thread; when it dies, or never starts, they go on inline, with one warning. */
export class ThreadedHeartbeats implements Heartbeats {
  readonly #options: ThreadedHeartbeatsOptions
  readonly #unsubscribe: Unsubscribe
  #loop: number | undefined
  #inline: InlineHeartbeats | undefined
  #beat: Beat | null = null

  /** @throws where no thread can start */
  constructor(options: ThreadedHeartbeatsOptions) {
    this.#options = options
    const { thread, cluster, groupId, settings, connection, progress } = options
    this.#loop = thread.open({
      onMessage: (message) => this.#onMessage(message),
      onFailure: (error) => this.#goInline(error),
    })
    thread.post(this.#loop, {
      type: 'open',
      groupId,
      settings,
      connection,
      progress: progress.shared,
      nodes: this.#nodes(),
    })
    this.#unsubscribe = cluster.onMetadata(() => this.#post({ type: 'nodes', nodes: this.#nodes() }))
  }

  get mode(): 'thread' | 'inline' {
    return this.#inline === undefined ? 'thread' : 'inline'
  }

  beat(beat: Beat | null): void {
    this.#beat = beat
    if (this.#inline !== undefined) this.#inline.beat(beat)
    else this.#post({ type: 'beat', beat })
  }

  leave(memberEpoch: -1 | -2): void {
    this.#beat = null
    if (this.#inline !== undefined) this.#inline.leave(memberEpoch)
    else this.#post({ type: 'leave', memberEpoch })
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    const loop = this.#loop
    this.#loop = undefined
    if (loop !== undefined) await this.#options.thread.close(loop)
    await this.#inline?.close()
  }

  #onMessage(message: FromThread): void {
    if (message.type === 'report') return this.#options.onReport(message.report)
    void this.#sendSecret(message.id)
  }

  async #sendSecret(id: number): Promise<void> {
    try {
      this.#post({ type: 'secret', id, secret: await secretOf(this.#options.clusterSettings.sasl) })
    } catch (error) {
      this.#post({ type: 'secret', id, error: (error as Error).message })
    }
  }

  #goInline(error: Error): void {
    if (this.#loop === undefined) return
    this.#loop = undefined
    warnOnce(this.#options.cluster, error.message)
    this.#inline = new InlineHeartbeats(this.#options)
    // A member of a consumer group says everything again: the coordinator takes it from there, or puts it out, and it joins again.
    this.#inline.beat(this.#beat)
  }

  #post(message: Parameters<HeartbeatThread['post']>[1]): void {
    if (this.#loop !== undefined) this.#options.thread.post(this.#loop, message)
  }

  /** The coordinator's own node is among them, once it was found. */
  #nodes(): readonly Address[] {
    const { cluster, clusterSettings } = this.#options
    const known = Array.from(cluster.metadata.nodes.values(), ({ host, port }) => ({ host, port }))
    return [...known, ...clusterSettings.bootstrapServers]
  }
}

/** Without functions, as it goes to the thread; undefined when there is something that cannot go there. */
export function threadConnection(settings: ClusterSettings): ThreadConnectionSettings | undefined {
  if (settings.connect !== undefined) return undefined
  const { clientId, requestTimeoutMs, setupTimeout, reconnectBackoff, connectionsMaxIdleMs, tls } = settings
  const sasl = settings.sasl === undefined ? undefined : threadSasl(settings.sasl)
  const plain = { clientId, requestTimeoutMs, setupTimeout, reconnectBackoff, connectionsMaxIdleMs, tls, sasl }
  try {
    // TLS options may hold functions and open handles.
    structuredClone(tls)
    return plain
  } catch {
    return undefined
  }
}

function threadSasl(sasl: SaslSettings): ThreadSasl {
  if (sasl.mechanism === 'OAUTHBEARER') return { mechanism: sasl.mechanism }
  const { mechanism, username, password } = sasl
  return { mechanism, username, password: typeof password === 'string' ? password : null }
}

async function secretOf(sasl: SaslSettings | undefined): Promise<string | Awaited<ReturnType<TokenOf>>> {
  if (sasl === undefined) throw new Error('there is no SASL')
  if (sasl.mechanism === 'OAUTHBEARER') return sasl.token()
  return typeof sasl.password === 'string' ? sasl.password : sasl.password()
}

type TokenOf = Extract<SaslSettings, { mechanism: 'OAUTHBEARER' }>['token']

let hasWarned = false

/** One warning a process: it is the same for all its consumers. */
export function warnOnce({ logger }: Cluster, why: string): void {
  if (hasWarned) return
  hasWarned = true
  logger.warn(
    { why },
    `heartbeats are sent from the main thread (${why}): a handler that blocks the event loop for longer than sessionTimeoutMs loses its partitions`,
  )
}
