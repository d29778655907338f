import type { MembershipOptions } from '../membership-options.ts'
import type { HeartbeatSettings } from './heartbeat-events.ts'
import { heartbeatThread } from './heartbeat-thread.ts'
import type { Heartbeats, OnReport } from './heartbeats.ts'
import { InlineHeartbeats } from './inline-heartbeats.ts'
import type { Progress } from './progress.ts'
import { ThreadedHeartbeats, threadConnection, warnOnce } from './threaded-heartbeats.ts'

/** In a thread where one can start, else inline, with one warning. */
export function createHeartbeats(options: MembershipOptions, progress: Progress, onReport: OnReport): Heartbeats {
  const { cluster, config } = options
  const inline = { cluster, groupId: config.groupId, settings: settingsOf(options), progress, onReport }
  const clusterSettings = cluster.settings
  if (config.heartbeat === 'inline' || clusterSettings === undefined) return new InlineHeartbeats(inline)
  const thread = heartbeatThread(options.heartbeatWorkerFile)
  const connection = threadConnection(clusterSettings)
  if (thread === undefined || connection === undefined) {
    const why =
      connection === undefined
        ? 'a connect hook, or a function of tls, cannot go to a thread'
        : 'Node cannot start a thread from TypeScript'
    warnOnce(cluster, why)
    return new InlineHeartbeats(inline)
  }
  return new ThreadedHeartbeats({ ...inline, thread, connection, clusterSettings })
}

function settingsOf({ config, requestTimeoutMs }: MembershipOptions): HeartbeatSettings {
  const { heartbeatIntervalMs, sessionTimeoutMs, maxPollIntervalMs, retryBackoffMs, retryBackoffMaxMs } = config
  return {
    heartbeatIntervalMs,
    sessionTimeoutMs,
    maxPollIntervalMs,
    requestTimeoutMs,
    retryBackoffMs,
    retryBackoffMaxMs,
  }
}
