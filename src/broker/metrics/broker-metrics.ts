import type { LogStoreMetrics } from '../../log/index.ts'
import type { NetMetrics } from '../../net/index.ts'
import type { GroupMetrics } from '../../runtime/index.ts'
import type { ApiMetrics } from '../server/request-counters.ts'
import type { GroupEventMetrics } from './group-event-counters.ts'

/**
 * What a broker has done since its start, and what it holds now: plain values, taken at one moment. Counting costs nothing to speak of;
 * taking them visits every partition and group once. Fields may be added.
 */
export interface BrokerMetrics {
  /** APIs that somebody asked for. */
  readonly apis: readonly ApiMetrics[]
  readonly net: NetMetrics
  readonly fetch: FetchMetrics
  readonly logs: LogStoreMetrics
  readonly groups: GroupMetrics
  readonly groupEvents: GroupEventMetrics
}

export interface FetchMetrics {
  /** Fetches that wait for data. */
  readonly waiting: number
  /** Incremental fetch sessions (KIP-227), and the partitions that they remember. */
  readonly sessions: number
  readonly sessionPartitions: number
}

/**
 * How a broker is. 'ready': it takes connections, and all groups are loaded. 'loading': it takes connections, some groups are not
 * loaded yet. 'storage-full': writes are refused until the disk has space. 'storage-failed': only a new process can go on.
 */
export interface BrokerStatus {
  readonly state: 'ready' | 'loading' | 'stopping' | 'storage-full' | 'storage-failed'
  /** A sentence without its full stop, for people. */
  readonly message: string
}
