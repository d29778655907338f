import type { RequestContext } from '../handler.ts'

/** A request on its way to its handler. */
export interface InterceptedRequest {
  readonly apiKey: number
  /** As Kafka names it: 'JoinGroup'. */
  readonly api: string
  /** Decoded, in the words of the wire. */
  readonly request: unknown
  readonly context: RequestContext
}

/**
 * Stands between requests and their handlers, for tests. `proceed` calls the handler, at most once; what is returned is answered, as a handler's
 * result would be: undefined is no answer at all, and a promise that stays open holds back the later answers of its connection.
 */
export type RequestInterceptor = (intercepted: InterceptedRequest, proceed: () => unknown) => unknown
