import { describeGroups } from '../admin/describe-groups.ts'
import type { GroupDescription } from '../admin/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { KafkaError } from '../kafka-error.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { ListOptions } from './fetch/list-offsets.ts'

export interface ExplainOptions extends ListOptions {
  /** Whether the coordinator is asked who has what. */
  readonly askGroup: boolean
}

/** Who asks why nothing happens does not want to wait long for it. */
const ASK_GROUP_TIMEOUT_MS = 10_000

/** For `explain`: what the coordinator says of the group, or why it does not. @throws the signal's reason */
export async function askGroup(
  cluster: Cluster,
  { requestTimeoutMs, retryBackoffMs, retryBackoffMaxMs }: ConsumerSettings,
  groupId: string,
  { signal, timeoutMs = ASK_GROUP_TIMEOUT_MS }: ListOptions,
): Promise<GroupDescription | KafkaError | undefined> {
  const backoff = { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs }
  const context = { cluster, backoff, requestTimeoutMs, defaultApiTimeoutMs: timeoutMs }
  const found = await describeGroups(context, [groupId], { signal, timeoutMs, partial: true })
  return found.get(groupId) ?? found.failures.get(groupId)
}
