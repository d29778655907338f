import { type Api, apiByKey, type Message } from '../../wire/index.ts'
import type { Handler } from '../handler.ts'

/** An API that the broker serves: what ApiVersions says of it and who answers it. */
export interface ServedApi {
  readonly api: Api
  /**
   * As advertised. May be below what the schemas have: Produce is advertised from 0 because librdkafka before 2.11.1 looks
   * for exact versions, but versions 0 to 2 are refused (KAFKA-18659). Apache Kafka 4.2 does the same.
   */
  readonly minVersion: number
  readonly maxVersion: number
  readonly handler: Handler<unknown, unknown>
}

/** One line of the registry; the handler is checked against the messages. */
export function serve<Req, ReqIn, Res, ResIn>(
  request: Message<Req, ReqIn>,
  _response: Message<Res, ResIn>,
  versions: { readonly min: number; readonly max: number },
  handler: Handler<Req, ResIn | undefined>,
): readonly [number, ServedApi] {
  const key = request.apiKey ?? -1
  const api = apiByKey.get(key)
  if (api === undefined || api.request !== (request as unknown)) throw new Error(`${request.name} is no request`)
  // The registry holds handlers of all types; dispatch decodes with `api.request` and encodes with `api.response` only.
  const entry = {
    api,
    minVersion: versions.min,
    maxVersion: versions.max,
    handler: handler as Handler<unknown, unknown>,
  }
  return [key, entry]
}
