import { message } from '../message.ts'
import type { Infer, Input } from '../schema.ts'
import { array, bool, int16, int32, int64, string } from '../schema.ts'

/** Asks which versions of which APIs the broker serves; the first request on most connections; API key 18 (KIP-35, KIP-511, KIP-584). */
export const apiVersionsRequest = message(
  { name: 'ApiVersionsRequest', type: 'request', apiKey: 18, versions: '0-4', flexible: '3+' },
  () => ({
    clientSoftwareName: string({ versions: '3+', ignorable: true }),
    clientSoftwareVersion: string({ versions: '3+', ignorable: true }),
  }),
)
export interface ApiVersionsRequest extends Infer<typeof apiVersionsRequest.fields> {}
export interface ApiVersionsRequestInput extends Input<typeof apiVersionsRequest.fields> {}

/** Answers ApiVersionsRequest: version ranges and features; always with header version 0. */
export const apiVersionsResponse = message(
  { name: 'ApiVersionsResponse', type: 'response', apiKey: 18, versions: '0-4', flexible: '3+' },
  () => ({
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16(),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    /** How long a quota made the broker hold the client back, in ms. */
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    supportedFeatures: array(
      {
        name: string(),
        minVersion: int16(),
        maxVersion: int16(),
      },
      { versions: '3+', tag: 0, ignorable: true },
    ),
    finalizedFeaturesEpoch: int64({ versions: '3+', default: -1n, tag: 1, ignorable: true }),
    finalizedFeatures: array(
      {
        name: string(),
        maxVersionLevel: int16(),
        minVersionLevel: int16(),
      },
      { versions: '3+', tag: 2, ignorable: true },
    ),
    zkMigrationReady: bool({ versions: '3+', default: false, tag: 3, ignorable: true }),
  }),
)
export interface ApiVersionsResponse extends Infer<typeof apiVersionsResponse.fields> {}
export interface ApiVersionsResponseInput extends Input<typeof apiVersionsResponse.fields> {}
