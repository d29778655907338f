import { type ApiVersionsRequest, type ApiVersionsResponseInput, ErrorCode } from '../../wire/index.ts'
import type { Handler } from '../handler.ts'
import type { ServedApi } from '../server/served-api.ts'

/** KIP-511: letters and digits, with dots and dashes between them. */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/**
 * The feature levels of Apache Kafka 4.2, whose versions we advertise (KIP-584). transaction.version is not finalized: with it clients
 * would speak transactions of version 2, which are not served. group.version 1 would promise KIP-848 groups.
 */
const METADATA_VERSION = { name: 'metadata.version', minVersion: 7, maxVersion: 29 }

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
    const { name, minVersion, maxVersion } = METADATA_VERSION
    return {
      errorCode: ErrorCode.NONE,
      apiKeys: [...apis().values()].map(rangeOf).sort((a, b) => a.apiKey - b.apiKey),
      supportedFeatures: [{ name, minVersion, maxVersion }],
      finalizedFeaturesEpoch: BigInt(broker.metadata.image.version),
      finalizedFeatures: [{ name, minVersionLevel: maxVersion, maxVersionLevel: maxVersion }],
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
