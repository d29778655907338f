import type { MembershipOptions } from '../membership-options.ts'
import type { HeartbeatSettings } from './heartbeat-events.ts'
import type { Heartbeats, OnReport } from './heartbeats.ts'
import { InlineHeartbeats } from './inline-heartbeats.ts'
import type { Progress } from './progress.ts'

/** In a thread where one can start, else inline. */
export function createHeartbeats(options: MembershipOptions, progress: Progress, onReport: OnReport): Heartbeats {
  const { cluster, config } = options
  return new InlineHeartbeats({ cluster, groupId: config.groupId, settings: settingsOf(options), progress, onReport })
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
