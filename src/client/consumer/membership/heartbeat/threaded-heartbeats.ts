import type { Cancel } from '../../../../platform/index.ts'
import type { Cluster, Unsubscribe } from '../../../cluster/cluster.ts'
import type { ClusterSettings } from '../../../cluster/cluster-settings.ts'
import type { Address, SaslSettings } from '../../../connection/connection-settings.ts'
import type { Beat, HeartbeatReport } from './heartbeat-events.ts'
import type { HeartbeatThread } from './heartbeat-thread.ts'
import type { Heartbeats } from './heartbeats.ts'
import { InlineHeartbeats, type InlineHeartbeatsOptions } from './inline-heartbeats.ts'
import type { FromThread, ThreadConnectionSettings, ThreadSasl } from './thread-messages.ts'

export interface ThreadedHeartbeatsOptions extends InlineHeartbeatsOptions {
  readonly thread: HeartbeatThread
  readonly connection: ThreadConnectionSettings
  readonly clusterSettings: ClusterSettings
}

/** A thread that nothing needs at once is started this much later, at most: the start of a consumer comes first. */
const OPENS_AFTER_MS = 1000

/**
 * Heartbeats from the thread. It takes a moment to load (0.1 to 0.2 s, and up to 30 ms of it here), for which nobody waits: it is started before code of the
 * application may hold up the event loop, or a moment after there is a member to speak for. Until then heartbeats are said from here, as is later each join of a member
 * of a consumer group, which is a heartbeat too; the thread goes on from the answer. When the thread dies, or never starts, heartbeats go on inline, with one warning.
 */
export class ThreadedHeartbeats implements Heartbeats {
  readonly #options: ThreadedHeartbeatsOptions
  readonly #unsubscribe: Unsubscribe
  #loop: number | undefined
  /** Says everything before the thread is needed and after it has died, and the join until it is answered. */
  #inline: InlineHeartbeats | undefined
  #hasThread = true
  #isClosed = false
  #beat: Beat | null = null
  #isNeeded = false
  #timer: Cancel | undefined
  /** Said, and not answered. */
  #goodbye: -1 | -2 | undefined
  /** KIP-848: of the newest answer, whoever heard it. */
  #joined: { readonly incarnation: number; readonly memberEpoch: number } | undefined

  constructor(options: ThreadedHeartbeatsOptions) {
    this.#options = options
    this.#unsubscribe = options.cluster.onMetadata(() => this.#post({ type: 'nodes', nodes: this.#nodes() }))
  }

  get mode(): 'thread' | 'inline' {
    return this.#hasThread ? 'thread' : 'inline'
  }

  beat(beat: Beat | null): void {
    this.#goodbye = undefined
    this.#beat = beat
    const isJoin = beat?.protocol === 'consumer' && beat.incarnation !== this.#joined?.incarnation
    if (beat !== null) {
      const isHere = isJoin || !this.#hasThread || !this.#isNeeded
      if (isHere) this.#inline ??= this.#startInline()
      else if (this.#inline !== undefined) return this.#handOver(this.#inline)
      if (!this.#isNeeded) this.#openSoon()
      else if (!isHere) this.#open()
    }
    this.#inline?.beat(beat)
    this.#post({ type: 'beat', beat: this.#inline === undefined ? beat : null })
  }

  mayBlock(): void {
    if (this.#isNeeded) return
    this.#isNeeded = true
    this.#timer?.cancel()
    this.#timer = undefined
    // Who says goodbye says it to the end: handed over, it would be said by nobody.
    if (this.#beat === null || this.#inline === undefined || this.#isClosed || this.#goodbye !== undefined) return
    if (this.#beat.protocol === 'classic' || this.#epoch() !== undefined) this.#handOver(this.#inline)
  }

  leave(memberEpoch: -1 | -2): void {
    this.#goodbye = memberEpoch
    if (this.#inline !== undefined) this.#inline.leave(memberEpoch)
    else this.#post({ type: 'leave', memberEpoch })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#unsubscribe()
    const loop = this.#loop
    this.#loop = undefined
    if (loop !== undefined) await this.#options.thread.close(loop)
    await this.#inline?.close()
  }

  #startInline(): InlineHeartbeats {
    return new InlineHeartbeats({ ...this.#options, onReport: (report) => this.#onReport(report) })
  }

  #openSoon(): void {
    const { cluster, settings } = this.#options
    const delayMs = Math.min(OPENS_AFTER_MS, settings.heartbeatIntervalMs / 4, settings.maxPollIntervalMs / 4)
    this.#timer ??= cluster.clock.at(cluster.clock.monotonicMs() + delayMs, () => this.mayBlock())
  }

  /** The thread reads its messages when it has loaded, whatever the main thread does then. */
  #open(): void {
    if (this.#loop !== undefined || !this.#hasThread) return
    const { thread, groupId, settings, connection, progress } = this.#options
    try {
      this.#loop = thread.open({
        onMessage: (message) => this.#onMessage(message),
        onFailure: (error) => this.#goInline(error),
      })
    } catch (error) {
      return this.#goInline(error as Error)
    }
    this.#post({ type: 'open', groupId, settings, connection, progress: progress.shared, nodes: this.#nodes() })
  }

  #onMessage(message: FromThread): void {
    if (message.type === 'report') return this.#onReport(message.report)
    void this.#sendSecret(message.id)
  }

  #onReport(report: HeartbeatReport): void {
    if (report.type === 'left') this.#goodbye = undefined
    const isIn = report.type === 'answer' && report.response.errorCode === 0
    if (isIn) {
      this.#joined = { incarnation: report.incarnation, memberEpoch: report.response.memberEpoch }
    }
    // Heard before the thread goes on: it says everything first, and shall not say that the member has not what it is given here.
    this.#options.onReport(report)
    if (!isIn || this.#inline === undefined || this.#isClosed || this.#goodbye !== undefined) return
    if (this.#hasThread && this.#isNeeded && this.#epoch() !== undefined) this.#handOver(this.#inline)
  }

  #handOver(inline: InlineHeartbeats): void {
    this.#open()
    if (!this.#hasThread) return inline.beat(this.#beat, this.#epoch())
    this.#inline = undefined
    void inline.close()
    this.#post({ type: 'beat', beat: this.#beat, memberEpoch: this.#epoch() })
  }

  /** Where the member stands, for another loop to go on from. */
  #epoch(): number | undefined {
    const beat = this.#beat
    const isIn = beat?.protocol === 'consumer' && beat.incarnation === this.#joined?.incarnation
    return isIn ? this.#joined?.memberEpoch : undefined
  }

  async #sendSecret(id: number): Promise<void> {
    try {
      this.#post({ type: 'secret', id, secret: await secretOf(this.#options.clusterSettings.sasl) })
    } catch (error) {
      this.#post({ type: 'secret', id, error: (error as Error).message })
    }
  }

  #goInline(error: Error): void {
    if (this.#isClosed || !this.#hasThread) return
    this.#hasThread = false
    this.#loop = undefined
    warnOnce(this.#options.cluster, error.message)
    if (this.#inline !== undefined) return
    this.#inline = this.#startInline()
    this.#inline.beat(this.#beat, this.#epoch())
    if (this.#goodbye !== undefined) this.#inline.leave(this.#goodbye)
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
