import { setTimeout as pause } from 'node:timers/promises'
import * as wire from '../../../src/wire/index.ts'
import { fetchBody, produceBody } from '../../broker/data-plane/support/requests.ts'
import { RawClient } from '../../support/raw-client.ts'

const PAUSE_MS = 10

/** Milliseconds: half of the answers took no longer, 99 in 100, all. */
export interface Latency {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/**
 * An ordinary client beside the attackers: it writes records with acks=all and reads them again, and is a member of a group that
 * heartbeats on a connection of its own. It never reconnects: a connection that the broker closes, or a wrong answer, is a failure.
 */
export class Neighbour {
  readonly #data: RawClient
  readonly #group: RawClient
  readonly #memberId: string
  readonly #generationId: number
  readonly #rounds = { data: [] as number[], heartbeat: [] as number[] }
  #offset = 0n
  #isEnding = false
  #failure: unknown
  readonly #loops: Promise<void>[]

  private constructor(data: RawClient, group: RawClient, member: { memberId: string; generationId: number }) {
    this.#data = data
    this.#group = group
    this.#memberId = member.memberId
    this.#generationId = member.generationId
    this.#loops = [this.#loop('data', () => this.#writeAndRead()), this.#loop('heartbeat', () => this.#heartbeat())]
  }

  /** The topic `neighbour` must be there, and empty or written by one before. */
  static async start(port: number): Promise<Neighbour> {
    const data = await RawClient.connect({ port, clientId: 'neighbour' })
    const group = await RawClient.connect({ port, clientId: 'neighbour' })
    return new Neighbour(data, group, await join(group))
  }

  /** How long each round took so far, in milliseconds. @throws when the broker failed it. */
  rounds(): { readonly data: readonly number[]; readonly heartbeat: readonly number[] } {
    if (this.#failure !== undefined) throw new Error('the neighbour was not served', { cause: this.#failure })
    return this.#rounds
  }

  async end(): Promise<void> {
    this.#isEnding = true
    this.#data.close()
    this.#group.close()
    await Promise.all(this.#loops)
  }

  async #loop(kind: 'data' | 'heartbeat', round: () => Promise<void>): Promise<void> {
    try {
      while (!this.#isEnding) {
        const startMs = performance.now()
        await round()
        this.#rounds[kind].push(performance.now() - startMs)
        await pause(PAUSE_MS)
      }
    } catch (error) {
      if (!this.#isEnding) this.#failure ??= error
    }
  }

  async #writeAndRead(): Promise<void> {
    const value = Buffer.alloc(1024, 'n')
    const records = wire.encodeBatch({ records: [{ timestamp: Date.now(), key: null, value }] })
    const body = produceBody({ topic: 'neighbour', partition: 0, records, version: 9 })
    const { responses } = await this.#data.call(wire.produceRequest, wire.produceResponse, 9, body)
    const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!
    if (errorCode !== 0) throw new Error(`produce was answered ${wire.errorName(errorCode)}`)
    if (baseOffset < this.#offset) throw new Error(`offset ${baseOffset} follows ${this.#offset - 1n}`)
    this.#offset = baseOffset + 1n
    const fetch = fetchBody([{ topic: 'neighbour', offset: baseOffset }], { maxWaitMs: 30_000 })
    const fetched = await this.#data.call(wire.fetchRequest, wire.fetchResponse, 12, fetch)
    const { errorCode: fetchError, records: found } = fetched.responses[0]!.partitions[0]!
    if (fetchError !== 0 || (found?.length ?? 0) < 1024)
      throw new Error(`fetch was answered ${fetchError}, ${found?.length} bytes`)
  }

  async #heartbeat(): Promise<void> {
    const body = { groupId: 'neighbours', generationId: this.#generationId, memberId: this.#memberId }
    const { errorCode } = await this.#group.call(wire.heartbeatRequest, wire.heartbeatResponse, 3, body)
    if (errorCode !== 0) throw new Error(`a heartbeat was answered ${wire.errorName(errorCode)}`)
  }
}

async function join(client: RawClient): Promise<{ readonly memberId: string; readonly generationId: number }> {
  const join = {
    groupId: 'neighbours',
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  }
  // The first to ask for a coordinator makes the topic of offsets.
  const find = { key: 'neighbours', keyType: 0 }
  await client.call(wire.findCoordinatorRequest, wire.findCoordinatorResponse, 3, find)
  for (;;) {
    // Version 3 gives a member id at once.
    const joined = await client.call(wire.joinGroupRequest, wire.joinGroupResponse, 3, join)
    if (joined.errorCode !== 0) {
      await pause(50)
      continue
    }
    const { memberId, generationId } = joined
    const sync = {
      groupId: 'neighbours',
      generationId,
      memberId,
      assignments: [{ memberId, assignment: Buffer.alloc(0) }],
    }
    const synced = await client.call(wire.syncGroupRequest, wire.syncGroupResponse, 2, sync)
    if (synced.errorCode === 0) return { memberId, generationId }
  }
}

export function latencyOf(rounds: readonly number[]): Latency {
  const sorted = rounds.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}
