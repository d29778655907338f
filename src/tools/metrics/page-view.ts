import type { GroupSnapshot, LagSnapshot } from '../lag/index.ts'

/** What a page shows of a snapshot. */
export interface PageView {
  readonly snapshot: LagSnapshot
  /** Those that can be read. */
  readonly groups: readonly GroupSnapshot[]
  /** Those of them with series of their partitions. */
  readonly detailed: readonly GroupSnapshot[]
  /** The name of the cluster, for exporters that have a label of it. */
  readonly cluster: string
}
