import { ApiKey, type ApiName, apis, apiVersions } from '../../wire/index.ts'
import { errorOfCode } from '../kafka-error.ts'
import { type AdminCallOptions, type AdminContext, fanOut, type Results } from './fan-out.ts'

/** Which versions of an API a broker serves. */
export interface ApiVersionRange {
  readonly apiKey: number
  /** undefined for an API that this client does not know. */
  readonly name: string | undefined
  readonly minVersion: number
  readonly maxVersion: number
  /** The highest that this client speaks too; undefined where there is none. */
  readonly usedVersion: number | undefined
}

/** A feature of a cluster (KIP-584), as one broker has it. */
export interface BrokerFeature {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** What the cluster has decided on; undefined where it has not. */
  readonly finalizedVersion: number | undefined
}

export interface BrokerVersions {
  readonly apis: readonly ApiVersionRange[]
  readonly features: readonly BrokerFeature[]
}

/** What brokers can do; results by node id. */
export function describeBrokerVersions(
  context: AdminContext,
  nodeIds: readonly number[],
  options: AdminCallOptions,
): Promise<Results<BrokerVersions>> {
  return fanOut<number, BrokerVersions>(
    context,
    {
      what: 'asking brokers for their versions',
      items: nodeIds,
      keyOf: String,
      route: (nodeId) => ({ together: String(nodeId), target: { nodeId } }),
      async ask({ target, items, options: callOptions }) {
        const body = (version: number) =>
          version >= 3 ? { clientSoftwareName: 'kohort', clientSoftwareVersion: '0' } : {}
        const { body: answer } = await context.cluster.call(target, apis.ApiVersions, body, callOptions)
        const error = errorOfCode(answer.errorCode, { what: 'asking a broker for its versions' })
        if (error !== undefined) throw error
        const finalized = new Map(answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
        const versions: BrokerVersions = {
          apis: answer.apiKeys.map(rangeOf),
          features: answer.supportedFeatures.map((feature) => ({
            ...feature,
            finalizedVersion: finalized.get(feature.name),
          })),
        }
        return new Map(items.map((nodeId) => [String(nodeId), versions]))
      },
    },
    options,
  )
}

function rangeOf(range: { readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }) {
  const { apiKey, minVersion, maxVersion } = range
  const name = nameByKey.get(apiKey)
  const [lowest, highestKnown] = name === undefined ? [0, -1] : apiVersions[name]
  const highest = Math.min(maxVersion, highestKnown)
  const isSpoken = highest >= Math.max(minVersion, lowest)
  return { apiKey, name, minVersion, maxVersion, usedVersion: isSpoken ? highest : undefined }
}

const nameByKey = new Map(Object.entries(ApiKey).map(([name, key]) => [key as number, name as ApiName]))
