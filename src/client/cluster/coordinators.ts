import { type Api, apis } from '../../wire/index.ts'
import { errorOfCode, KafkaError } from '../kafka-error.ts'
import type { Answer, CallOptions, CoordinatorType } from './cluster.ts'
import type { Node } from './metadata-image.ts'

/** Of FindCoordinator. */
const keyTypes: Readonly<Record<CoordinatorType, number>> = { group: 0, transaction: 1 }

/** The first version that asks for many at once (KIP-699). */
const BATCH_VERSION = 4

/** What is remembered; the oldest is asked for again. */
const KNOWN_MAX = 100_000

export type CallAny = <In, Res>(
  api: Api<never, In, Res, never>,
  body: (version: number) => In,
  options: CallOptions,
) => Promise<Answer<Res>>

interface Lookup {
  readonly result: Promise<Node>
  resolve(node: Node): void
  reject(error: unknown): void
}

/** Who coordinates which group or transactional id, as far as it was asked. What is asked in one turn goes in one request. */
export class Coordinators {
  readonly #callAny: CallAny
  readonly #requestTimeoutMs: number
  readonly #known = new Map<string, Node>()
  readonly #lookups = new Map<string, Lookup>()
  #unsent: { readonly type: CoordinatorType; readonly key: string }[] = []

  constructor(callAny: CallAny, requestTimeoutMs: number) {
    this.#callAny = callAny
    this.#requestTimeoutMs = requestTimeoutMs
  }

  known(type: CoordinatorType, key: string): Node | undefined {
    return this.#known.get(`${type}/${key}`)
  }

  find(type: CoordinatorType, key: string): Promise<Node> {
    const id = `${type}/${key}`
    const known = this.#known.get(id)
    if (known !== undefined) return Promise.resolve(known)
    const running = this.#lookups.get(id)
    if (running !== undefined) return running.result
    const lookup = newLookup()
    this.#lookups.set(id, lookup)
    if (this.#unsent.length === 0) queueMicrotask(() => this.#send())
    this.#unsent.push({ type, key })
    return lookup.result
  }

  forget(type: CoordinatorType, key: string): void {
    this.#known.delete(`${type}/${key}`)
  }

  /** Forgets it where this node is what is remembered: another call may have found a new one meanwhile. */
  forgetNode(type: CoordinatorType, key: string, nodeId: number): void {
    if (this.known(type, key)?.nodeId === nodeId) this.forget(type, key)
  }

  #send(): void {
    const unsent = this.#unsent
    this.#unsent = []
    for (const type of Object.keys(keyTypes) as CoordinatorType[]) {
      const keys = unsent.filter((one) => one.type === type).map(({ key }) => key)
      if (keys.length > 0) void this.#ask(type, keys)
    }
  }

  async #ask(type: CoordinatorType, keys: readonly string[]): Promise<void> {
    const api = apis.FindCoordinator as unknown as Api<never, Request, Response, never>
    const keyType = keyTypes[type]
    const left = new Set(keys)
    const body = (version: number): Request => {
      if (version >= BATCH_VERSION) return { keyType, coordinatorKeys: [...left] }
      // One at a time; `keyType` came with version 1.
      return version === 0 ? { key: keys[0]! } : { key: keys[0]!, keyType }
    }
    try {
      const { body: answer, version } = await this.#callAny(api, body, { timeoutMs: this.#requestTimeoutMs })
      const found = version >= BATCH_VERSION ? answer.coordinators : [{ ...answer, key: keys[0]! }]
      for (const coordinator of found) {
        left.delete(coordinator.key)
        this.#found(type, coordinator)
      }
      if (version < BATCH_VERSION) {
        for (const key of left) void this.#ask(type, [key])
        return
      }
      for (const key of left) this.#failed(type, key, new KafkaError('COORDINATOR_NOT_AVAILABLE', notNamed(type, key)))
    } catch (error) {
      for (const key of left) this.#failed(type, key, error)
    }
  }

  #found(type: CoordinatorType, coordinator: Found): void {
    const { key, errorCode, errorMessage, nodeId, host, port } = coordinator
    const what = `the coordinator of ${type} '${key}' is not known`
    const error = errorOfCode(errorCode, { what, brokerMessage: errorMessage === '' ? null : errorMessage })
    if (error !== undefined) return this.#failed(type, key, error)
    if (nodeId < 0) return this.#failed(type, key, new KafkaError('COORDINATOR_NOT_AVAILABLE', what))
    const node: Node = { nodeId, host, port, rack: null }
    // Groups come and go: who looks at all of them for months asks for many that are no more.
    if (this.#known.size >= KNOWN_MAX) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(`${type}/${key}`, node)
    this.#take(type, key)?.resolve(node)
  }

  #failed(type: CoordinatorType, key: string, error: unknown): void {
    this.#take(type, key)?.reject(error)
  }

  #take(type: CoordinatorType, key: string): Lookup | undefined {
    const id = `${type}/${key}`
    const lookup = this.#lookups.get(id)
    this.#lookups.delete(id)
    return lookup
  }
}

function newLookup(): Lookup {
  let resolve!: (node: Node) => void
  let reject!: (error: unknown) => void
  const result = new Promise<Node>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  // Who asked may have given up.
  result.catch(() => {})
  return { result, resolve, reject }
}

function notNamed(type: CoordinatorType, key: string): string {
  return `the broker did not name the coordinator of ${type} '${key}'`
}

interface Request {
  readonly key?: string
  readonly keyType?: number
  readonly coordinatorKeys?: readonly string[]
}

interface Found {
  readonly key: string
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

interface Response extends Omit<Found, 'key'> {
  readonly coordinators: readonly Found[]
}
