import { apis } from '../../wire/index.ts'
import type { Node } from '../cluster/metadata-image.ts'
import { withRetries } from '../cluster/retries.ts'
import { errorOfCode } from '../kafka-error.ts'
import type { AdminCallOptions, AdminContext } from './fan-out.ts'

export interface ClusterDescription {
  readonly clusterId: string | null
  /** The node that takes requests for the controller; -1 while there is none. */
  readonly controllerId: number
  readonly nodes: readonly Node[]
}

export function describeCluster(
  { cluster, backoff, requestTimeoutMs, defaultApiTimeoutMs }: AdminContext,
  { signal, timeoutMs = defaultApiTimeoutMs }: Omit<AdminCallOptions, 'partial'>,
): Promise<ClusterDescription> {
  return withRetries(
    cluster,
    { what: 'describing the cluster', backoff, timeoutMs, signal },
    async ({ remainingMs }) => {
      const options = { signal, timeoutMs: Math.min(requestTimeoutMs, Math.max(1, remainingMs!)) }
      if ((await cluster.versionOf('any', apis.DescribeCluster, options)) === undefined) {
        const { clusterId, controllerId, nodes } = await cluster.refresh('describing the cluster', options)
        return { clusterId, controllerId, nodes: [...nodes.values()] }
      }
      const body = { includeClusterAuthorizedOperations: false }
      const { body: answer } = await cluster.call('any', apis.DescribeCluster, body, options)
      const error = errorOfCode(answer.errorCode, {
        what: 'describing the cluster',
        brokerMessage: answer.errorMessage,
      })
      if (error !== undefined) throw error
      const nodes = answer.brokers.map(({ brokerId, host, port, rack }) => ({ nodeId: brokerId, host, port, rack }))
      return { clusterId: answer.clusterId, controllerId: answer.controllerId, nodes }
    },
  )
}
