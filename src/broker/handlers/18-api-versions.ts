import { type ApiVersionsRequest, type ApiVersionsResponseInput, ErrorCode } from '../../wire/index.ts'
import { FEATURES } from '../features.ts'
import type { Handler } from '../handler.ts'
import type { ServedApi } from '../server/served-api.ts'

/** KIP-511: letters and digits, with dots and dashes between them. */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** ApiVersions: what `apis` has, the lowest key first. */
export function apiVersionsHandler(
  apis: () => ReadonlyMap<number, ServedApi>,
): Handler<ApiVersionsRequest, ApiVersionsResponseInput> {
  return (request, context, broker) => {
    if (context.apiVersion >= 3) {
      const { clientSoftwareName, clientSoftwareVersion } = request
      if (!SOFTWARE_NAME.test(clientSoftwareName) || !SOFTWARE_NAME.test(clientSoftwareVersion)) {
        return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] }
      }
      context.connection.clientSoftwareName = clientSoftwareName
      context.connection.clientSoftwareVersion = clientSoftwareVersion
    }
    return {
      errorCode: ErrorCode.NONE,
      apiKeys: [...apis().values()].map(rangeOf).sort((a, b) => a.apiKey - b.apiKey),
      // Java clients before 3.9 refuse a lowest version of 0, which version 4 allows (KIP-1022).
      supportedFeatures: FEATURES.filter(({ minVersion }) => minVersion > 0 || context.apiVersion >= 4).map(
        ({ name, minVersion, maxVersion }) => ({ name, minVersion, maxVersion }),
      ),
      finalizedFeaturesEpoch: BigInt(broker.metadata.image.version),
      finalizedFeatures: FEATURES.map(({ name, finalizedVersion }) => ({
        name,
        minVersionLevel: finalizedVersion,
        maxVersionLevel: finalizedVersion,
      })),
    }
  }
}

/** The answer to a version that we do not have, in version 0: the error, and the versions of ApiVersions that we have. */
export function unsupportedApiVersions(apiVersions: ServedApi): ApiVersionsResponseInput {
  return { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys: [rangeOf(apiVersions)] }
}

function rangeOf({ api, minVersion, maxVersion }: ServedApi): {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
} {
  return { apiKey: api.key, minVersion, maxVersion }
}
