import { type Api, apiByKey, encodeRequestFrame, type Message } from '../../../src/wire/index.ts'

/** A request's bytes, size and header included. */
export function frameOf<ReqIn>(request: Message<unknown, ReqIn>, version: number, body: ReqIn): Buffer {
  const api = apiByKey.get(request.apiKey ?? -1) as unknown as Api<unknown, ReqIn>
  return Buffer.concat(encodeRequestFrame({ api, version, correlationId: 1, clientId: 'attacker', body }))
}

/** Only the size of a frame, as a peer that means no good says it. */
export function sizeOf(bytes: number): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes)
  return size
}
