import type { Clock, Logger } from '../../platform/index.ts'
import { type Address, addressText } from '../connection/connection-settings.ts'
import { Lane } from '../connection/lane.ts'
import { KafkaError } from '../kafka-error.ts'
import type { Purpose } from './cluster.ts'
import type { ClusterSettings } from './cluster-settings.ts'
import type { MetadataImage, Node } from './metadata-image.ts'

export interface LanesOptions {
  readonly settings: ClusterSettings
  readonly clock: Clock
  readonly logger: Logger
  /** A connection to a known node was lost or could not be made. */
  onTrouble(): void
}

export interface ConnectionStats {
  readonly nodeId: number
  /** What it is for: 'default', 'fetch', 'fetch-aside', 'group', 'produce'. */
  readonly purpose: string
  readonly address: string
  readonly isConnected: boolean
  /** Requests under way, and those that wait for a connection. */
  readonly pendingRequests: number
  /** How long the broker still asks for silence, in ms. */
  readonly throttledForMs: number
}

export interface Candidate {
  readonly lane: Lane
  /** undefined for a bootstrap address. */
  readonly nodeId: number | undefined
}

/** All connections of a client: one lane a node and purpose, and those to bootstrap addresses until nodes are known. */
export class Lanes {
  readonly #options: LanesOptions
  readonly #byNode = new Map<string, Lane>()
  readonly #bootstrap = new Map<string, Lane>()
  #bootstrapAddresses: readonly Address[] | undefined
  #closed: KafkaError | undefined

  constructor(options: LanesOptions) {
    this.#options = options
  }

  to({ nodeId, host, port }: Node, purpose: Purpose): Lane {
    if (this.#closed !== undefined) throw this.#closed
    const key = `${nodeId}/${purpose}`
    const known = this.#byNode.get(key)
    if (known !== undefined && known.address.host === host && known.address.port === port) return known
    known?.close(new KafkaError('CONNECTION_CLOSED', `node ${nodeId} is at ${addressText({ host, port })} now`))
    const { settings, clock, logger, onTrouble } = this.#options
    const lane = new Lane({ address: { host, port }, settings, clock, logger, onTrouble })
    this.#byNode.set(key, lane)
    return lane
  }

  /** Closes the connections of this purpose. */
  release(purpose: Purpose): void {
    for (const [key, lane] of this.#byNode) {
      if (!key.endsWith(`/${purpose}`)) continue
      lane.close(new KafkaError('CLOSED', 'what the connection was for is closed'))
      this.#byNode.delete(key)
    }
  }

  /** Nodes to ask what any can answer, the best first: connected and idle, then those that may be connected to at once. */
  candidates({ nodes }: Pick<MetadataImage, 'nodes'>): readonly Candidate[] {
    return ranked(
      Array.from(nodes.values(), (node) => ({ lane: this.to(node, 'default'), nodeId: node.nodeId })),
      this.#options.clock.monotonicMs(),
    )
  }

  async bootstrapCandidates(): Promise<readonly Candidate[]> {
    const { settings, clock, logger } = this.#options
    this.#bootstrapAddresses ??= settings.canonicalBootstrapServers
      ? await canonical(settings.bootstrapServers)
      : settings.bootstrapServers
    if (this.#closed !== undefined) throw this.#closed
    const candidates = this.#bootstrapAddresses.map((address): Candidate => {
      const key = addressText(address)
      const known = this.#bootstrap.get(key)
      if (known !== undefined) return { lane: known, nodeId: undefined }
      const onTrouble = (): void => {
        if (this.#bootstrap.get(key) !== lane) this.#options.onTrouble()
      }
      const lane = new Lane({ address, settings, clock, logger, onTrouble })
      this.#bootstrap.set(key, lane)
      return { lane, nodeId: undefined }
    })
    return ranked(candidates, clock.monotonicMs())
  }

  /**
   * Nodes are known. A connection to a bootstrap address that is a node's own becomes that node's: no second handshake with it, and with TLS and SASL that is
   * much. The others are not needed any more.
   */
  leaveBootstrap({ nodes }: Pick<MetadataImage, 'nodes'>): void {
    const gone = new KafkaError('CONNECTION_CLOSED', 'the nodes of the cluster are known now')
    const nodeIds = new Map(Array.from(nodes.values(), (node) => [addressText(node), node.nodeId]))
    for (const [key, lane] of this.#bootstrap) {
      const nodeId = nodeIds.get(key)
      const purpose: Purpose = 'default'
      if (nodeId !== undefined && !this.#byNode.has(`${nodeId}/${purpose}`)) {
        this.#byNode.set(`${nodeId}/${purpose}`, lane)
        this.#bootstrap.delete(key)
        continue
      }
      if (lane.load > 0) continue
      lane.close(gone)
      this.#bootstrap.delete(key)
    }
  }

  /** Of each lane that was ever used, for statistics. */
  stats(): readonly ConnectionStats[] {
    const nowMs = this.#options.clock.monotonicMs()
    return Array.from(this.#byNode, ([key, lane]) => {
      const at = key.indexOf('/')
      return {
        nodeId: Number(key.slice(0, at)),
        purpose: key.slice(at + 1),
        address: addressText(lane.address),
        isConnected: lane.isConnected,
        pendingRequests: lane.load,
        throttledForMs: Math.max(0, Math.round(lane.throttledUntilMs - nowMs)),
      }
    })
  }

  get connectionCount(): number {
    let count = 0
    for (const lane of this.all()) if (lane.isConnected) count++
    return count
  }

  *all(): Iterable<Lane> {
    yield* this.#byNode.values()
    yield* this.#bootstrap.values()
  }

  close(error: KafkaError): void {
    this.#closed = error
    for (const lane of this.all()) lane.close(error)
    this.#byNode.clear()
    this.#bootstrap.clear()
  }
}

/** At random where nothing else decides, so that many clients do not all ask the first node. */
function ranked(candidates: readonly Candidate[], nowMs: number): readonly Candidate[] {
  const rank = ({ lane }: Candidate): number => {
    if (lane.isConnected) return Math.min(lane.load, 999)
    if (lane.isConnecting) return 1_000
    return lane.notBeforeMs <= nowMs ? 2_000 : 3_000 + lane.notBeforeMs - nowMs
  }
  return candidates
    .map((candidate) => ({ candidate, rank: rank(candidate), tie: Math.random() }))
    .sort((a, b) => a.rank - b.rank || a.tie - b.tie)
    .map(({ candidate }) => candidate)
}

/** `client.dns.lookup=resolve_canonical_bootstrap_servers_only` */
async function canonical(addresses: readonly Address[]): Promise<readonly Address[]> {
  const { lookup, lookupService } = await import('node:dns/promises')
  const found = new Map<string, Address>()
  for (const { host, port } of addresses) {
    try {
      for (const { address } of await lookup(host, { all: true, verbatim: true })) {
        const { hostname } = await lookupService(address, port)
        found.set(addressText({ host: hostname, port }), { host: hostname, port })
      }
    } catch {
      found.set(addressText({ host, port }), { host, port })
    }
  }
  return [...found.values()]
}
