import type { Api } from './api.ts'
import { apiByKey } from './api-by-key.ts'
import { ApiKey } from './api-keys.ts'
import type { RequestHeader } from './headers.ts'
import { requestHeader, responseHeader } from './headers.ts'
import type { Message } from './message.ts'
import { Reader } from './reader.ts'
import { WireError } from './wire-error.ts'
import { Writer } from './writer.ts'

export * as apis from './api-list.ts'

const API_VERSIONS = ApiKey.ApiVersions

/** Request headers are version 2 where the request is flexible, else 1. */
export function requestHeaderVersion(api: Api, version: number): 1 | 2 {
  return api.request.flexible(version) ? 2 : 1
}

/**
 * Response headers are version 1 where the response is flexible, else 0; always 0 for ApiVersions, because a client
 * reads its answer before it knows which versions the broker speaks (KIP-511).
 */
export function responseHeaderVersion(api: Api, version: number): 0 | 1 {
  return api.key !== API_VERSIONS && api.response.flexible(version) ? 1 : 0
}

export interface DecodedRequestHeader {
  readonly api: Api
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  /** Index in the frame at which the request's body begins. */
  readonly bodyOffset: number
}

/** A request that no schema describes. The fields are there for those who must answer it: ApiVersions (KIP-511). */
export class UnsupportedRequestError extends WireError {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number

  constructor(code: 'UNSUPPORTED_API' | 'UNSUPPORTED_VERSION', header: Omit<RequestHeader, 'clientId'>) {
    const { requestApiKey, requestApiVersion, correlationId } = header
    super(code, `no request has API key ${requestApiKey} and version ${requestApiVersion}`)
    this.name = 'UnsupportedRequestError'
    this.apiKey = requestApiKey
    this.apiVersion = requestApiVersion
    this.correlationId = correlationId
  }
}

/**
 * Reads the header of a request.
 * @param frame the frame without its size prefix.
 * @throws UnsupportedRequestError when the schemas have no such request; which of them a broker serves is its affair.
 */
export function decodeRequestHeader(frame: Uint8Array): DecodedRequestHeader {
  const reader = new Reader(frame)
  const requestApiKey = reader.int16()
  const requestApiVersion = reader.int16()
  const correlationId = reader.int32()
  const header = { requestApiKey, requestApiVersion, correlationId }
  const api = apiByKey.get(requestApiKey)
  if (api === undefined) throw new UnsupportedRequestError('UNSUPPORTED_API', header)
  const { lowestVersion, highestVersion } = api.request
  if (requestApiVersion < lowestVersion || requestApiVersion > highestVersion) {
    throw new UnsupportedRequestError('UNSUPPORTED_VERSION', header)
  }
  const clientId = reader.nullableString()
  if (requestHeaderVersion(api, requestApiVersion) === 2) reader.skipTaggedFields()
  return {
    api,
    apiKey: requestApiKey,
    apiVersion: requestApiVersion,
    correlationId,
    clientId,
    bodyOffset: reader.position,
  }
}

/**
 * The body of a request whose header was read from the same frame.
 * @throws WireError also when bytes are left over; `OVERSIZED` beyond a million array elements.
 */
export function decodeRequestBody(frame: Uint8Array, header: DecodedRequestHeader): unknown {
  const reader = new Reader(frame, header.bodyOffset)
  const body = header.api.request.read(reader, header.apiVersion)
  expectNothingLeft(reader, header.api.request, header.apiVersion)
  return body
}

export interface RequestToEncode<I> {
  readonly api: Api<unknown, I>
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly body: I
}

/** A request as it goes to the socket, size prefix included. Large byte fields of the body are not copied. */
export function encodeRequestFrame<I>({ api, version, correlationId, clientId, body }: RequestToEncode<I>): Buffer[] {
  const writer = new Writer()
  writer.int32(0)
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId }
  requestHeader.write(writer, header, requestHeaderVersion(api as Api, version))
  api.request.write(writer, body, version)
  return finishFrame(writer)
}

/** A response as it goes to the socket, size prefix included. Large byte fields of the body are not copied. */
export function encodeResponseFrame<I>(
  api: Api<unknown, never, unknown, I>,
  version: number,
  correlationId: number,
  body: I,
): Buffer[] {
  const writer = new Writer()
  writer.int32(0)
  responseHeader.write(writer, { correlationId }, responseHeaderVersion(api as Api, version))
  api.response.write(writer, body, version)
  return finishFrame(writer)
}

/** Answers about all partitions of a large cluster are longer than any request. */
const RESPONSE_ELEMENTS_MAX = 10_000_000

export interface DecodedResponse<T> {
  readonly correlationId: number
  readonly body: T
}

/** @param frame the frame without its size prefix. */
export function decodeResponse<T>(api: Api<unknown, never, T>, version: number, frame: Uint8Array): DecodedResponse<T> {
  const reader = new Reader(frame, 0, RESPONSE_ELEMENTS_MAX)
  const { correlationId } = responseHeader.read(reader, responseHeaderVersion(api, version))
  const body = api.response.read(reader, version)
  expectNothingLeft(reader, api.response, version)
  return { correlationId, body }
}

function expectNothingLeft(reader: Reader, message: Message, version: number): void {
  if (reader.remaining === 0) return
  throw new WireError('MALFORMED', `${message.name} v${version}: ${reader.remaining} bytes are left over`)
}

function finishFrame(writer: Writer): Buffer[] {
  const size = writer.length - 4
  const chunks = writer.finish()
  chunks[0]!.writeInt32BE(size, 0)
  return chunks
}
