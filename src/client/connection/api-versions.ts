import { type Api, apis, ErrorCode } from '../../wire/index.ts'
import { errorOfCode } from '../kafka-error.ts'

export interface ApiRange {
  readonly min: number
  readonly max: number
}

/** Sends a request on the connection that is being set up, and gives its answer. */
export type Exchange = <In, Res>(api: Api<never, In, Res, never>, version: number, body: In) => Promise<Res>

/**
 * Asks which versions the broker serves. A broker that does not know our version of the question answers with an error in version 0 and, if
 * it is not very old, with the versions that it does know (KIP-511).
 */
export async function negotiate(
  exchange: Exchange,
  software: { readonly clientSoftwareName: string; readonly clientSoftwareVersion: string },
): Promise<ReadonlyMap<number, ApiRange>> {
  const api = apis.ApiVersions as unknown as Api<
    never,
    Partial<typeof software>,
    { readonly errorCode: number; readonly apiKeys: readonly ApiKeyRange[] },
    never
  >
  const highest = api.request.highestVersion
  let answer = await exchange(api, highest, software)
  if (answer.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
    const own = answer.apiKeys.find(({ apiKey }) => apiKey === api.key)
    const version = Math.min(own?.maxVersion ?? 0, highest)
    answer = await exchange(api, version, version >= 3 ? software : {})
  }
  const error = errorOfCode(answer.errorCode, { what: 'ApiVersions' })
  if (error !== undefined) throw error
  return new Map(
    answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
  )
}

interface ApiKeyRange {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}
