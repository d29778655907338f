import { ApiKey, type ApiName } from './api-keys.ts'
import type { Message } from './message.ts'

/** An API: what is sent under its key, and what comes back in the same version. */
export interface Api<Req = unknown, ReqIn = never, Res = unknown, ResIn = never> {
  readonly key: number
  readonly name: ApiName
  readonly request: Message<Req, ReqIn>
  readonly response: Message<Res, ResIn>
}

/** A bundle leaves out what it does not use of these. */
/* @__NO_SIDE_EFFECTS__ */ export function api<Req, ReqIn, Res, ResIn>(
  name: ApiName,
  request: Message<Req, ReqIn>,
  response: Message<Res, ResIn>,
): Api<Req, ReqIn, Res, ResIn> {
  return { key: ApiKey[name], name, request, response }
}
