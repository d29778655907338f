import type { Cluster } from '../../cluster/cluster.ts'
import type { MembershipConfig, MembershipHost } from './membership.ts'

export interface MembershipOptions {
  readonly cluster: Cluster
  readonly config: MembershipConfig
  readonly host: MembershipHost
  readonly requestTimeoutMs: number
  readonly allowAutoCreateTopics: boolean
  /** Where the code of the heartbeat thread is; default beside this one, where Node can run it. */
  readonly heartbeatWorkerFile?: URL | undefined
}
