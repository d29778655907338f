export type { Answer, CallOptions, Cluster, Target } from './cluster.ts'
export { type ClusterSettings, defaultClusterSettings } from './cluster-settings.ts'
export { NetworkCluster } from './network-cluster.ts'
