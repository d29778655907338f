import type { Connection, ResponseSlot } from '../../net/index.ts'
import {
  type Api,
  ApiKey,
  type DecodedRequestHeader,
  decodeRequestHeader,
  ErrorCode,
  encodeResponseFrame,
  Reader,
  UnsupportedRequestError,
  WireError,
} from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { ConnectionEnd } from '../handler.ts'
import { unsupportedApiVersions } from '../handlers/18-api-versions.ts'
import { BrokerConnection } from './broker-connection.ts'
import { unknownServerError } from './error-response.ts'
import type { RequestInterceptor } from './interceptor.ts'
import { type ApiMetrics, RequestCounters } from './request-counters.ts'
import type { ServedApi } from './served-api.ts'

/** Topics, partitions, members, ... of one request: more than any client asks for, few enough to be held while it waits. */
const REQUEST_ELEMENTS_MAX = 100_000
/** What one of them takes, decoded and worked on, roughly: two dozen bytes of a frame become a few objects. */
const ELEMENT_BYTES = 256
/** Of smaller requests the frame alone is counted. */
const COUNTED_ELEMENTS_MIN = 64

/** From frames to handlers and back: reads the header, checks the version, decodes, calls, encodes, fills the slot. */
export class Dispatcher {
  readonly #broker: Broker
  readonly #apis: ReadonlyMap<number, ServedApi>
  readonly #connections = new WeakMap<Connection, BrokerConnection>()
  /** By API key; made with the first request. */
  readonly #counters: (RequestCounters | undefined)[] = []

  readonly #interceptor: RequestInterceptor | undefined

  constructor(broker: Broker, apis: ReadonlyMap<number, ServedApi>, interceptor?: RequestInterceptor) {
    this.#interceptor = interceptor
    this.#broker = broker
    this.#apis = apis
  }

  /** Of the APIs that were asked for. */
  metrics(): readonly ApiMetrics[] {
    return this.#counters.flatMap((counters) => (counters === undefined ? [] : [counters.metrics()]))
  }

  /** Never throws: whatever a peer sends is answered or ends its connection. */
  dispatch(frame: Buffer, slot: ResponseSlot): void {
    let header: DecodedRequestHeader
    let served: ServedApi | undefined
    let request: unknown
    try {
      header = decodeRequestHeader(frame)
      served = this.#served(header)
      if (served === undefined) {
        const { apiKey, apiVersion } = header
        slot.endConnection(`API key ${apiKey} version ${apiVersion} is not served here`)
        return
      }
      // Bytes behind the request are ignored, as Kafka ignores them.
      const reader = new Reader(frame, header.bodyOffset, REQUEST_ELEMENTS_MAX)
      request = header.api.request.read(reader, header.apiVersion)
      if (reader.elements >= COUNTED_ELEMENTS_MIN) slot.hold(reader.elements * ELEMENT_BYTES)
    } catch (error) {
      this.#undecodable(error, slot)
      return
    }
    const counters = this.#countersOf(header.api)
    counters.arrived(header.apiVersion, slot.requestBytes)
    slot.observer = counters
    this.#call(served, header, request, slot)
  }

  #served(header: DecodedRequestHeader): ServedApi | undefined {
    const served = this.#apis.get(header.apiKey)
    if (served === undefined) return undefined
    return header.apiVersion >= served.minVersion && header.apiVersion <= served.maxVersion ? served : undefined
  }

  #call(served: ServedApi, header: DecodedRequestHeader, request: unknown, slot: ResponseSlot): void {
    const connection = this.#connectionOf(slot.connection)
    const { apiVersion, clientId } = header
    const context = { apiVersion, clientId, clientHost: connection.clientHost, connection }
    let response: unknown
    try {
      response =
        this.#interceptor === undefined
          ? served.handler(request, context, this.#broker)
          : this.#interceptor({ apiKey: header.apiKey, api: header.api.name, request, context }, () =>
              served.handler(request, context, this.#broker),
            )
    } catch (error) {
      this.#failed(error, header, slot)
      return
    }
    if (response instanceof Promise) {
      response.then(
        (value) => this.#answer(header, value, slot),
        (error: unknown) => this.#failed(error, header, slot),
      )
    } else {
      this.#answer(header, response, slot)
    }
  }

  #answer(header: DecodedRequestHeader, response: unknown, slot: ResponseSlot): void {
    if (response === undefined) {
      slot.fillWithNothing()
      return
    }
    if (response instanceof ConnectionEnd) {
      slot.endConnection(response.reason)
      return
    }
    try {
      slot.fill(encode(header.api, header.apiVersion, header.correlationId, response))
    } catch (error) {
      this.#failed(error, header, slot)
      return
    }
    this.#countersOf(header.api).answered(response, slot.responseBytes)
  }

  /** A handler threw, or what it gave does not fit its message: our bug. */
  #failed(error: unknown, header: DecodedRequestHeader, slot: ResponseSlot): void {
    const { api, apiVersion, correlationId } = header
    this.#broker.logger.error({ err: error, api: api.name, apiVersion }, 'A request failed by a mistake of the broker.')
    const response = unknownServerError(api, apiVersion)
    if (response === undefined) {
      this.#countersOf(api).errorCode(ErrorCode.UNKNOWN_SERVER_ERROR)
      slot.endConnection('the broker failed to answer')
      return
    }
    try {
      slot.fill(encode(api, apiVersion, correlationId, response))
    } catch {
      slot.endConnection('the broker failed to answer')
      return
    }
    this.#countersOf(api).answered(response, slot.responseBytes)
  }

  #undecodable(error: unknown, slot: ResponseSlot): void {
    if (error instanceof UnsupportedRequestError && error.apiKey === ApiKey.ApiVersions) {
      // KIP-511: a client that is newer than we are gets our range in version 0, and comes back with one of it.
      const served = this.#apis.get(ApiKey.ApiVersions)
      if (served !== undefined && error.apiVersion >= 0) {
        const response = unsupportedApiVersions(served)
        const counters = this.#countersOf(served.api)
        counters.arrived(0, slot.requestBytes)
        slot.observer = counters
        slot.fill(encode(served.api, 0, error.correlationId, response))
        counters.answered(response, slot.responseBytes)
        return
      }
    }
    if (!(error instanceof WireError)) {
      this.#broker.logger.error({ err: error }, 'Decoding a request failed by a mistake of the broker.')
    }
    slot.endConnection(error instanceof Error ? error.message : String(error))
  }

  #countersOf(api: Api): RequestCounters {
    const known = this.#counters[api.key]
    if (known !== undefined) return known
    const counters = new RequestCounters(api)
    this.#counters[api.key] = counters
    return counters
  }

  #connectionOf(connection: Connection): BrokerConnection {
    let known = this.#connections.get(connection)
    if (known === undefined) {
      known = new BrokerConnection(connection)
      this.#connections.set(connection, known)
    }
    return known
  }
}

function encode(api: Api, version: number, correlationId: number, body: unknown): Buffer[] {
  // The registry pairs each handler with the schemas of its messages (`serve`), so the value is of the right type.
  return encodeResponseFrame(api as Api<unknown, never, unknown, unknown>, version, correlationId, body)
}
